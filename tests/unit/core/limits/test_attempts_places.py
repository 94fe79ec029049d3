"""Failures at a place, whoever is claimed."""

from __future__ import annotations

from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import given

from kiosk.core.limits.attempts import LockReason, Tally, Wait
from tests.unit.core.limits.moments import NOW, POLICY, at

LONG = 10 * 365 * 86_400.0


# --- places ----------------------------------------------------------------------------------


def test_a_place_holds_30_failures_and_then_one_every_30_seconds() -> None:
    tally = Tally()
    for _ in range(29):
        tally = POLICY.place_failed(tally, NOW)
        assert POLICY.place_lock(tally, NOW) is None
    tally = POLICY.place_failed(tally, NOW)
    lock = POLICY.place_lock(tally, NOW)
    assert lock is not None
    assert (lock.reason, lock.seconds) == (LockReason.PLACE, 30)
    assert POLICY.place_lock(tally, at(30)) is None
    assert (
        POLICY.place_taken_back(tally, NOW).wait
        == POLICY.place_failed(Tally(wait=Wait.begin(28 * 30.0, NOW)), NOW).wait
    )


def test_ten_poor_recordings_at_a_place_are_one_failure() -> None:
    tally = Tally()
    for _ in range(10):
        tally = POLICY.place_unclear(tally, NOW)
    assert tally.wait == POLICY.place_failed(Tally(), NOW).wait


@given(st.lists(st.floats(0, 100), max_size=200))
def test_nobody_waits_longer_than_half_a_minute_for_a_place(pauses: list[float]) -> None:
    tally, passed, longest = Tally(), 0.0, 0.0
    for pause in pauses:
        passed += pause
        lock = POLICY.place_lock(tally, at(passed))
        if lock is None:
            tally = POLICY.place_failed(tally, at(passed))
        else:
            assert lock.seconds is not None
            longest = max(longest, lock.seconds)
    assert longest <= POLICY.place_recovery_s + 1e-6


@pytest.mark.parametrize(
    "changed", [{"place_recovery_s": 1.0}, {"place_failures": 5}, {"place_recovery_s": 0.1}]
)
def test_a_place_that_was_filled_under_other_limits_holds_no_more_than_these(
    changed: dict[str, float],
) -> None:
    policy = replace(POLICY, **changed)  # type: ignore[arg-type]
    tally = Tally()
    for _ in range(30):
        tally = POLICY.place_failed(tally, NOW)
    held = policy.place_held(tally, NOW)
    lock = policy.place_lock(held, NOW)
    assert lock is not None
    assert lock.seconds == pytest.approx(policy.place_recovery_s)
    after = at(policy.place_recovery_s + 1e-3)
    assert policy.place_lock(policy.place_held(held, after), after) is None
    # One more failure in the old bucket does not overflow the new one.
    assert policy.place_failed(tally, NOW).wait == held.wait
    assert POLICY.place_held(tally, NOW) is tally
    assert POLICY.place_held(Tally(), NOW) == Tally()
