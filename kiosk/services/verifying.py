"""Verify a claimed identity, and identify among everybody enrolled."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from kiosk.core.embedding import score
from kiosk.core.errors import (
    Cancelled,
    NotEnrolled,
    PersonDisabled,
    ReenrollmentNeeded,
    UnknownUser,
)
from kiosk.core.outcomes import (
    Candidate,
    Identification,
    Inconclusive,
    NotVerified,
    Verified,
)
from kiosk.core.quality import judge, measure
from kiosk.core.users import AttemptRecord
from kiosk.services.preferences import threshold_in_force

if TYPE_CHECKING:
    from threading import Event

    from kiosk.core.embedding import Voiceprint
    from kiosk.core.outcomes import VerifyOutcome
    from kiosk.core.policies import VerificationPolicy
    from kiosk.core.ports import ActivityLog, Clock, UnitOfWork, UnitOfWorkFactory
    from kiosk.core.speech import Speech
    from kiosk.services.engine import VoiceEngine


class VerifyUser:
    """Quality gate, encode, score, store, and only then answer."""

    def __init__(
        self,
        uow: UnitOfWorkFactory,
        engine: VoiceEngine,
        policy: VerificationPolicy,
        clock: Clock,
        activity: ActivityLog,
    ) -> None:
        """Use these."""
        self._uow = uow
        self._engine = engine
        self.policy = policy
        self._clock = clock
        self._activity = activity

    def require_enrolled(self, user_id: str) -> None:
        """Check, before anybody is asked to speak, that there is a voiceprint to compare with.

        Raises:
            UnknownUser: nobody has that ID.
            NotEnrolled: the person has no voiceprint.
            ReenrollmentNeeded: it was made by another model.
            PersonDisabled: an operator suspended the person.
            ModelMissing, ModelAltered, ModelRefused: the model chosen by now cannot be used.
        """
        self._engine.follow()
        with self._uow() as work:
            _voiceprint(work, user_id, self._engine.card.model_id)

    def __call__(
        self, user_id: str, speech: Speech, cancelled: Event | None = None
    ) -> VerifyOutcome:
        """Decide whether the speech is of the person with this ID.

        The decision is durable before it is returned.

        Args:
            user_id: the claimed ID.
            speech: at the model's rate, its speech found.
            cancelled: when set, nothing is decided nor stored.

        Raises:
            UnknownUser, NotEnrolled, ReenrollmentNeeded, PersonDisabled: see
                :meth:`require_enrolled`.
            ModelMissing, ModelAltered, ModelRefused: the model chosen by now cannot be used.
            Cancelled: the attempt was given up.
            StorageError: the decision could not be stored; it counts as not verified.
        """
        self._engine.follow()
        card = self._engine.card
        report = measure(speech)
        reasons = judge(report, self.policy.quality)
        _stop_if(cancelled)
        probe = None
        if not reasons:
            # Encoded before the transaction begins: it would hold the database for all that time.
            # From here on the model that did it counts, should another thread change it.
            probe, card = self._engine.encode_by(speech)
        outcome: VerifyOutcome
        with self._uow() as work:
            voiceprint = _voiceprint(work, user_id, card.model_id)
            threshold = threshold_in_force(work, card)
            if probe is None:
                outcome = Inconclusive(user_id, reasons, threshold, card.model_id, report)
            else:
                value = score(voiceprint, probe)
                kind = Verified if value >= threshold else NotVerified
                outcome = kind(user_id, value, threshold, card.model_id, report)
            _stop_if(cancelled)
            work.people.add_attempt(
                AttemptRecord(
                    attempt_id=uuid.uuid4().hex,
                    user_id=user_id,
                    outcome=outcome.name,
                    score=outcome.score,
                    threshold=threshold,
                    model_id=card.model_id,
                    reasons=tuple(reason.value for reason in reasons),
                    at=self._clock.now(),
                )
            )
            work.commit()
        if isinstance(outcome, Inconclusive):
            listed = ", ".join(reason.value for reason in reasons)
            self._activity.write(f"Inconclusive {user_id} (reasons: {listed})")
        else:
            accepted = isinstance(outcome, Verified)
            self._activity.write(f"Verified {user_id} (result: {accepted}, score: {outcome.score})")
        return outcome


class IdentifyUser:
    """Rank everybody enrolled by their score; decides nothing and stores nothing."""

    def __init__(
        self, uow: UnitOfWorkFactory, engine: VoiceEngine, policy: VerificationPolicy
    ) -> None:
        """Use these."""
        self._uow = uow
        self._engine = engine
        self._policy = policy

    def __call__(self, speech: Speech) -> Identification:
        """Return the candidates, best first; disabled people are left out.

        Raises:
            NotEnrolled: nobody is enrolled with the model in use.
            ModelMissing, ModelAltered, ModelRefused: the model chosen by now cannot be used.
        """
        self._engine.follow()
        card = self._engine.card
        report = measure(speech)
        reasons = judge(report, self._policy.quality)
        probe = None
        if not reasons:
            # Encoded first: they are compared who are enrolled with the model that did it.
            probe, card = self._engine.encode_by(speech)
        with self._uow() as work:
            threshold = threshold_in_force(work, card)
            enrolled = work.people.voiceprints(card.model_id)
        if not enrolled:
            raise NotEnrolled("Nobody is enrolled with the voice model in use.")
        if probe is None:
            return Identification((), None, threshold, card.model_id, report, reasons)
        ranked = sorted(
            (
                Candidate(person.user_id, person.name, score(voiceprint, probe))
                for person, voiceprint in enrolled
                if person.enabled
            ),
            key=lambda candidate: candidate.score,
            reverse=True,
        )
        margin = ranked[0].score - ranked[1].score if len(ranked) > 1 else None
        return Identification(tuple(ranked), margin, threshold, card.model_id, report)


def _voiceprint(work: UnitOfWork, user_id: str, model_id: str) -> Voiceprint:
    person = work.people.get(user_id)
    if person is None:
        raise UnknownUser(f"Nobody is enrolled under the ID {user_id}.")
    if not person.enabled:
        raise PersonDisabled(f"{user_id} is disabled.")
    voiceprint = work.people.voiceprint(user_id, model_id)
    if voiceprint is not None:
        return voiceprint
    others = work.people.model_ids(user_id)
    if others:
        raise ReenrollmentNeeded(
            f"{user_id} was enrolled with model {', '.join(others)}; {model_id} is in use."
        )
    raise NotEnrolled(f"{user_id} has no voiceprint.")


def _stop_if(cancelled: Event | None) -> None:
    if cancelled is not None and cancelled.is_set():
        raise Cancelled("The attempt was cancelled; nothing was stored.")
