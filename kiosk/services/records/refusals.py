"""Recording that somebody wanted what they may not."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from kiosk.core.accounts.acting import acting
from kiosk.core.errors import KioskError
from kiosk.core.records.audit import AuditAction, AuditEvent
from kiosk.services.limits.repeats import Repeats

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.core.ports import UnitOfWorkFactory

_log = logging.getLogger(__name__)


class Refusals:
    """Records refusals, in transactions of their own; safe from any thread.

    The use-cases refuse before they begin a transaction, and know no database then. So it is the
    edges that call this: the window and the HTTP service. The command line is an administrator's.

    Args:
        uow: the database.
        seconds: a clock that only grows.
    """

    def __init__(self, uow: UnitOfWorkFactory, seconds: Callable[[], float]) -> None:
        self._uow = uow
        self._repeats = Repeats(seconds)

    def note(self, what: str) -> None:
        """Record that whoever acts was refused; of a series only some, see :class:`Repeats`.

        A failure to record is logged: nothing was done that would need the record.

        Args:
            what: the sentence in which it was refused.
        """
        who = acting()
        count = self._repeats.due(f"{who.name} {what}")
        if count is None:
            return
        event = AuditEvent(AuditAction.NOT_PERMITTED, who.name, {"refused": what, "count": count})
        try:
            with self._uow() as work:
                work.audit.append(event)
                work.commit()
        except KioskError as exc:
            _log.warning("a refusal was not recorded: %s %s", exc.code, exc.message)
