"""No order of events leads to a verification that the score does not carry."""

from __future__ import annotations

from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kiosk.core.hearing.quality import QualityReport, Reason
from kiosk.core.policies import VerificationPolicy
from kiosk.core.visit.outcomes import Inconclusive, NotVerified, Verified, VerifyOutcome
from kiosk.core.visit.verification import VerificationSession

REPORT = QualityReport(4.0, 3.0, 0.9, 30.0, 0.0, -20.0, 7000.0, 0)
POLICY = VerificationPolicy(tries=2, inconclusive_tries=3)


def verified(user: str = "anna", score: float = 0.7, threshold: float = 0.5) -> Verified:
    return Verified(user, score, threshold, "m", REPORT)


def not_verified(user: str = "anna", score: float = 0.3) -> NotVerified:
    return NotVerified(user, score, 0.5, "m", REPORT)


def inconclusive(user: str = "anna") -> Inconclusive:
    return Inconclusive(user, (Reason.NOISY,), 0.5, "m", REPORT)


def analysing(policy: VerificationPolicy = POLICY) -> VerificationSession:
    """Return a session in which anna has spoken."""
    session = VerificationSession(policy)
    session.begin()
    session.claim(user_id="anna", attempt_id="1")
    session.heard(attempt_id="1")
    return session


def again(session: VerificationSession, attempt_id: str) -> None:
    session.retry(attempt_id=attempt_id)
    session.heard(attempt_id=attempt_id)


def test_the_straight_way() -> None:
    session = VerificationSession(POLICY)
    seen = [session.state_id]
    session.begin()
    seen.append(session.state_id)
    session.claim(user_id="anna", attempt_id="1")
    seen.append(session.state_id)
    session.heard(attempt_id="1")
    seen.append(session.state_id)
    session.decide(attempt_id="1", outcome=verified())
    assert [*seen, session.state_id] == [
        "idle",
        "identifying",
        "listening",
        "analysing",
        "verified",
    ]
    assert session.outcome == verified()


@pytest.mark.parametrize(
    "outcome",
    [
        verified("bob"),
        verified(score=0.49),
        verified(score=float("nan")),
        verified(threshold=float("nan")),
    ],
    ids=["another person", "below the threshold", "no score", "no threshold"],
)
def test_a_verification_that_the_score_does_not_carry_counts_as_a_rejection(
    outcome: Verified,
) -> None:
    session = analysing()
    session.decide(attempt_id="1", outcome=outcome)
    assert session.state_id == "not_verified"
    assert session.rejections == 1
    assert session.tries_left == POLICY.tries - 1


def test_the_threshold_itself_is_enough() -> None:
    session = analysing()
    session.decide(attempt_id="1", outcome=verified(score=0.5))
    assert session.state_id == "verified"


def test_rejections_end_the_visit() -> None:
    session = analysing()
    session.decide(attempt_id="1", outcome=not_verified())
    assert session.tries_left == 1
    again(session, "2")
    session.decide(attempt_id="2", outcome=not_verified())
    assert not session.may_retry()
    session.retry(attempt_id="3")
    assert session.state_id == "not_verified"


def test_poor_recordings_cost_no_try_but_are_limited() -> None:
    session = analysing()
    for number in range(1, POLICY.inconclusive_tries + 1):
        session.decide(attempt_id=str(number), outcome=inconclusive())
        assert session.state_id == "inconclusive"
        assert session.tries_left == POLICY.tries
        again(session, str(number + 1))
    assert session.state_id == "inconclusive"


def test_an_attempt_that_broke_down_counts_as_not_accepted() -> None:
    session = analysing()
    session.fail(attempt_id="1")
    assert session.state_id == "not_verified"
    assert session.outcome is None
    assert session.tries_left == POLICY.tries - 1


def test_late_answers_are_ignored() -> None:
    session = analysing()
    session.decide(attempt_id="1", outcome=not_verified())
    again(session, "2")
    session.decide(attempt_id="1", outcome=verified())
    session.decide(attempt_id="", outcome=verified())
    session.fail(attempt_id="1")
    assert session.state_id == "analysing"
    session.leave()
    session.decide(attempt_id="2", outcome=verified())
    assert session.state_id == "idle"


@pytest.mark.parametrize("event", ["leave", "break_down"])
def test_nothing_of_the_person_stays(event: str) -> None:
    session = analysing()
    session.decide(attempt_id="1", outcome=not_verified())
    getattr(session, event)()
    assert (session.user_id, session.attempt_id, session.outcome) == ("", "", None)
    assert session.tries_left == POLICY.tries


