"""One visit of a person who wants to be verified, as a state machine.

It knows no widget, thread or clock: the presenter tells it what happened and shows its state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statemachine import State, StateMachine

from kiosk.core.visit.outcomes import Inconclusive, Locked, NotVerified, Verified

if TYPE_CHECKING:
    from kiosk.core.limits.attempts import Lock
    from kiosk.core.policies import VerificationPolicy
    from kiosk.core.visit.outcomes import VerifyOutcome


class VerificationSession(StateMachine):
    """From the welcome screen to a decision and back.

    ``tries_left`` counts rejections; a recording that was too poor to compare costs none, but
    there is a limit to those as well. What was counted over earlier visits comes with the outcomes.
    Where a second factor is asked for it is asked before the voice, and again after a rejection:
    nobody learns which of the two was wrong. Outcomes of attempts that are no longer current are
    ignored.
    """

    # A late answer or a second tap is no defect: events without a transition are ignored.
    allow_event_without_transition = True

    out_of_service = State()
    idle = State(initial=True)
    identifying = State()
    confirming = State()
    listening = State()
    analysing = State()
    verified = State()
    inconclusive = State()
    not_verified = State()
    locked = State()

    begin = idle.to(identifying)
    refuse = identifying.to(locked)
    ask = identifying.to(confirming) | not_verified.to(confirming, cond="may_retry")
    claim = identifying.to(listening) | confirming.to(listening)
    heard = listening.to(analysing, cond="is_current")
    decide = (
        analysing.to(verified, cond=["is_current", "reached_threshold"])
        | analysing.to(inconclusive, cond=["is_current", "is_inconclusive"])
        | analysing.to(locked, cond=["is_current", "is_locked"])
        | analysing.to(not_verified, cond="is_current")
    )
    fail = analysing.to(not_verified, cond="is_current")
    retry = inconclusive.to(listening, cond="may_retry") | not_verified.to(
        listening, cond="may_retry"
    )
    leave = (
        identifying.to(idle)
        | confirming.to(idle)
        | listening.to(idle)
        | analysing.to(idle)
        | verified.to(idle)
        | inconclusive.to(idle)
        | not_verified.to(idle)
        | locked.to(idle)
        | idle.to(idle)
    )
    break_down = (
        idle.to(out_of_service)
        | identifying.to(out_of_service)
        | confirming.to(out_of_service)
        | listening.to(out_of_service)
        | analysing.to(out_of_service)
        | verified.to(out_of_service)
        | inconclusive.to(out_of_service)
        | not_verified.to(out_of_service)
        | locked.to(out_of_service)
        | out_of_service.to(out_of_service)
    )
    recover = out_of_service.to(idle)

    def __init__(self, policy: VerificationPolicy) -> None:
        """Begin idle, nobody being present."""
        self.policy = policy
        self.user_id = ""
        self.attempt_id = ""
        self.outcome: VerifyOutcome | None = None
        self.lock: Lock | None = None
        self.rejections = 0
        self.poor_recordings = 0
        super().__init__()

    @property
    def state_id(self) -> str:
        """Return the name of the present state."""
        return str(self.current_state_value)

    @property
    def tries_left(self) -> int:
        """Return how many rejections are still permitted, in this visit and over all of them."""
        left = max(0, self.policy.tries - self.rejections)
        counted = self.outcome.tries_left if isinstance(self.outcome, NotVerified) else None
        return left if counted is None else min(left, counted)

    def may_retry(self) -> bool:
        """Return whether this visit may go on after a rejection or a poor recording."""
        if self.lock is not None:
            return False
        return self.rejections < self.policy.tries and (
            self.poor_recordings < self.policy.inconclusive_tries
        )

    def is_current(self, attempt_id: str) -> bool:
        """Return whether this is the attempt that is being waited for."""
        return bool(attempt_id) and attempt_id == self.attempt_id

    def reached_threshold(self, outcome: VerifyOutcome) -> bool:
        """Return whether the outcome is a verification of the person who claims to be here.

        The score is compared again: no single slip elsewhere may open this state.
        """
        return (
            isinstance(outcome, Verified)
            and outcome.user_id == self.user_id
            and outcome.score >= outcome.threshold
        )

    def is_inconclusive(self, outcome: VerifyOutcome) -> bool:
        """Return whether nothing was compared."""
        return isinstance(outcome, Inconclusive)

    def is_locked(self, outcome: VerifyOutcome) -> bool:
        """Return whether nothing was compared because of what happened before."""
        return isinstance(outcome, Locked)

    def on_refuse(self, user_id: str, lock: Lock) -> None:
        """Remember who is not even asked to speak, and why."""
        self.user_id = user_id
        self.lock = lock

    def on_ask(self, user_id: str) -> None:
        """Remember who claims to be here, before the voice."""
        self.user_id = user_id

    def on_claim(self, user_id: str, attempt_id: str) -> None:
        """Remember who claims to be here."""
        self.user_id = user_id
        self.attempt_id = attempt_id

    def on_retry(self, attempt_id: str) -> None:
        """Begin another attempt of the same person."""
        self.attempt_id = attempt_id
        self.outcome = None

    def on_decide(self, outcome: VerifyOutcome) -> None:
        """Count and keep the outcome."""
        self.outcome = outcome
        self.attempt_id = ""
        self.lock = None if isinstance(outcome, Verified) else outcome.lock
        if isinstance(outcome, Inconclusive):
            self.poor_recordings += 1
        elif isinstance(outcome, Locked):
            pass  # nothing was compared, and nothing may be tried again in this visit
        elif not self.reached_threshold(outcome):
            # Not asked whether it is a NotVerified: whatever does not open counts as a rejection.
            self.rejections += 1

    def on_fail(self) -> None:
        """Count an attempt that could not be decided as not accepted; it has no outcome."""
        self.outcome = None
        self.attempt_id = ""
        self.rejections += 1

    def on_enter_idle(self) -> None:
        """Forget the person."""
        self._forget()

    def on_enter_out_of_service(self) -> None:
        """Forget the person here too: whoever comes next must not see them."""
        self._forget()

    def _forget(self) -> None:
        self.user_id = self.attempt_id = ""
        self.outcome = None
        self.lock = None
        self.rejections = self.poor_recordings = 0
