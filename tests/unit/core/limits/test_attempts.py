"""No order of failures, clocks and restarts gives more tries than the policy, or waits for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from kiosk.core.limits.attempts import AttemptPolicy, Instant, Lock, LockReason, Tally, Wait
from tests.fakes.clock import START
from tests.unit.core.limits.moments import NOW, POLICY, at, failing

LONG = 10 * 365 * 86_400.0


# --- the waits -------------------------------------------------------------------------------


def test_four_failures_are_free_and_the_fifth_is_followed_by_30_seconds() -> None:
    assert POLICY.lock(failing(4), NOW) is None
    lock = POLICY.lock(failing(5), NOW)
    assert lock == Lock(LockReason.FAILURES, 30.0, START + timedelta(seconds=30))
    assert lock.retry_after_s == 30
    assert POLICY.lock(failing(5), at(29.999)) is not None
    assert POLICY.lock(failing(5), at(30)) is None


def test_each_further_failure_doubles_the_wait_up_to_an_hour() -> None:
    waits = [POLICY.wait_after(count) for count in range(4, 14)]
    assert waits == [0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert POLICY.wait_after(10**9) == 3600


def test_the_fiftieth_failure_needs_an_operator_and_no_time_helps() -> None:
    assert not failing(49).disabled
    lock = POLICY.lock(failing(50), at(LONG))
    assert lock == Lock(LockReason.DISABLED)
    assert lock.retry_after_s is None


def test_the_cap_takes_an_impostor_more_than_a_day_and_a_half() -> None:
    waited = sum(POLICY.wait_after(count) for count in range(POLICY.most_failures))
    assert waited > 38 * 3600


def test_a_success_forgives_everything() -> None:
    assert POLICY.succeeded() == Tally()


def test_an_operator_ends_a_wait_but_not_the_count_towards_the_cap() -> None:
    tally = POLICY.wait_ended(failing(7))
    assert POLICY.lock(tally, NOW) is None
    assert (tally.failures, tally.total) == (0, 7)
    for _ in range(43):
        tally = POLICY.failed(tally, NOW)
    assert tally.disabled


def test_tries_left_count_down_to_the_wait() -> None:
    assert [POLICY.tries_left(failing(count)) for count in (0, 1, 4, 5, 9, 50)] == [
        5,
        4,
        1,
        0,
        0,
        0,
    ]


def test_a_failure_counted_ahead_can_be_taken_back() -> None:
    for count in (1, 4, 5, 50):
        taken_back = POLICY.taken_back(failing(count), failing(count))
        assert (taken_back.failures, taken_back.total) == (count - 1, count - 1)
        assert POLICY.lock(taken_back, NOW) is None
    # Another one was counted since: its wait holds.
    assert POLICY.lock(POLICY.taken_back(failing(6), failing(5)), NOW) is not None
    assert POLICY.taken_back(Tally(), failing(1)) == Tally()


def test_what_is_taken_back_ends_only_its_own_wait() -> None:
    """Somebody else's tenth poor recording came while the try was looked at."""
    for before in (0, 1, 3, 4, 7):
        counted = POLICY.failed(failing(before), NOW)
        meanwhile = POLICY.unclear(replace(counted, inconclusive=9, wait=None), at(1))
        taken_back = POLICY.taken_back(meanwhile, counted)
        assert taken_back.wait == Wait.begin(30, at(1))
        assert taken_back.failures == before


def test_a_failure_never_ends_the_wait_after_poor_recordings() -> None:
    waiting = POLICY.unclear(Tally(inconclusive=9), NOW)
    assert POLICY.failed(waiting, at(1)).wait == waiting.wait
    assert POLICY.failed(waiting, at(31)).wait is None
    fifth = POLICY.failed(replace(failing(4), wait=waiting.wait), at(1))
    assert fifth.wait == Wait.begin(30, at(1))


def test_waits_may_grow_more_slowly() -> None:
    slower = AttemptPolicy(growth=1.5, longest_wait_s=100)
    assert [slower.wait_after(count) for count in range(4, 10)] == [0, 30, 45, 67.5, 100, 100]
    with pytest.raises(ValueError, match="grow"):
        AttemptPolicy(growth=0.5)


# --- poor recordings -------------------------------------------------------------------------


def test_poor_recordings_are_no_failures_but_the_tenth_in_a_row_is_followed_by_a_wait() -> None:
    tally = Tally()
    for _ in range(9):
        tally = POLICY.unclear(tally, NOW)
        assert POLICY.lock(tally, NOW) is None
    tally = POLICY.unclear(tally, NOW)
    lock = POLICY.lock(tally, NOW)
    assert lock is not None
    assert (lock.reason, lock.seconds) == (LockReason.UNCLEAR, 30)
    assert (tally.failures, tally.total) == (0, 0)
    assert POLICY.lock(tally, at(30)) is None


def test_a_recording_that_was_compared_begins_the_count_of_poor_ones_anew() -> None:
    tally = POLICY.failed(POLICY.unclear(Tally(), NOW), NOW)
    assert (tally.inconclusive, tally.failures) == (0, 1)


def test_a_poor_recording_never_shortens_a_wait() -> None:
    tally = replace(failing(9), inconclusive=9)
    assert POLICY.unclear(tally, NOW).wait == tally.wait


# --- clocks ----------------------------------------------------------------------------------


@pytest.mark.parametrize("wall", [-LONG, 0.0, LONG])
def test_setting_the_clock_changes_nothing_while_the_machine_runs(wall: float) -> None:
    wait = Wait.begin(60, NOW)
    assert wait.left(at(20, wall=wall)) == 40
    assert wait.left(at(60, wall=wall)) == 0


