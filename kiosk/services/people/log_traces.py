"""Forget in the log files who was erased, whatever happens between the two."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kiosk.core.people.erasure import Logs
    from kiosk.core.ports import Clock, UnitOfWork, UnitOfWorkFactory

UNFINISHED = "erasure:logs"
"""The preference: whose IDs are still in log files. It is set in the transaction that erases them,
and gone as soon as they are overwritten."""


class LogTraces:
    """Overwrites IDs in log files.

    Files cannot be changed in a transaction, and may be long: so it is remembered in the one that
    erases, and done after it, by whatever process is there then.
    """

    def __init__(self, uow: UnitOfWorkFactory, logs: Logs, clock: Clock) -> None:
        """Use these."""
        self._uow = uow
        self._logs = logs
        self._clock = clock

    def remember(self, work: UnitOfWork, user_ids: Iterable[str]) -> None:
        """Remember whose IDs are to be overwritten; to be committed with their erasure."""
        self._put(work, _waiting(work) | set(user_ids))

    def finish(self) -> bool:
        """Overwrite them; return whether none is left in a file.

        Raises:
            StorageError: the database failed.
        """
        with self._uow() as work:
            waiting = _waiting(work)
        if not waiting:
            return True
        if not self._logs.overwrite(waiting):
            return False
        with self._uow() as work:
            # Who was erased since is not overwritten yet.
            self._put(work, _waiting(work) - waiting)
            work.commit()
        return True

    def _put(self, work: UnitOfWork, user_ids: set[str]) -> None:
        text = json.dumps(sorted(user_ids), ensure_ascii=False) if user_ids else None
        work.preferences.set(UNFINISHED, text, self._clock.now())


def _waiting(work: UnitOfWork) -> set[str]:
    try:
        found = json.loads(work.preferences.get(UNFINISHED) or "[]")
    except ValueError:
        return set()  # damaged: whose it was cannot be known, and the files end by themselves
    return {each for each in found if isinstance(each, str)} if isinstance(found, list) else set()