def test_every_state_leads_home_at_once() -> None:
    for state in VerificationSession.states:
        events = {
            t.event: {u.target.id for u in state.transitions if u.event == t.event}
            for t in state.transitions
        }
        home = events["recover"] if state.id == "out_of_service" else events["leave"]
        assert home == {"idle"}, state.id
        assert events["break_down"] == {"out_of_service"}, state.id


class AnyVisit(RuleBasedStateMachine):
    """Events in any order, with current and with late attempts."""

    @initialize(tries=st.integers(1, 3), poor=st.integers(1, 3))
    def arrive(self, tries: int, poor: int) -> None:
        self.policy = VerificationPolicy(tries=tries, inconclusive_tries=poor)
        self.session = VerificationSession(self.policy)
        self.number = 0
        self.attempts = 0
        self.allowed = False

    def next_attempt(self) -> str:
        self.number += 1
        return str(self.number)

    attempt = st.sampled_from([0, 0, 0, -1, None])

    def named(self, which: int | None) -> str:
        return "" if which is None else str(self.number + which)

    @rule()
    def begin(self) -> None:
        self.session.begin()

    @rule(user=st.sampled_from(["anna", "bob"]))
    def claim(self, user: str) -> None:
        new = self.session.state_id == "identifying"
        self.session.claim(user_id=user, attempt_id=self.next_attempt())
        self.attempts = 1 if new else self.attempts

    @rule(which=attempt)
    def heard(self, which: int | None) -> None:
        self.session.heard(attempt_id=self.named(which))

    @rule(
        which=attempt,
        kind=st.sampled_from([Verified, NotVerified, Inconclusive]),
        user=st.sampled_from(["anna", "anna", "bob"]),
        score=st.sampled_from([0.7, 0.5, 0.49, float("nan")]),
    )
    def decide(self, which: int | None, kind: type, user: str, score: float) -> None:
        session, attempt_id = self.session, self.named(which)
        outcome: VerifyOutcome
        if kind is Inconclusive:
            outcome = inconclusive(user)
        elif kind is Verified:
            outcome = verified(user, score)
        else:
            outcome = not_verified(user, score)
        carried = (
            session.state_id == "analysing"
            and attempt_id != ""
            and attempt_id == session.attempt_id
            and kind is Verified
            and user == session.user_id
            and score >= 0.5
        )
        session.decide(attempt_id=attempt_id, outcome=outcome)
        if carried:
            assert session.state_id == "verified"
            self.allowed = True

    @rule(which=attempt)
    def fail(self, which: int | None) -> None:
        self.session.fail(attempt_id=self.named(which))

    @rule()
    def retry(self) -> None:
        before = self.session.state_id
        self.session.retry(attempt_id=self.next_attempt())
        if before != "listening" and self.session.state_id == "listening":
            self.attempts += 1

    @rule()
    def leave(self) -> None:
        self.session.leave()
        assert self.session.state_id in ("idle", "out_of_service")
        self.allowed = False

    @rule()
    def break_down(self) -> None:
        self.session.break_down()
        assert self.session.state_id == "out_of_service"
        self.allowed = False

    @precondition(lambda self: self.session.state_id == "out_of_service")
    @rule()
    def recover(self) -> None:
        self.session.recover()
        assert self.session.state_id == "idle"

    @invariant()
    def verified_only_by_a_score_for_this_person_and_attempt(self) -> None:
        if hasattr(self, "session"):
            assert (self.session.state_id == "verified") == self.allowed

    @invariant()
    def rejections_and_attempts_stay_within_the_policy(self) -> None:
        if hasattr(self, "session"):
            assert self.session.rejections <= self.policy.tries
            assert self.session.poor_recordings <= self.policy.inconclusive_tries
            assert self.attempts <= self.policy.tries + self.policy.inconclusive_tries - 1

    @invariant()
    def nobody_is_known_while_nobody_is_here(self) -> None:
        if hasattr(self, "session") and self.session.state_id in ("idle", "out_of_service"):
            assert self.session.user_id == ""
            assert self.session.outcome is None


AnyVisit.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestAnyVisit = AnyVisit.TestCase


def test_a_policy_of_one_try_permits_one_rejection() -> None:
    session = analysing(replace(POLICY, tries=1))
    session.decide(attempt_id="1", outcome=not_verified())
    assert not session.may_retry()