@pytest.mark.parametrize(
    ("wall", "left"), [(0.0, 60.0), (20.0, 40.0), (61.0, 0.0), (LONG, 0.0), (-LONG, 60.0)]
)
def test_after_a_restart_there_is_at_most_the_whole_wait_left(wall: float, left: float) -> None:
    assert Wait.begin(60, NOW).left(at(5, boot="boot-1", wall=wall)) == left


def test_a_clock_that_was_set_back_before_a_restart_makes_nobody_wait_for_ever() -> None:
    wait = Wait.begin(60, NOW)
    back = -LONG
    anchored = wait.anchored(at(5, boot="boot-1", wall=back))
    assert anchored is not None
    assert anchored.left(at(5 + 60, boot="boot-1", wall=back + 60)) == 0
    assert anchored.anchored(at(30, boot="boot-1", wall=back)) is anchored


def test_a_wait_that_is_over_is_forgotten() -> None:
    assert Wait.begin(60, NOW).anchored(at(60)) is None
    assert failing(5).anchored(at(31)).wait is None
    assert failing(5).anchored(at(31)).failures == 5


@given(
    length=st.floats(0.001, 86_400),
    moves=st.lists(
        st.tuples(st.floats(0, 3_600), st.floats(-LONG, LONG), st.booleans()), max_size=30
    ),
)
def test_however_the_clocks_go_no_wait_is_longer_than_it_was_set_to(
    length: float, moves: list[tuple[float, float, bool]]
) -> None:
    wait: Wait | None = Wait.begin(length, NOW)
    uptime, boot, left = NOW.uptime, 0, length
    for passed, set_to, restarted in moves:
        boot, uptime = (boot + 1, 1.0) if restarted else (boot, uptime + passed)
        now = Instant(START + timedelta(seconds=set_to), f"boot-{boot}", uptime)
        wait = wait.anchored(now) if wait is not None else None
        found = wait.left(now) if wait is not None else 0.0
        assert 0 <= found <= length
        # In one run of the machine it only shrinks, whatever the wall clock shows.
        assert restarted or found <= left + 1e-6
        left = found


class AnyTries(RuleBasedStateMachine):
    """Tries, clocks and restarts in any order, in the way in which the kiosk counts."""

    @initialize(free=st.integers(1, 5), most=st.integers(5, 12), poor=st.integers(1, 4))
    def begin(self, free: int, most: int, poor: int) -> None:
        self.policy = AttemptPolicy(free, 30, 3_600, most, poor)
        self.tally = Tally()
        self.boot, self.uptime, self.wall = 0, 100.0, 0.0
        self.since_success = 0
        self.not_before: float | None = None

    @property
    def now(self) -> Instant:
        wall = START + timedelta(seconds=self.wall)
        return Instant(wall, f"boot-{self.boot}", self.uptime)

    def admitted(self) -> bool:
        self.tally = self.tally.anchored(self.now)
        return self.policy.lock(self.tally, self.now) is None

    @rule()
    def fail(self) -> None:
        if self.admitted():
            assert self.not_before is None or self.uptime >= self.not_before - 1e-6
            self.tally = self.policy.failed(self.tally, self.now)
            self.since_success += 1
            wait = self.policy.wait_after(self.tally.failures)
            self.not_before = self.uptime + wait if wait else None

    @rule()
    def succeed(self) -> None:
        if self.admitted():
            # Counted first, as every try is.
            self.tally = self.policy.failed(self.tally, self.now)
            self.tally = self.policy.succeeded()
            self.since_success, self.not_before = 0, None

    @rule()
    def speak_poorly(self) -> None:
        if self.admitted():
            self.tally = self.policy.unclear(self.tally, self.now)

    @rule(seconds=st.floats(0.1, 4_000))
    def pass_time(self, seconds: float) -> None:
        self.uptime += seconds
        self.wall += seconds

    @rule(seconds=st.floats(-LONG, LONG))
    def set_clock(self, seconds: float) -> None:
        self.wall = seconds

    @rule()
    def restart(self) -> None:
        self.boot += 1
        self.uptime = 10.0
        self.not_before = None  # the wall clock decides, and may have been set

    @rule()
    def end_wait(self) -> None:
        if not self.tally.disabled:
            self.tally = self.policy.wait_ended(self.tally)
            self.not_before = None

    @invariant()
    def never_more_failures_than_the_cap(self) -> None:
        if hasattr(self, "tally"):
            assert self.since_success <= self.policy.most_failures
            assert self.tally.disabled == (self.since_success >= self.policy.most_failures)
            assert self.tally.total == self.since_success

    @invariant()
    def nobody_waits_longer_than_the_longest_wait(self) -> None:
        if hasattr(self, "tally"):
            lock = self.policy.lock(self.tally, self.now)
            if lock is not None and not self.tally.disabled:
                assert lock.seconds is not None
                assert lock.seconds <= self.policy.longest_wait_s


AnyTries.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestAnyTries = AnyTries.TestCase


@pytest.mark.parametrize(
    "limits",
    [
        {"free_failures": 0},
        {"most_failures": 4},
        {"free_inconclusive": 0},
        {"place_failures": 0},
        {"first_wait_s": 0.0},
        {"first_wait_s": 4_000.0},
        {"longest_wait_s": 90_000.0},
        {"place_recovery_s": 0.0},
        {"place_recovery_s": 4_000.0},
        {"first_wait_s": float("nan")},
    ],
)
def test_limits_that_make_no_sense_are_refused(limits: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        replace(POLICY, **limits)  # type: ignore[arg-type]
