"""Tallies of failures as rows; nothing of SQLAlchemy leaves this file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from kiosk.core.limits.attempts import Tally, Wait
from kiosk.storage.database.trust_tables import ThrottleRow

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row

    from kiosk.storage.database.statements import Statements

    _Columns = tuple[
        str, int, int, int, bool, datetime | None, str | None, float | None, float | None
    ]

# Columns and no row objects: every try reads two of them.
_COLUMNS = (
    ThrottleRow.key,
    ThrottleRow.failures,
    ThrottleRow.inconclusive,
    ThrottleRow.total,
    ThrottleRow.disabled,
    ThrottleRow.blocked_until,
    ThrottleRow.boot,
    ThrottleRow.monotonic_until,
    ThrottleRow.wait_s,
)


class SqlThrottles:
    """Implements :class:`kiosk.core.limits.attempts.Throttles`.

    Args:
        statements: of the unit of work.
    """

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def get(self, key: str) -> Tally | None:
        """Return what is remembered under a key, or None."""
        query = select(*_COLUMNS).where(ThrottleRow.key == key)
        found = self._statements.rows(query, lambda row: _tally(row), "A count of failures")
        return found[0] if found else None

    def put(self, key: str, tally: Tally, at: datetime) -> None:
        """Remember something in the place of what was."""
        values = _values(tally, at)
        changed = update(ThrottleRow).where(ThrottleRow.key == key).values(**values)
        if self._statements.run(changed) == 0:
            self._statements.run(insert(ThrottleRow).values(key=key, **values))

    def remove(self, key: str) -> bool:
        """Forget a key; False when nothing was remembered."""
        return self._statements.run(delete(ThrottleRow).where(ThrottleRow.key == key)) > 0

    def all(self) -> dict[str, Tally]:
        """Return everything that is remembered."""
        rows = self._statements.rows(
            select(*_COLUMNS), lambda row: (row[0], _tally(row)), "The counts of failures"
        )
        return dict(rows)

    def unchanged_since(self, at: datetime) -> list[str]:
        """Return the keys under which nothing was put since a moment; see the port."""
        query = select(ThrottleRow.key).where(ThrottleRow.updated_at < at).order_by(ThrottleRow.key)
        return self._statements.rows(query, lambda row: str(row[0]), "The counts of failures")


def _values(tally: Tally, at: datetime) -> dict[str, Any]:
    wait = tally.wait
    return {
        "failures": tally.failures,
        "inconclusive": tally.inconclusive,
        "total": tally.total,
        "disabled": tally.disabled,
        "blocked_until": wait.until if wait else None,
        "wait_s": wait.length_s if wait else None,
        "boot": wait.boot if wait else None,
        "monotonic_until": wait.uptime_until if wait else None,
        "updated_at": at,
    }


def _tally(row: Row[*_Columns]) -> Tally:
    _, failures, inconclusive, total, disabled, until, boot, uptime_until, length = row
    wait = None
    if (until, boot, uptime_until, length) != (None, None, None, None):
        if until is None or boot is None or uptime_until is None or length is None:
            # A half row would be a wait that never ends, or one that never was.
            raise ValueError("half a wait")
        wait = Wait(until, boot, float(uptime_until), float(length))
    return Tally(failures, inconclusive, total, disabled, wait)
