"""What a person is given of what is kept about them."""

from __future__ import annotations

import io
import wave
from datetime import timedelta

import numpy as np
import pytest

from kiosk.core.accounts.acting import VISITOR, acting_as
from kiosk.core.enroll.kept_takes import to_sound
from kiosk.core.errors import NotPermitted, UnknownUser
from kiosk.core.hearing.audio import MODEL_RATE, AudioClip
from kiosk.core.people.retention import Preset, RetentionPolicy
from kiosk.core.records.audit import AuditAction, AuditQuery
from tests.unit.services.kit import ANNA, Kit, speech


@pytest.fixture
def kit() -> Kit:
    made = Kit()
    made.enroll("anna", ANNA)
    return made


def test_receipts_and_the_day_of_the_erasure_are_told(kit: Kit) -> None:
    shown = kit.consents.text()
    kit.retention.set(RetentionPolicy(Preset.CUSTOM, 10))
    kit.clock.advance(60)
    kit.verify("anna", speech(ANNA))
    kept = kit.people.kept("anna")
    (receipt,) = kept["consent_receipts"]
    assert (receipt["text_sha256"], receipt["text_version"]) == (shown.sha256, "2")
    assert kept["last_interaction_at"] == kit.clock.now().isoformat()
    assert kept["kept_until"] == (kit.clock.now() + timedelta(days=10)).isoformat()
    kit.retention.set(RetentionPolicy(Preset.NONE))
    assert kit.people.kept("anna")["kept_until"] is None


def test_handing_out_is_recorded_and_looking_is_not(kit: Kit) -> None:
    def exported() -> int:
        with kit.database() as work:
            return len(work.audit.find(AuditQuery(actions=(AuditAction.EXPORTED.value,))))

    assert kit.people.kept("anna") == kit.people.kept("anna")
    assert exported() == 0
    assert kit.people.export("anna") == kit.people.kept("anna")
    assert exported() == 1


def test_recordings_that_are_kept_are_given_as_wav(kit: Kit) -> None:
    assert kit.people.recordings("anna") == []
    sound = (0.5 * np.sin(np.arange(MODEL_RATE) / 9)).astype(np.float32)
    now = kit.clock.now()
    with kit.database() as work:
        clip = AudioClip(sound.copy())
        work.kept_takes.replace("anna", [to_sound(clip)], now, now + timedelta(days=1))
        work.commit()
    (data,) = kit.people.recordings("anna")
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getnchannels(), file.getframerate()) == (1, MODEL_RATE)
        samples = np.frombuffer(file.readframes(MODEL_RATE), "<i2") / 32767.0
    assert np.max(np.abs(samples - sound)) < 1e-4


def test_only_those_who_may(kit: Kit) -> None:
    with acting_as(VISITOR):
        for ask in (kit.people.kept, kit.people.export, kit.people.recordings):
            with pytest.raises(NotPermitted):
                ask("anna")
    for ask in (kit.people.kept, kit.people.export, kit.people.recordings):
        with pytest.raises(UnknownUser):
            ask("nobody")
