"""How many failures are counted, for whoever compares that with the records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.services.accounts.accounts import key_of

if TYPE_CHECKING:
    from kiosk.core.ports import UnitOfWork
    from kiosk.services.limits.attempts import Attempts


class CountedFailures:
    """Implements :class:`kiosk.services.records.audit.FailureCounts`.

    Args:
        attempts: counts those of people.
    """

    def __init__(self, attempts: Attempts) -> None:
        self._attempts = attempts

    def counted(self, work: UnitOfWork) -> dict[tuple[str, str], int]:
        """Return the failures of people and of accounts; see the port."""
        found = {("person", who): count for who, count in self._attempts.totals(work).items()}
        for account in work.operators.all():
            tally = work.throttles.get(key_of(account.login))
            found["account", account.login] = 0 if tally is None else tally.total
        return found
