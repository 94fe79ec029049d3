"""Who may try, over visits, restarts, clocks and places."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from kiosk.core.accounts.acting import VISITOR, Actor, Role, acting_as
from kiosk.core.errors import (
    BadAudio,
    Cancelled,
    DiskFull,
    InvalidInput,
    NotPermitted,
    UnknownUser,
)
from kiosk.core.limits.attempts import LockReason
from kiosk.core.visit.outcomes import Inconclusive, Locked, NotVerified, Verified
from kiosk.storage.opening import database_at
from tests.fakes.keys import memory_box
from tests.fakes.records.audit import chain_of_tests
from tests.support.patience import PATIENCE_S
from tests.unit.services.kit import ANNA, BOB, Kit, speech

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk.core.hearing.audio import AudioClip
    from kiosk.core.visit.outcomes import VerifyOutcome
    from kiosk.core.voice.embedding import Embedding

DESK = Actor("operator:desk", Role.OPERATOR)


@pytest.fixture
def kit() -> Kit:
    made = Kit()
    made.enroll("anna", ANNA)
    made.enroll("bob", BOB)
    made.activity.lines.clear()
    return made


def wrong(kit: Kit, user_id: str = "anna", times: int = 1) -> VerifyOutcome:
    for _ in range(times - 1):
        kit.verify(user_id, speech(BOB if user_id != "bob" else ANNA), blind=True)
    return kit.verify(user_id, speech(BOB if user_id != "bob" else ANNA), blind=True)


def lock_of(outcome: VerifyOutcome) -> tuple[LockReason, int | None]:
    assert isinstance(outcome, Locked), outcome
    return outcome.lock.reason, outcome.lock.retry_after_s


def pass_time(kit: Kit, seconds: float) -> None:
    kit.clock.advance(seconds)
    kit.uptime.advance(seconds)


def until_disabled(kit: Kit, user_id: str) -> None:
    for _ in range(50):
        assert isinstance(wrong(kit, user_id), NotVerified)
        pass_time(kit, 3_600)


# --- failures --------------------------------------------------------------------------------


def test_the_fifth_failure_in_a_row_is_followed_by_a_wait(kit: Kit) -> None:
    fourth = wrong(kit, times=4)
    assert isinstance(fourth, NotVerified)
    assert (fourth.lock, fourth.tries_left) == (None, 1)
    fifth = wrong(kit)
    assert isinstance(fifth, NotVerified)
    assert fifth.tries_left == 0
    assert fifth.lock is not None
    assert fifth.lock.retry_after_s == 30
    encoded = len(kit.encoder.clips)
    # Not even the right voice is compared now.
    assert lock_of(kit.verify("anna", speech(ANNA))) == (LockReason.FAILURES, 30)
    assert len(kit.encoder.clips) == encoded
    assert len(kit.people.attempts("anna")) == 5
    assert isinstance(kit.verify("bob", speech(BOB)), Verified)
    pass_time(kit, 30)
    assert isinstance(kit.verify("anna", speech(ANNA)), Verified)


def test_the_sixth_waits_twice_as_long_and_a_success_forgives_all(kit: Kit) -> None:
    wrong(kit, times=5)
    pass_time(kit, 30)
    sixth = wrong(kit)
    assert isinstance(sixth, NotVerified)
    assert sixth.lock is not None
    assert sixth.lock.seconds == 60
    pass_time(kit, 60)
    assert isinstance(kit.verify("anna", speech(ANNA)), Verified)
    after = wrong(kit)
    assert isinstance(after, NotVerified)
    assert (after.lock, after.tries_left) == (None, 4)


def test_fifty_failures_need_an_operator_who_checked_another_factor(kit: Kit) -> None:
    until_disabled(kit, "anna")
    assert lock_of(kit.verify("anna", speech(ANNA))) == (LockReason.DISABLED, None)
    pass_time(kit, 10**9)
    assert lock_of(kit.verify("anna", speech(ANNA))) == (LockReason.DISABLED, None)
    with pytest.raises(InvalidInput, match="failed 50 times"):
        kit.trying.attempts.unlock("anna")
    with acting_as(DESK):
        kit.trying.attempts.unlock("anna", checked="  identity   card ")
    assert kit.activity.lines[-1] == "Unlocked anna (checked: identity card)"
    assert isinstance(kit.verify("anna", speech(ANNA)), Verified)


def test_ending_a_wait_does_not_lower_the_count_towards_the_cap(kit: Kit) -> None:
    for _ in range(9):
        wrong(kit, times=5)
        kit.trying.attempts.unlock("anna")
    assert kit.activity.lines[-1] == "Unlocked anna (wait ended)"
    wrong(kit, times=5)
    assert lock_of(kit.verify("anna", speech(ANNA))) == (LockReason.DISABLED, None)


def test_who_is_locked_is_told_to_operators(kit: Kit) -> None:
    wrong(kit, times=5)
    locks = kit.trying.attempts.locks(["anna", "bob", "nobody"])
    assert {user_id: lock.reason for user_id, lock in locks.items()} == {
        "anna": LockReason.FAILURES
    }
    assert kit.activity.lines[-1] == "Locked anna until 30 s have passed (too_many_failures)"
    pass_time(kit, 30)
    assert kit.trying.attempts.locks(["anna"]) == {}


def test_only_operators_unlock_and_only_people_there_are(kit: Kit) -> None:
    with acting_as(VISITOR), pytest.raises(NotPermitted):
        kit.trying.attempts.unlock("anna", checked="passport")
    with pytest.raises(UnknownUser):
        kit.trying.attempts.unlock("nobody")
    with pytest.raises(InvalidInput):
        kit.trying.attempts.unlock("anna", checked="x" * 121)


# --- what is no failure ----------------------------------------------------------------------


def test_poor_recordings_are_no_failures_but_limited(kit: Kit) -> None:
    poor = speech(ANNA, seconds=1.0)
    outcomes = [kit.verify("anna", poor) for _ in range(10)]
    assert all(isinstance(outcome, Inconclusive) for outcome in outcomes)
    last = outcomes[-1]
    assert isinstance(last, Inconclusive)
    assert last.lock is not None
    assert lock_of(kit.verify("anna", poor)) == (LockReason.UNCLEAR, 30)
    assert lock_of(kit.verify("anna", speech(ANNA))) == (LockReason.UNCLEAR, 30)
    assert len(kit.people.attempts("anna")) == 10
    pass_time(kit, 30)
    assert isinstance(wrong(kit), NotVerified)
    assert kit.trying.attempts.locks(["anna"]) == {}


@pytest.mark.parametrize("error", [Cancelled("Given up."), BadAudio("Too short.")])
def test_what_was_not_compared_is_taken_back(
    kit: Kit, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    wrong(kit, times=4)
    before = dict(kit.database.state.throttles)

    def failing(clip: AudioClip) -> Embedding:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(kit.encoder, "encode", failing)
        for _ in range(3):
            with pytest.raises(type(error)):
                kit.verify("anna", speech(ANNA))
    assert kit.database.state.throttles == before
    assert isinstance(kit.verify("anna", speech(ANNA)), Verified)


# --- counted before it is decided ------------------------------------------------------------


def test_a_try_is_counted_before_its_speech_is_looked_at(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    class PowerCut(BaseException):
        pass

    def dying(clip: AudioClip) -> Embedding:
        raise PowerCut

    wrong(kit, times=4)
    with monkeypatch.context() as patched:
        patched.setattr(kit.encoder, "encode", dying)
        with pytest.raises(PowerCut):
            kit.verify("anna", speech(BOB))
    assert lock_of(kit.verify("anna", speech(ANNA))) == (LockReason.FAILURES, 30)


def test_a_decision_that_could_not_be_stored_stays_counted(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode = kit.encoder.encode

    def full_by_then(clip: AudioClip) -> Embedding:
        kit.database.commit_error = DiskFull("No space is left.")
        return encode(clip)

    wrong(kit, times=4)
    with monkeypatch.context() as patched:
        patched.setattr(kit.encoder, "encode", full_by_then)
        with pytest.raises(DiskFull):
            kit.verify("anna", speech(ANNA))
    kit.database.commit_error = None
    assert lock_of(kit.verify("anna", speech(ANNA))) == (LockReason.FAILURES, 30)


def test_tries_at_the_same_time_are_not_more_than_tries_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them are counted before the first is decided."""
    database = database_at(tmp_path / "kiosk.db", memory_box(), chain_of_tests())
    database.prepare()
    kit = Kit(database)  # type: ignore[arg-type]
    kit.enroll("anna", ANNA)
    encode, everybody_is_counted = kit.encoder.encode, threading.Event()
    begun = threading.Semaphore(0)
    begin = kit.trying.attempts.begin

    def counting(*given: Any) -> Any:
        found = begin(*given)
        begun.release()
        return found

    def waiting(clip: AudioClip) -> Embedding:
        assert everybody_is_counted.wait(PATIENCE_S)
        return encode(clip)

    monkeypatch.setattr(kit.trying.attempts, "begin", counting)
    monkeypatch.setattr(kit.encoder, "encode", waiting)
    outcomes: list[str] = []
    threads = [
        threading.Thread(target=lambda: outcomes.append(kit.verify("anna", speech(BOB)).name))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert begun.acquire(timeout=PATIENCE_S)
    everybody_is_counted.set()
    for thread in threads:
        thread.join(PATIENCE_S)
    database.close()
    assert sorted(outcomes) == ["locked"] * 3 + ["not_verified"] * 5


# --- restarts and clocks ---------------------------------------------------------------------


def restarted(kit: Kit) -> Kit:
    """Return the same kiosk, started again after the machine was."""
    kit.uptime.restart()
    again = Kit(kit.database, kit.clock, kit.activity, kit.uptime)
    again.engine.use(kit.encoder)
    return again


def test_a_restart_forgives_nothing(kit: Kit) -> None:
    wrong(kit, times=5)
    kit.clock.advance(10)
    assert lock_of(restarted(kit).verify("anna", speech(ANNA))) == (LockReason.FAILURES, 20)


def test_setting_the_clock_forward_shortens_no_wait(kit: Kit) -> None:
    wrong(kit, times=5)
    kit.clock.advance(10**8)
    assert lock_of(kit.verify("anna", speech(ANNA))) == (LockReason.FAILURES, 30)


def test_setting_the_clock_back_before_a_restart_makes_nobody_wait_for_ever(kit: Kit) -> None:
    wrong(kit, times=5)
    kit.clock.advance(-(10**8))
    again = restarted(kit)
    assert lock_of(again.verify("anna", speech(ANNA))) == (LockReason.FAILURES, 30)
    kit.uptime.advance(30)  # and the wall clock stands still
    assert isinstance(again.verify("anna", speech(ANNA)), Verified)


# --- places ----------------------------------------------------------------------------------


def test_who_tries_one_id_after_the_other_is_slowed_and_locks_nobody_out(kit: Kit) -> None:
    with acting_as(VISITOR):
        for number in range(30):
            assert isinstance(wrong(kit, f"nobody{number}"), NotVerified)
        assert lock_of(wrong(kit, "nobody30")) == (LockReason.PLACE, 30)
        # The next in the queue waits for half a minute, once.
        assert lock_of(kit.verify("anna", speech(ANNA))) == (LockReason.PLACE, 30)
        pass_time(kit, 30)
        assert isinstance(kit.verify("anna", speech(ANNA)), Verified)
    with acting_as(Actor("program:door", Role.VISITOR)):
        assert isinstance(wrong(kit, "bob"), NotVerified)


def test_lower_limits_of_a_place_free_one_that_was_filled_under_higher_ones(kit: Kit) -> None:
    with acting_as(VISITOR):
        for number in range(30):
            wrong(kit, f"nobody{number}")
        assert lock_of(wrong(kit, "nobody30")) == (LockReason.PLACE, 30)
        lowered = replace(kit.trying.attempts.policy, place_recovery_s=1.0)
        kit.trying.attempts.policy = lowered
        assert lock_of(kit.verify("anna", speech(ANNA))) == (LockReason.PLACE, 1)
        pass_time(kit, 1)
        assert isinstance(kit.verify("anna", speech(ANNA)), Verified)


def test_successes_do_not_fill_a_place(kit: Kit) -> None:
    with acting_as(VISITOR):
        for _ in range(40):
            assert isinstance(kit.verify("anna", speech(ANNA)), Verified)


def test_ids_are_not_readable_in_the_table(kit: Kit) -> None:
    with acting_as(VISITOR):
        wrong(kit, "nobody")
    assert len(kit.database.state.throttles) == 2
    for key in kit.database.state.throttles:
        assert "nobody" not in key
        assert len(key) <= 80


def test_erasing_forgets_the_tally(kit: Kit) -> None:
    wrong(kit, times=5)
    wrong(kit, "bob")
    with kit.database() as work:
        kit.trying.attempts.forget(work, "anna")
        work.commit()
    assert kit.trying.attempts.locks(["anna"]) == {}
    assert len(kit.database.state.throttles) == 1
    with acting_as(VISITOR):
        wrong(kit, "bob")
    with kit.database() as work:
        kit.trying.attempts.forget_all(work)
        work.commit()
    (place,) = kit.database.state.throttles
    assert place.startswith("place:")


def recorded(kit: Kit, outcome: str) -> list[object]:
    action = f"verification.{outcome}"
    return [each.details["count"] for each in kit.database.state.audit if each.action == action]


def test_tries_that_are_not_accepted_do_not_fill_the_records(kit: Kit) -> None:
    wrong(kit, times=5)
    for _ in range(20):
        assert isinstance(kit.verify("anna", speech(BOB)), Locked)
        assert isinstance(kit.verify("anna", speech(BOB, seconds=0.5)), Locked)
    assert recorded(kit, "locked") == [1, 2, 4, 8, 16, 32]
    pass_time(kit, 30)
    wrong(kit, times=2)
    assert recorded(kit, "locked")[-1] == 1


def test_poor_recordings_do_not_fill_the_records_either(kit: Kit) -> None:
    for _ in range(9):
        kit.verify("anna", speech(ANNA, seconds=0.5))
    assert recorded(kit, "inconclusive") == [1, 2, 4, 8]
    kit.verify("anna", speech(ANNA))
    kit.verify("anna", speech(ANNA, seconds=0.5))
    assert recorded(kit, "inconclusive")[-1] == 1


def test_nor_do_poor_recordings_under_ever_new_ids(kit: Kit) -> None:
    with acting_as(VISITOR):
        for number in range(100):
            kit.verify(f"nobody{number}", speech(ANNA, seconds=0.5))
        assert recorded(kit, "inconclusive") == [1, 2, 4, 8, 16, 32, 64]
        kit.verify("anna", speech(ANNA))
        kit.verify("nobody", speech(ANNA, seconds=0.5))
        assert recorded(kit, "inconclusive")[-1] == 1
    # Another place is another series.
    with acting_as(Actor("program:door", Role.VISITOR)):
        kit.verify("nobody", speech(ANNA, seconds=0.5))
    assert recorded(kit, "inconclusive")[-2:] == [1, 1]
