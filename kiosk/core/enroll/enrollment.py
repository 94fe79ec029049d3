"""One enrollment at the operator's desk, as a state machine.

Accepted takes live in this object and nowhere else until they are saved; leaving wipes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statemachine import State, StateMachine

from kiosk.core.visit.outcomes import TakeAccepted
from kiosk.core.voice.duplicates import DuplicateDecision, clean_reason, decided

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.core.policies import EnrollmentPolicy
    from kiosk.core.visit.outcomes import TakeOutcome
    from kiosk.core.voice.duplicates import Alike
    from kiosk.core.voice.scoring import Agreement


class EnrollmentSession(StateMachine):
    """Person, consent, takes, check, saved.

    Attributes:
        takes: accepted takes in the order of their slots.
        last: outcome of the latest recording, to be shown.
        agreement: whether the takes are of one voice; None until that was looked at.
        alike: everybody else whose voice is like these takes.
        decision: that it is another person all the same; None before.
    """

    # A late answer or a second tap is no defect: events without a transition are ignored.
    allow_event_without_transition = True

    details = State(initial=True)
    consent = State()
    ready = State()
    listening = State()
    checking = State()
    review = State()
    saving = State()
    done = State()

    describe = details.to(consent)
    agree = consent.to(ready)
    record = ready.to(listening, cond="incomplete")
    heard = listening.to(checking, cond="is_current")
    nothing_heard = listening.to(ready, cond="is_current")
    checked = checking.to(review, cond=["is_current", "completes"]) | checking.to(
        ready, cond="is_current"
    )
    retake = review.to(ready) | ready.to(ready)
    save = review.to(saving, cond=["consistent", "decided"])
    saved = saving.to(done)
    save_failed = saving.to(review)
    back = consent.to(details) | ready.to(consent) | review.to(ready)
    stop_recording = listening.to(ready) | checking.to(ready)
    cancel = (
        details.to(details)
        | consent.to(details)
        | ready.to(details)
        | listening.to(details)
        | checking.to(details)
        | review.to(details)
        | saving.to(saving)
        | done.to(details)
    )

    def __init__(self, policy: EnrollmentPolicy) -> None:
        """Begin with an empty form."""
        self.policy = policy
        self.agreement: Agreement | None = None
        self.user_id = ""
        self.name = ""
        self.attempt_id = ""
        self.takes: list[TakeAccepted] = []
        self.last: TakeOutcome | None = None
        self.alike: tuple[Alike, ...] = ()
        self.decision: DuplicateDecision | None = None
        super().__init__()

    @property
    def state_id(self) -> str:
        """Return the name of the present state."""
        return str(self.current_state_value)

    @property
    def wanted(self) -> int:
        """Return how many takes are still missing."""
        return max(0, self.policy.takes - len(self.takes))

    def incomplete(self) -> bool:
        """Return whether takes are still missing."""
        return self.wanted > 0

    def is_current(self, attempt_id: str) -> bool:
        """Return whether this is the recording that is being waited for."""
        return bool(attempt_id) and attempt_id == self.attempt_id

    def completes(self, outcome: TakeOutcome) -> bool:
        """Return whether this outcome is the last take that was missing."""
        return isinstance(outcome, TakeAccepted) and self.wanted <= 1

    def consistent(self) -> bool:
        """Return whether all takes are there and any two of them are of one voice."""
        found = self.agreement
        return (
            self.wanted == 0
            and found is not None
            and len(found.matrix) == len(self.takes)
            and found.consistent
        )

    def agreed(self, agreement: Agreement | None) -> None:
        """Keep whether the takes are of one voice, as it was looked at with the last of them."""
        self.agreement = agreement

    def decided(self) -> bool:
        """Return whether the voice is like nobody else's, or it was decided about all of them."""
        return decided(self.alike, self.decision)

    def compared(self, alike: Sequence[Alike]) -> None:
        """Keep whom the takes are like; a decision about others than these does not hold."""
        self.alike = tuple(alike)
        if not self.decided():
            self.decision = None

    def decide(self, reason: str) -> None:
        """Record that the voice is of another person than those it is like.

        Raises:
            InvalidInput: the reason cannot be used.
        """
        about = frozenset(each.user_id for each in self.alike)
        self.decision = DuplicateDecision(clean_reason(reason), about)

    def on_describe(self, user_id: str, name: str) -> None:
        """Keep who is to be enrolled; takes of somebody else do not become theirs."""
        if user_id != self.user_id:
            self._wipe()
        self.user_id, self.name = user_id, name

    def on_record(self, attempt_id: str) -> None:
        """Wait for this recording."""
        self.attempt_id = attempt_id
        self.last = None

    def on_checked(self, outcome: TakeOutcome) -> None:
        """Keep an accepted take."""
        self.attempt_id = ""
        self.last = outcome
        if isinstance(outcome, TakeAccepted):
            self.takes.append(outcome)

    def on_nothing_heard(self) -> None:
        """Give the recording up."""
        self.attempt_id = ""

    def on_stop_recording(self) -> None:
        """Give the recording up."""
        self.attempt_id = ""

    def on_retake(self, index: int) -> None:
        """Drop one take, to be recorded again."""
        if 0 <= index < len(self.takes):
            self.takes.pop(index).wipe()
            if self.agreement is not None:
                self.agreement = self.agreement.without(index)
        self.last = None
        self._forget_alike()

    def on_saved(self) -> None:
        """Nothing of the voice stays here once it is stored."""
        self._wipe()

    def on_cancel(self) -> None:
        """Wipe everything, unless it is being saved at this moment."""
        if self.state_id != "saving":
            self._wipe()
            self.user_id = self.name = ""

    def _wipe(self) -> None:
        for take in self.takes:
            take.wipe()
        self.takes.clear()
        self.agreement = None
        self._forget_alike()
        self.last = None
        self.attempt_id = ""

    def _forget_alike(self) -> None:
        # They were found with a take that is gone.
        self.alike = ()
        self.decision = None
