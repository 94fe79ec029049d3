"""Anchors that are written by themselves."""

from __future__ import annotations

import logging
import threading
from datetime import UTC
from typing import TYPE_CHECKING

from kiosk.core.errors import KioskError
from kiosk.core.records.audit import Anchor, AuditAction

if TYPE_CHECKING:
    from datetime import datetime

    from kiosk.core.records.audit import AuditRecord
    from kiosk.core.records.ports import AnchorFile

_ALWAYS = (AuditAction.PROGRAM_STARTED, AuditAction.PROGRAM_STOPPED)
"""So that nothing that happened in an earlier run can be taken back."""
_TRY_AGAIN_AFTER = 25
"""Records after which a place for anchors that failed is tried again."""

_log = logging.getLogger(__name__)


class Anchoring:
    """Writes an anchor by itself.

    Each so many records, with the first one of each day (UTC), with every change of what decides
    over access, and whenever a program that goes on running starts or ends.
    A place that cannot be written keeps nobody from being verified: that is logged, and tried
    again. Safe from any thread.

    Args:
        file: outside of the data folder, at best on another machine.
        every: records.
    """

    def __init__(self, file: AnchorFile, every: int) -> None:
        self._file = file
        self._every = every
        self._lock = threading.Lock()
        self._last: tuple[int, datetime] | None = None
        self._known = False
        self._not_before = 0

    def committed(self, newest: AuditRecord, changed: bool) -> None:
        """Write an anchor when one is due; see :class:`kiosk.core.records.chain.Chain`."""
        with self._lock:
            if not self._due(newest, changed=changed):
                return
            try:
                # Another process may have written one meanwhile.
                last = self._file.last()
                self._known = True
                self._last = None if last is None else (last.seq, last.at)
                if self._due(newest, changed=changed):
                    self._file.add(Anchor(newest.seq, newest.mac, newest.at))
                    self._last = (newest.seq, newest.at)
                self._not_before = 0
            except KioskError as exc:
                self._not_before = newest.seq + _TRY_AGAIN_AFTER
                _log.warning("the audit records were not anchored: %s", exc)

    def _due(self, newest: AuditRecord, *, changed: bool) -> bool:
        if newest.seq < self._not_before:
            return False
        if not self._known or self._last is None:
            return True
        seq, at = self._last
        if (changed or newest.action in _ALWAYS) and newest.seq != seq:
            return True
        # A number that went back means that a backup was restored.
        return (
            newest.seq - seq >= self._every
            or newest.seq < seq
            or newest.at.astimezone(UTC).date() != at.astimezone(UTC).date()
        )
