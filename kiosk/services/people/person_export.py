"""Everything that is kept about a person, as the person may have it."""

from __future__ import annotations

import io
import wave
from typing import TYPE_CHECKING, Any

import numpy as np

from kiosk.core.enroll.kept_takes import from_sound
from kiosk.services.people.retention_policy import policy_in_force

if TYPE_CHECKING:
    from datetime import datetime

    from kiosk.core.enroll.kept_takes import KeptTake
    from kiosk.core.people.users import AttemptRecord, Person
    from kiosk.core.ports import UnitOfWork

TOLD = frozenset({"person", "voiceprint", "take", "attempt", "consent_receipt"})
"""Tables that :func:`kept_of` tells about in words of its own."""
_EVERY_ATTEMPT = 1_000_000


def kept_of(work: UnitOfWork, person: Person) -> dict[str, Any]:
    """Return everything that is kept about a person, as JSON-ready values.

    Without embeddings and other secrets, which nobody could use but to this kiosk. What is in any
    table that is not told about by itself stands in ``also_kept``, by the name of the table.

    Args:
        work: the transaction.
        person: is in it.

    Raises:
        SettingsInvalid: how long the person is kept cannot be said.
        DatabaseCorrupt: something cannot be read.
    """
    user_id = person.user_id
    last = work.retention.last_interaction(user_id)
    consent = person.consent
    return {
        "user": user_id,
        "name": person.name,
        "enabled": person.enabled,
        "created_at": person.created_at.isoformat(),
        "consent": None
        if consent is None
        else {"text_version": consent.text_version, "given_at": consent.given_at.isoformat()},
        "consent_receipts": [receipt.as_dict() for receipt in work.consents.of(user_id)],
        "last_interaction_at": None if last is None else last.at.isoformat(),
        "kept_until": None if last is None else _moment(policy_in_force(work).due_at(last.at)),
        "voiceprints": [
            {
                "model_id": model_id,
                "takes": [
                    {"created_at": take.created_at.isoformat(), "quality": take.quality}
                    for take in work.people.takes(user_id, model_id)
                ],
            }
            for model_id in work.people.model_ids(user_id)
        ],
        "attempts": [_attempt(each) for each in work.people.attempts(user_id, _EVERY_ATTEMPT)],
        "also_kept": {
            table: rows for table, rows in work.traces.rows(user_id).items() if table not in TOLD
        },
    }


def wav_of(kept: KeptTake) -> bytes:
    """Return a take that is kept as a WAV file: mono, 16 bit."""
    clip = from_sound(kept.sound)
    words = np.rint(np.clip(clip.samples, -1.0, 1.0) * np.float32(32767.0)).astype("<i2")
    clip.wipe()
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(clip.rate)
        file.writeframes(words.tobytes())
    words.fill(0)
    return made.getvalue()


def _attempt(attempt: AttemptRecord) -> dict[str, Any]:
    return {
        "at": attempt.at.isoformat(),
        "outcome": attempt.outcome,
        "score": attempt.score,
        "threshold": attempt.threshold,
        "model_id": attempt.model_id,
        "reasons": list(attempt.reasons),
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
