"""Enroll a person: judge each take, and store all of them or nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kiosk.core.embedding import Voiceprint, weakest_take
from kiosk.core.errors import AlreadyEnrolled, ConsentMissing, EnrollmentRefused
from kiosk.core.outcomes import TakeAccepted, TakeRefused
from kiosk.core.quality import judge, measure
from kiosk.core.users import Consent, Person, clean_name, clean_user_id
from kiosk.services.preferences import threshold_in_force

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.core.outcomes import TakeOutcome
    from kiosk.core.policies import EnrollmentPolicy
    from kiosk.core.ports import ActivityLog, Clock, UnitOfWork, UnitOfWorkFactory
    from kiosk.core.speech import Speech
    from kiosk.services.engine import VoiceEngine


class EnrollUser:
    """Takes in, voiceprint out."""

    def __init__(
        self,
        uow: UnitOfWorkFactory,
        engine: VoiceEngine,
        policy: EnrollmentPolicy,
        clock: Clock,
        activity: ActivityLog,
    ) -> None:
        """Use these."""
        self._uow = uow
        self._engine = engine
        self.policy = policy
        self._clock = clock
        self._activity = activity

    def threshold(self) -> float:
        """Return the least score that two takes of one person must reach."""
        with self._uow() as work:
            return threshold_in_force(work, self._engine.card)

    def require_free(self, user_id: str, *, replacing: bool = False) -> str:
        """Return the cleaned ID when a person may be enrolled under it.

        Raises:
            InvalidInput: it cannot be used as an ID.
            AlreadyEnrolled: it has a voiceprint of the model in use, which is not to be replaced.
        """
        cleaned = clean_user_id(user_id)
        if not replacing:
            with self._uow() as work:
                _require_free(work, cleaned, self._engine.card.model_id)
        return cleaned

    def check_take(self, speech: Speech) -> TakeOutcome:
        """Judge one take and encode it when it is good enough.

        Raises:
            ModelMissing: no model is loaded.
        """
        report = measure(speech)
        reasons = judge(report, self.policy.quality)
        if reasons:
            return TakeRefused(report, reasons)
        return TakeAccepted(report, self._engine.encode(speech))

    def save(
        self,
        user_id: str,
        name: str,
        takes: Sequence[TakeAccepted],
        *,
        consent: bool,
        replacing: bool = False,
    ) -> Person:
        """Store person, consent and voiceprint in one transaction.

        Args:
            user_id: external ID.
            name: display name; may be empty, then a known person keeps theirs.
            takes: accepted takes, made with the model in use.
            consent: that the person agreed to the text of the policy's version.
            replacing: put it in the place of an earlier voiceprint of the same model.

        Raises:
            InvalidInput, AlreadyEnrolled: see :meth:`require_free`.
            ConsentMissing: the person did not agree.
            EnrollmentRefused: no takes, two of them are not of one voice, or the model was
                changed since they were made.
            ReenrollmentNeeded: the takes were made with different models.
            StorageError: nothing was stored.
        """
        cleaned, shown = clean_user_id(user_id), clean_name(name)
        if not consent:
            raise ConsentMissing(f"There is no consent of {cleaned}.")
        if not takes:
            raise EnrollmentRefused("There is no accepted take.")
        voiceprint = Voiceprint(tuple(take.embedding for take in takes))
        now = self._clock.now()
        agreed = Consent(self.policy.consent_version, now)
        with self._uow() as work:
            # The model may have been changed while the person spoke.
            model_id = self._engine.card.model_id
            if voiceprint.model_id != model_id:
                raise EnrollmentRefused("The voice model was changed since these takes.")
            if not replacing:
                # Here and not before: somebody else may have been enrolled under the ID meanwhile.
                _require_free(work, cleaned, model_id)
            worst, lowest = weakest_take(voiceprint.takes)
            if lowest < threshold_in_force(work, self._engine.card):
                raise EnrollmentRefused(
                    f"The takes do not sound like one person: take {worst + 1} differs "
                    f"(lowest score {lowest:.2f})."
                )
            known = work.people.get(cleaned)
            if known is None:
                person = Person(cleaned, shown, now, consent=agreed)
                work.people.add(person)
            else:
                person = replace(known, name=shown or known.name, consent=agreed)
                work.people.update(person)
            quality = [take.quality.as_dict() for take in takes]
            work.people.save_voiceprint(cleaned, voiceprint, quality, now)
            work.commit()
        self._activity.write(f"Enrolled {cleaned}")
        return person


def _require_free(work: UnitOfWork, user_id: str, model_id: str) -> None:
    if model_id in work.people.model_ids(user_id):
        raise AlreadyEnrolled(f"{user_id} is enrolled already.")
