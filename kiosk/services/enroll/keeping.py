"""Keeping the takes of an enrollment, within the transaction of that enrollment."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from kiosk.core.enroll.kept_takes import MAX_DAYS, to_sound
from kiosk.core.records.audit import AuditAction, AuditEvent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from kiosk.core.hearing.audio import AudioClip
    from kiosk.core.ports import UnitOfWork
    from kiosk.core.visit.outcomes import TakeAccepted

KEEP_TAKES_DAYS = "keep_takes_days"
"""The preference: a number of days; takes are not kept without it."""


def days_kept(work: UnitOfWork) -> int | None:
    """Return for how many days takes are kept, within a transaction; None when they are not."""
    stored = work.preferences.get(KEEP_TAKES_DAYS)
    if stored is None or not stored.isdecimal():
        return None  # what cannot be read keeps nothing
    return int(stored) if 1 <= int(stored) <= MAX_DAYS else None


def keep_takes(
    work: UnitOfWork, user_id: str, takes: Sequence[TakeAccepted], now: datetime
) -> None:
    """Keep the takes of an enrollment where the site wants that; former ones are erased."""
    days = days_kept(work)
    sounds: list[AudioClip] = [take.sound for take in takes if take.sound is not None]
    if days is None or len(sounds) != len(takes):
        if work.kept_takes.remove(user_id):
            work.audit.append(erased(user_id))
        return
    kept = [to_sound(sound) for sound in sounds]
    work.kept_takes.replace(user_id, kept, now, now + timedelta(days=days))
    work.audit.append(AuditEvent(AuditAction.RECORDINGS_KEPT, user_id, {"days": days}))


def erased(user_id: str) -> AuditEvent:
    """Return the event of kept takes that were erased."""
    return AuditEvent(AuditAction.RECORDINGS_ERASED, user_id)
