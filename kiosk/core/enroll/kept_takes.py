"""Enrollment takes that are kept, encrypted, to enroll people again with another voice model.

Off unless an administrator turned it on, and then for a stated number of days.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from kiosk.core.hearing.audio import AudioClip

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

MAX_DAYS = 3650
_HEADER = struct.Struct("<4sII")
_MAGIC = b"KSND"
_FULL_SCALE = 32767.0


@dataclass(frozen=True)
class KeptTake:
    """One take as it is kept.

    Attributes:
        position: which of the person's takes, from 0.
        sound: see :func:`to_sound`; biometric data.
        created_at: when it was recorded, timezone-aware UTC.
        expires_at: when it is erased, timezone-aware UTC.
    """

    position: int
    sound: bytes = field(repr=False)
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class KeptPerson:
    """Whose takes are kept, how many, and until when."""

    user_id: str
    takes: int
    expires_at: datetime


class KeptTakes(Protocol):
    """Kept takes within one unit of work."""

    def replace(
        self, user_id: str, sounds: Sequence[bytes], at: datetime, expires_at: datetime
    ) -> None:
        """Keep these takes of a person in the place of former ones.

        Raises:
            UnknownUser: nobody has that ID.
        """

    def of(self, user_id: str) -> list[KeptTake]:
        """Return a person's kept takes in the order of recording.

        Raises:
            TemplateUnreadable: one of them was altered.
        """

    def people(self) -> list[KeptPerson]:
        """Return whose takes are kept, by ID."""

    def remove(self, user_id: str) -> int:
        """Erase a person's kept takes, and return how many there were."""

    def bound(self, latest: datetime) -> None:
        """Count the days of takes anew that a clock was ahead of when they were kept.

        Args:
            latest: the time that is believed: none was kept after that.
        """

    def remove_expired(self, now: datetime) -> list[str]:
        """Erase what has expired, and return whose takes those were."""


def to_sound(clip: AudioClip) -> bytes:
    """Return a clip as bytes: rate and source rate in Hz, then 16 bit little-endian samples."""
    samples = np.clip(clip.samples, -1.0, 1.0) * np.float32(_FULL_SCALE)
    words = np.rint(samples).astype("<i2")
    header = _HEADER.pack(_MAGIC, clip.rate, clip.source_rate or 0)
    sound: bytes = header + words.tobytes()
    samples.fill(0.0)
    words.fill(0)
    return sound


def from_sound(data: bytes) -> AudioClip:
    """Return the clip that was kept, within 2^-16 of full scale for each sample.

    Raises:
        ValueError: it is none.
    """
    if len(data) < _HEADER.size or (len(data) - _HEADER.size) % 2:
        raise ValueError("no kept sound")
    magic, rate, source_rate = _HEADER.unpack_from(data)
    if magic != _MAGIC:
        raise ValueError("no kept sound")
    samples = np.frombuffer(data, "<i2", offset=_HEADER.size).astype(np.float32)
    samples /= np.float32(_FULL_SCALE)
    return AudioClip(samples, rate, source_rate=source_rate or None)
