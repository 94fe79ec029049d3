"""Nothing is saved without enough takes of one voice, and leaving wipes them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from kiosk.core.enroll.enrollment import EnrollmentSession
from kiosk.core.hearing.quality import QualityReport, Reason
from kiosk.core.policies import EnrollmentPolicy
from kiosk.core.visit.outcomes import TakeAccepted, TakeRefused
from kiosk.core.voice.embedding import Embedding, cosine
from kiosk.core.voice.scoring import CosineScorer

if TYPE_CHECKING:
    from kiosk.core.visit.outcomes import TakeOutcome

REPORT = QualityReport(4.0, 3.5, 0.9, 30.0, 0.0, -20.0, 7000.0, 0)
REFUSED = TakeRefused(REPORT, (Reason.NOISY,))
THRESHOLD = 0.5


def take(angle: float = 0.0) -> TakeAccepted:
    """Return an accepted take; takes less than 60 degrees apart are of one voice."""
    vector = np.array([math.cos(angle), math.sin(angle)])
    return TakeAccepted(REPORT, Embedding.of(vector, "m"), Embedding.of(vector, "second"))


def erased(taken: TakeAccepted) -> bool:
    assert taken.second is not None
    return not taken.embedding.vector.any() and not taken.second.vector.any()


def ready(takes: int = 3) -> EnrollmentSession:
    session = EnrollmentSession(EnrollmentPolicy(takes=takes))
    session.describe(user_id="anna", name="Anna")
    session.agree()
    return session


def record(session: EnrollmentSession, outcome: TakeOutcome, attempt_id: str = "1") -> None:
    session.record(attempt_id=attempt_id)
    session.heard(attempt_id=attempt_id)
    session.checked(attempt_id=attempt_id, outcome=outcome)
    agree(session)


def agree(session: EnrollmentSession) -> None:
    """Look whether the takes are of one voice, as the recognition thread does."""
    heard = [taken.heard for taken in session.takes]
    session.agreed(CosineScorer("m", THRESHOLD, {}).agreement(heard))


def reviewed(*angles: float) -> EnrollmentSession:
    session = ready(len(angles))
    for angle in angles:
        record(session, take(angle))
    assert session.state_id == "review"
    return session


def test_the_straight_way() -> None:
    session = EnrollmentSession(EnrollmentPolicy(takes=2))
    assert session.state_id == "details"
    session.describe(user_id="anna", name="Anna")
    assert session.state_id == "consent"
    session.agree()
    assert (session.state_id, session.wanted) == ("ready", 2)
    session.record(attempt_id="1")
    assert session.state_id == "listening"
    session.heard(attempt_id="1")
    assert session.state_id == "checking"
    session.checked(attempt_id="1", outcome=take())
    assert (session.state_id, session.wanted) == ("ready", 1)
    record(session, take(), "2")
    session.save()
    assert session.state_id == "saving"
    session.saved()
    assert session.state_id == "done"
    assert session.takes == []
    session.cancel()
    assert (session.state_id, session.user_id, session.name) == ("details", "", "")


def test_a_refused_take_is_recorded_again() -> None:
    session = ready()
    record(session, REFUSED)
    assert (session.state_id, session.wanted, session.last) == ("ready", 3, REFUSED)
    session.record(attempt_id="2")
    assert session.last is None


def test_nothing_heard_and_stopping_lead_back() -> None:
    session = ready()
    session.record(attempt_id="1")
    session.nothing_heard(attempt_id="other")
    assert session.state_id == "listening"
    session.nothing_heard(attempt_id="1")
    assert session.state_id == "ready"
    session.record(attempt_id="2")
    session.heard(attempt_id="2")
    session.stop_recording()
    session.checked(attempt_id="2", outcome=take())
    assert (session.state_id, session.takes) == ("ready", [])


def test_takes_of_two_voices_cannot_be_saved() -> None:
    session = reviewed(0.0, 0.1, 2.0)
    assert not session.consistent()
    assert session.agreement is not None
    assert session.agreement.weakest == 2
    session.save()
    assert session.state_id == "review"
    stranger = session.takes[2]
    session.retake(index=2)
    assert (session.state_id, session.wanted) == ("ready", 1)
    assert erased(stranger)
    record(session, take(0.05), "4")
    session.save()
    assert session.state_id == "saving"


def test_the_matrix_has_all_scores() -> None:
    session = reviewed(0.0, 1.0)
    score = cosine(session.takes[0].embedding, session.takes[1].embedding)
    assert session.agreement is not None
    assert session.agreement.matrix == ((1.0, score), (score, 1.0))


def test_takes_that_nobody_has_compared_cannot_be_saved() -> None:
    session = reviewed(0.0, 0.1)
    session.agreed(None)
    session.save()
    assert session.state_id == "review"


@pytest.mark.parametrize("index", [-1, 3, 99])
def test_dropping_a_take_that_is_not_there_drops_none(index: int) -> None:
    session = reviewed(0.0, 0.0, 0.0)
    session.retake(index=index)
    assert len(session.takes) == 3


def test_a_failure_to_save_leads_back_to_the_review_with_all_takes() -> None:
    session = reviewed(0.0, 0.1)
    session.save()
    session.save_failed()
    assert (session.state_id, len(session.takes)) == ("review", 2)


def test_going_back_keeps_the_takes() -> None:
    session = reviewed(0.0, 0.1)
    session.back()
    assert session.state_id == "ready"
    session.back()
    session.back()
    assert (session.state_id, len(session.takes)) == ("details", 2)


@pytest.mark.parametrize("steps", range(6))
def test_cancelling_wipes_whatever_was_taken(steps: int) -> None:
    session = ready(2)
    first = take()
    record(session, first)
    events = ["record", "heard", "checked", "", ""]
    second = take()
    for event in events[:steps]:
        if event == "checked":
            session.checked(attempt_id="2", outcome=second)
        elif event:
            getattr(session, event)(attempt_id="2")
    session.cancel()
    assert (session.state_id, session.user_id, session.name) == ("details", "", "")
    assert (session.takes, session.last, session.attempt_id) == ([], None, "")
    assert erased(first)
    assert steps < 3 or erased(second)


def test_cancelling_while_it_is_saved_changes_nothing() -> None:
    session = reviewed(0.0, 0.1)
    session.save()
    session.cancel()
    assert (session.state_id, len(session.takes), session.user_id) == ("saving", 2, "anna")
    kept = list(session.takes)
    session.saved()
    assert all(erased(each) for each in kept)


def test_read_only_vectors_do_not_stop_the_wiping() -> None:
    fixed = take()
    fixed.embedding.vector.flags.writeable = False
    session = ready(1)
    record(session, fixed)
    session.cancel()
    assert session.takes == []


class AnyEnrollment(RuleBasedStateMachine):
    """Events in any order."""

    attempt = st.sampled_from(["1", "1", "1", "2", ""])

    @initialize(takes=st.integers(1, 3))
    def begin(self, takes: int) -> None:
        self.session = EnrollmentSession(EnrollmentPolicy(takes=takes))
        self.taken: list[TakeAccepted] = []

    @rule()
    def describe(self) -> None:
        self.session.describe(user_id="anna", name="Anna")

    @rule(event=st.sampled_from(["agree", "back", "stop_recording", "saved", "save_failed"]))
    def simple(self, event: str) -> None:
        getattr(self.session, event)()

    @rule(event=st.sampled_from(["record", "heard", "nothing_heard"]), attempt_id=attempt)
    def recording(self, event: str, attempt_id: str) -> None:
        getattr(self.session, event)(attempt_id=attempt_id)

    @rule(attempt_id=attempt, angle=st.sampled_from([0.0, 0.1, 2.0]), refused=st.booleans())
    def checked(self, attempt_id: str, angle: float, refused: bool) -> None:
        outcome: TakeOutcome = REFUSED if refused else take(angle)
        before = len(self.session.takes)
        self.session.checked(attempt_id=attempt_id, outcome=outcome)
        if len(self.session.takes) > before and isinstance(outcome, TakeAccepted):
            self.taken.append(outcome)

    @rule(attempt_id=attempt, angle=st.sampled_from([0.0, 0.1, 2.0]))
    def whole_take(self, attempt_id: str, angle: float) -> None:
        self.recording("record", attempt_id)
        self.recording("heard", attempt_id)
        self.checked(attempt_id, angle, refused=False)

    @rule()
    def compared(self) -> None:
        agree(self.session)

    @rule(index=st.integers(-1, 4))
    def retake(self, index: int) -> None:
        self.session.retake(index=index)

    @rule()
    def save(self) -> None:
        before = self.session.state_id
        self.session.save()
        if before != "saving" and self.session.state_id == "saving":
            vectors = [each.embedding for each in self.session.takes]
            assert len(vectors) >= self.session.policy.takes
            assert all(cosine(a, b) >= THRESHOLD for a in vectors for b in vectors)

    @rule()
    def cancel(self) -> None:
        saving = self.session.state_id == "saving"
        self.session.cancel()
        assert self.session.state_id == ("saving" if saving else "details")
        if not saving:
            assert self.session.user_id == ""
            assert all(erased(each) for each in self.taken)

    @invariant()
    def what_is_not_held_is_erased(self) -> None:
        if hasattr(self, "session"):
            held = self.session.takes
            assert all(any(each is h for h in held) or erased(each) for each in self.taken)

    @invariant()
    def nothing_is_held_when_it_is_done(self) -> None:
        if hasattr(self, "session") and self.session.state_id == "done":
            assert self.session.takes == []


AnyEnrollment.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestAnyEnrollment = AnyEnrollment.TestCase
