"""Whose voice it is, within the limits of verifications."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kiosk.core.accounts.acting import Actor, Role, acting_as
from kiosk.core.accounts.roles import Action, program
from kiosk.core.errors import BadAudio, DiskFull, NotEnrolled, NotPermitted
from kiosk.core.hearing.quality import Reason
from kiosk.core.limits.attempts import LockReason
from kiosk.core.limits.second_factor import Factor, FactorKind, FactorRule
from kiosk.core.policies import VerificationPolicy
from kiosk.core.visit.outcomes import Locked, Verified
from kiosk.services.visit.identifying import TooManyHere
from tests.unit.services.kit import ANNA, BOB, CARLA, THRESHOLD, Kit, speech

if TYPE_CHECKING:
    from kiosk.core.hearing.audio import AudioClip
    from kiosk.core.records.audit import AuditRecord
    from kiosk.core.voice.embedding import Embedding

DOOR = program("door", frozenset({Action.VERIFY, Action.IDENTIFY}))
DESK = program("desk", frozenset({Action.VERIFY, Action.IDENTIFY, Action.SEE_PEOPLE}))
PIN = Factor("482913", FactorKind.PIN)


@pytest.fixture
def kit() -> Kit:
    made = Kit()
    made.enroll("anna", ANNA)
    made.enroll("bob", BOB)
    return made


def last(kit: Kit) -> AuditRecord:
    return kit.database.state.audit[-1]


def pass_time(kit: Kit, seconds: float) -> None:
    kit.clock.advance(seconds)
    kit.uptime.advance(seconds)


def fill(kit: Kit, failures: int) -> None:
    """Try a voice that nobody has so often."""
    for _ in range(failures):
        assert kit.identify(speech(CARLA)).name == "unknown"


# --- ranks -----------------------------------------------------------------------------------


def test_everybody_is_ranked(kit: Kit) -> None:
    kit.enroll("carla", CARLA)
    found = kit.identify(speech(BOB, seed=9))
    assert found.candidates[0].user_id == "bob"
    assert {candidate.user_id for candidate in found.candidates} == {"anna", "bob", "carla"}
    scores = [candidate.score for candidate in found.candidates]
    assert scores == sorted(scores, reverse=True)
    assert found.margin == pytest.approx(scores[0] - scores[1])
    assert (found.threshold, found.reasons, found.name) == (THRESHOLD, (), "identified")
    assert kit.people.attempts("bob") == []


def test_disabled_people_are_left_out(kit: Kit) -> None:
    kit.people.set_enabled("bob", enabled=False)
    found = kit.identify(speech(BOB))
    assert [candidate.user_id for candidate in found.candidates] == ["anna"]
    assert (found.margin, found.name) == (None, "unknown")


def test_who_is_locked_is_left_out_until_the_wait_is_over(kit: Kit) -> None:
    for _ in range(5):
        kit.verify("bob", speech(ANNA))
    found = kit.identify(speech(BOB))
    assert [candidate.user_id for candidate in found.candidates] == ["anna"]
    assert found.name == "unknown"
    pass_time(kit, 30)
    assert kit.identify(speech(BOB)).name == "identified"


def test_a_poor_recording_has_no_candidates(kit: Kit) -> None:
    found = kit.identify(speech(BOB, seconds=0.5))
    assert (found.candidates, found.name) == ((), "inconclusive")
    assert found.reasons == (Reason.TOO_SHORT,)


def test_nobody_to_compare_with(kit: Kit) -> None:
    kit.engine.load("model-2")
    for recording in (speech(BOB), speech(BOB, seconds=0.5)):
        with pytest.raises(NotEnrolled):
            kit.identify(recording)
    # Who may not know that is answered as ever.
    with acting_as(DOOR):
        assert kit.identify(speech(BOB)).name == "unknown"
        assert kit.identify(speech(BOB, seconds=0.5)).name == "inconclusive"


def test_who_may_not_see_people_is_told_the_outcome_and_nothing_else(kit: Kit) -> None:
    with acting_as(DOOR):
        found, stranger = kit.identify(speech(BOB)), kit.identify(speech(CARLA))
    assert (found.name, stranger.name) == ("identified", "unknown")
    for each in (found, stranger):
        assert (each.candidates, each.margin) == ((), None)
    # The records know who it was.
    with acting_as(DOOR):
        kit.identify(speech(BOB))
    assert (last(kit).action, last(kit).subject, last(kit).actor) == (
        "identification.ranked",
        "bob",
        "program:door",
    )
    with acting_as(Actor("visitor", Role.VISITOR)), pytest.raises(NotPermitted):
        kit.identify(speech(BOB))


# --- limits ----------------------------------------------------------------------------------


def test_voices_of_nobody_fill_the_place_and_then_every_try_waits(kit: Kit) -> None:
    with acting_as(DOOR):
        fill(kit, 30)
        encoded = len(kit.encoder.clips)
        with pytest.raises(TooManyHere) as refused:
            kit.identify(speech(BOB))
        assert refused.value.retry_after == 30
        assert len(kit.encoder.clips) == encoded
        assert (last(kit).action, last(kit).subject) == ("verification.locked", None)
        # The way around is closed too, in both directions.
        locked = kit.verify("bob", speech(BOB))
        assert isinstance(locked, Locked)
        assert locked.lock.reason is LockReason.PLACE
    with acting_as(DESK):
        assert kit.identify(speech(BOB)).name == "identified"
    pass_time(kit, 30)
    with acting_as(DOOR):
        assert kit.identify(speech(BOB)).name == "identified"


def test_voices_that_are_found_do_not_fill_a_place(kit: Kit) -> None:
    with acting_as(DOOR):
        for _ in range(40):
            assert kit.identify(speech(BOB)).name == "identified"
        fill(kit, 30)


def test_poor_recordings_weigh_a_tenth_of_a_failure(kit: Kit) -> None:
    with acting_as(DOOR):
        fill(kit, 28)
        for _ in range(10):
            assert kit.identify(speech(BOB, seconds=0.5)).lock is None
        eleventh = kit.identify(speech(BOB, seconds=0.5))
        assert eleventh.lock is not None
        assert (eleventh.lock.reason, eleventh.lock.seconds) == (LockReason.PLACE, 3)
        for recording in (speech(BOB), speech(BOB, seconds=0.5)):
            with pytest.raises(TooManyHere):
                kit.identify(recording)


def test_poor_recordings_under_many_ids_fill_a_place_too(kit: Kit) -> None:
    with acting_as(DOOR):
        for number in range(300):
            kit.verify(f"nobody{number}", speech(BOB, seconds=0.5))
        locked = kit.verify("bob", speech(BOB))
        assert isinstance(locked, Locked)
        assert locked.lock.reason is LockReason.PLACE


def test_a_try_is_counted_before_its_speech_is_looked_at(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    class PowerCut(BaseException):
        pass

    def dying(clip: AudioClip) -> Embedding:
        raise PowerCut

    with acting_as(DOOR):
        fill(kit, 29)
        with monkeypatch.context() as patched:
            patched.setattr(kit.encoder, "encode", dying)
            with pytest.raises(PowerCut):
                kit.identify(speech(BOB))
        with pytest.raises(TooManyHere):
            kit.identify(speech(BOB))


def test_what_was_not_compared_is_taken_back_and_what_was_not_stored_is_not(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(clip: AudioClip) -> Embedding:
        raise BadAudio("Too short.")

    encode = kit.encoder.encode

    def full_by_then(clip: AudioClip) -> Embedding:
        kit.database.commit_error = DiskFull("No space is left.")
        return encode(clip)

    with acting_as(DOOR):
        fill(kit, 29)
        with monkeypatch.context() as patched:
            patched.setattr(kit.encoder, "encode", failing)
            for _ in range(3):
                with pytest.raises(BadAudio):
                    kit.identify(speech(BOB))
        assert kit.identify(speech(BOB)).name == "identified"
        with monkeypatch.context() as patched:
            patched.setattr(kit.encoder, "encode", full_by_then)
            with pytest.raises(DiskFull):
                kit.identify(speech(BOB))
        kit.database.commit_error = None
        with pytest.raises(TooManyHere):
            kit.identify(speech(BOB))


# --- second factors --------------------------------------------------------------------------


@pytest.fixture
def asking() -> Kit:
    """Return a kit that asks for second factors; anna has one, and bob has none."""
    made = Kit(policy=VerificationPolicy(second_factor=FactorRule.OPTIONAL))
    made.enroll("anna", ANNA)
    made.enroll("bob", BOB)
    made.trying.factors.set_pin("anna", PIN.text)
    return made


def test_who_has_a_second_factor_must_show_it(asking: Kit) -> None:
    wrong = Factor("000111", FactorKind.PIN)
    with acting_as(DOOR):
        assert asking.identify(speech(ANNA), shown=[PIN]).name == "identified"
        assert asking.identify(speech(BOB)).name == "identified"
        for shown in ((), (wrong,)):
            found = asking.identify(speech(ANNA), shown=shown)
            # As a voice that nobody has.
            stranger = asking.identify(speech(CARLA), shown=shown)
            assert (found.name, found.candidates) == (stranger.name, stranger.candidates)
            assert found.name == "unknown"
    with acting_as(DESK):
        found = asking.identify(speech(ANNA), shown=[wrong])
        assert (found.name, found.factor_wrong) == ("unknown", True)


def test_guessing_a_pin_with_the_right_voice_locks_the_person(asking: Kit) -> None:
    for _ in range(5):
        asking.identify(speech(ANNA), shown=[Factor("000111", FactorKind.PIN)])
    assert asking.trying.attempts.locks(["anna", "bob"]).keys() == {"anna"}
    assert asking.identify(speech(ANNA), shown=[PIN]).name == "unknown"
    pass_time(asking, 30)
    assert asking.identify(speech(ANNA), shown=[PIN]).name == "identified"
    # Finding somebody forgives nothing: nobody has claimed to be them.
    asking.identify(speech(ANNA), shown=[Factor("000111", FactorKind.PIN)])
    assert asking.trying.attempts.locks(["anna"])["anna"].seconds == 60


def test_where_one_is_required_nobody_is_found_without(kit: Kit) -> None:
    asking = Kit(policy=VerificationPolicy(second_factor=FactorRule.REQUIRED))
    asking.enroll("bob", BOB)
    assert asking.identify(speech(BOB)).name == "unknown"
    asking.trying.factors.set_pin("bob", PIN.text)
    assert asking.identify(speech(BOB), shown=[PIN]).name == "identified"
    assert isinstance(asking.verify("bob", speech(BOB), shown=[PIN]), Verified)


def test_who_is_locked_while_their_voice_is_looked_at_is_not_found(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide = kit.identify._decided

    def after_failures(*given: object) -> object:
        for _ in range(5):
            kit.verify("bob", speech(ANNA))
        return decide(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(kit.identify, "_decided", after_failures)
    assert kit.identify(speech(BOB)).name == "unknown"
