"""Takes are kept only where the site wants that, and people enrolled again from them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from kiosk.core.accounts.acting import SYSTEM, VISITOR, Actor, Role, acting_as
from kiosk.core.accounts.roles import Action, program
from kiosk.core.enroll.kept_takes import from_sound, to_sound
from kiosk.core.errors import InvalidInput, NotPermitted
from kiosk.core.hearing.audio import AudioClip
from kiosk.core.records.audit import AuditAction
from kiosk.core.visit.outcomes import Verified
from kiosk.services.enroll.kept_takes import KeptRecordings
from kiosk.services.hearing.recordings import Recordings
from tests.fakes.clock import START
from tests.unit.services.kit import ANNA, BOB, Kit, LoudnessDetector, card, speech, voice

if TYPE_CHECKING:
    from kiosk.core.voice.embedding import Embedding


class NoFiles:
    """Nobody reads a file here."""


def kept_in(kit: Kit) -> KeptRecordings:
    recordings = Recordings(NoFiles(), LoudnessDetector)  # type: ignore[arg-type]
    return KeptRecordings(
        kit.database, kit.engine, kit.enrolling, recordings, kit.clock, kit.activity, kit.scoring
    )


def test_nothing_is_kept_by_default() -> None:
    kit = Kit()
    kit.enroll("anna", ANNA)
    assert kept_in(kit).days() is None
    assert kept_in(kit).people() == []
    assert all(take.sound is None for take in kit.takes(ANNA))


def test_takes_are_kept_for_the_stated_days() -> None:
    kit = Kit()
    kept = kept_in(kit)
    kept.keep(30)
    kit.enroll("anna", ANNA)
    (anna,) = kept.people()
    assert (anna.user_id, anna.takes) == ("anna", 3)
    assert anna.expires_at == kit.clock.now() + timedelta(days=30)
    with kit.database() as work:
        sounds = [from_sound(take.sound) for take in work.kept_takes.of("anna")]
    wanted = voice(ANNA, 4.0, seed=1)
    middle = sounds[1].samples[8000 : 8000 + len(wanted)]
    assert middle == pytest.approx(wanted, abs=2**-15)


def test_takes_of_an_enrollment_without_keeping_are_erased_with_the_next() -> None:
    kit = Kit()
    kept = kept_in(kit)
    kept.keep(30)
    kit.enroll("anna", ANNA)
    kept.keep(None)
    assert len(kept.people()) == 1  # as it was stated when they were recorded
    kit.enroll("anna", ANNA, replacing=True)
    assert kept.people() == []


def test_a_take_that_is_wiped_keeps_no_sound() -> None:
    kit = Kit()
    kept_in(kit).keep(1)
    take = kit.takes(ANNA, 1)[0]
    assert take.sound is not None
    assert take.sound.samples.any()
    take.wipe()
    assert not take.sound.samples.any()
    assert not take.embedding.vector.any()


def test_people_are_enrolled_again_with_another_model() -> None:
    kit = Kit()
    kept = kept_in(kit)
    kept.keep(30)
    kit.enroll("anna", ANNA)
    kept.keep(None)
    kit.enroll("bob", BOB)
    kit.engine.load("model-2")
    told: list[tuple[int, int]] = []
    result = kept.enroll_again(progress=lambda *step: told.append(step))
    assert (result.done, result.failed, told) == (("anna",), {}, [(1, 1)])
    with kit.database() as work:
        assert work.people.model_ids("anna") == ["model-1", "model-2"]
        assert work.people.model_ids("bob") == ["model-1"]
    assert kept.enroll_again().done == ()


def test_takes_that_the_other_model_does_not_take_for_one_person_are_refused() -> None:
    kit = Kit()
    kept = kept_in(kit)
    kept.keep(30)
    kit.enroll("anna", ANNA)
    with kit.database() as work:
        sounds = [take.sound for take in work.kept_takes.of("anna")]
        sounds[0] = to_sound(kit_speech(BOB))
        work.kept_takes.replace("anna", sounds, START, START + timedelta(days=1))
        work.commit()
    kit.engine.use(kit.shelf.load("model-2"))
    result = kept.enroll_again("anna")
    assert result.done == ()
    assert "one person" in result.failed["anna"]


def kit_speech(who: float) -> AudioClip:
    from tests.unit.services.kit import speech

    return speech(who).clip


def test_what_has_expired_is_purged() -> None:
    kit = Kit()
    kept = kept_in(kit)
    kept.keep(1)
    kit.enroll("anna", ANNA)
    assert kept.purge() == 0
    kit.clock.advance(86_400)
    assert kept.purge() == 1
    assert kept.people() == []


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_a_period_has_limits(days: int) -> None:
    with pytest.raises(InvalidInput):
        kept_in(Kit()).keep(days)


def test_who_may_do_what() -> None:
    kept = kept_in(Kit())
    with acting_as(VISITOR):
        for forbidden in (kept.people, kept.enroll_again, lambda: kept.discard("anna")):
            with pytest.raises(NotPermitted):
                forbidden()
    with acting_as(Actor("operator:ada", Role.OPERATOR)), pytest.raises(NotPermitted):
        kept.keep(1)
    enroller = program("enroller", frozenset({Action.ENROLL}))
    with acting_as(enroller), pytest.raises(NotPermitted):
        kept.enroll_again()


def test_sound_as_bytes() -> None:
    samples = np.array([0.0, 1.0, -1.0, 0.5, 2.0], np.float32)
    clip = from_sound(to_sound(AudioClip(samples, source_rate=8000)))
    assert clip.samples == pytest.approx([0.0, 1.0, -1.0, 0.5, 1.0], abs=2**-15)
    assert (clip.rate, clip.source_rate) == (16_000, 8000)
    for junk in (b"", b"KSND", b"x" * 20, to_sound(clip)[:-1]):
        with pytest.raises(ValueError, match="no kept sound"):
            from_sound(junk)
    assert card("model-1").dim == 2


def encoded_anew(kept: KeptRecordings) -> int:
    """Return in how many steps the kiosk encoded kept takes by itself."""
    with acting_as(SYSTEM):
        return sum(1 for _ in kept.encode_anew())


def test_kept_takes_are_encoded_by_the_kiosk_itself_after_a_change_of_the_model() -> None:
    kit = Kit()
    kept = kept_in(kit)
    kept.keep(30)
    kit.enroll("anna", ANNA)
    kit.enroll("bob", BOB)
    assert encoded_anew(kept) == 0
    kit.engine.load("model-2")
    assert encoded_anew(kept) == 2
    with kit.database() as work:
        assert work.people.model_ids("anna") == ["model-1", "model-2"]
        last = kit.database.state.audit[-1]
    assert (last.action, last.actor) == (AuditAction.REENROLLED, "system")
    assert isinstance(kit.verify("bob", speech(BOB)), Verified)
    assert encoded_anew(kept) == 0


def test_whoever_cannot_be_encoded_anew_is_named_once_and_keeps_nobody_waiting() -> None:
    kit = Kit()
    kept = kept_in(kit)
    kept.keep(30)
    kit.enroll("anna", ANNA)
    kit.enroll("bob", BOB)
    with kit.database() as work:
        sounds = [take.sound for take in work.kept_takes.of("anna")]
        sounds[0] = to_sound(kit_speech(BOB))
        work.kept_takes.replace("anna", sounds, START, START + timedelta(days=1))
        work.commit()
    kit.engine.load("model-2")
    for _ in range(3):
        encoded_anew(kept)
    named = [line for line in kit.activity.lines if line.startswith("Not enrolled again: anna")]
    assert len(named) == 1
    with kit.database() as work:
        assert work.people.model_ids("bob") == ["model-1", "model-2"]
        assert work.people.model_ids("anna") == ["model-1"]


def test_whoever_is_erased_while_their_takes_are_encoded_stays_erased() -> None:
    kit = Kit()
    kept = kept_in(kit)
    kept.keep(30)
    kit.enroll("anna", ANNA)
    kit.engine.load("model-2")
    heard = kit.encoder.encode

    def erasing(clip: AudioClip) -> Embedding:
        if kit.people.everybody():
            kit.people.remove("anna")
        return heard(clip)

    kit.encoder.encode = erasing  # type: ignore[method-assign]
    written = len(kit.activity.lines)
    encoded_anew(kept)
    assert kit.people.everybody() == []
    assert not [line for line in kit.activity.lines[written:] if "again" in line]
