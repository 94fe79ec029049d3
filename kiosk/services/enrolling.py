"""Enroll a person: judge each take, and store all of them or nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kiosk.core.embedding import Voiceprint, score, weakest_take
from kiosk.core.errors import AlreadyEnrolled, ConsentMissing, EnrollmentRefused
from kiosk.core.outcomes import TakeAccepted, TakeRefused
from kiosk.core.quality import judge, measure
from kiosk.core.users import Consent, Person, clean_name, clean_user_id
from kiosk.services.preferences import MODEL, second_model, threshold_in_force

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.core.embedding import Embedding
    from kiosk.core.outcomes import TakeOutcome
    from kiosk.core.policies import EnrollmentPolicy
    from kiosk.core.ports import ActivityLog, Clock, ModelCard, UnitOfWork, UnitOfWorkFactory
    from kiosk.core.speech import Speech
    from kiosk.services.engine import VoiceEngine


class EnrollUser:
    """Takes in, voiceprint out.

    Where operators have chosen a second voice model, each take is encoded by both, and both
    voiceprints are stored together or not at all.
    """

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

        The model in use is changed here to the one that is chosen by now, and the second one is
        loaded, so that nobody speaks in vain where that fails.

        Raises:
            InvalidInput: it cannot be used as an ID.
            AlreadyEnrolled: it has a voiceprint of the model in use, which is not to be replaced.
            ModelMissing, ModelAltered, ModelRefused: one of the models cannot be used.
        """
        cleaned = clean_user_id(user_id)
        self._engine.follow()
        model_id = self._engine.card.model_id
        with self._uow() as work:
            if not replacing:
                _require_free(work, cleaned, model_id)
            second = second_model(work, model_id)
        if second is not None:
            self._engine.second.load(second)
        return cleaned

    def check_take(self, speech: Speech, *, trial: bool = False) -> TakeOutcome:
        """Judge one take and encode it when it is good enough.

        Args:
            speech: at the model's rate, its speech found.
            trial: it is only compared, never stored, so the second model need not hear it.

        Raises:
            ModelMissing: no model is loaded.
            ModelMissing, ModelAltered, ModelRefused: the second model cannot be used.
        """
        report = measure(speech)
        reasons = judge(report, self.policy.quality)
        if reasons:
            return TakeRefused(report, reasons)
        embedding = self._engine.encode(speech)
        with self._uow() as work:
            second = None if trial else second_model(work, embedding.model_id)
        if second is None:
            return TakeAccepted(report, embedding)
        return TakeAccepted(report, embedding, self._engine.second.encode(second, speech))

    def save(
        self,
        user_id: str,
        name: str,
        takes: Sequence[TakeAccepted],
        *,
        consent: bool,
        replacing: bool = False,
        vouched_by: str = "",
    ) -> Person:
        """Store person, consent and voiceprints in one transaction.

        A voiceprint of the second model is left as it is unless it is to be replaced, but the takes
        must be of its voice. Replacing erases the voiceprints of all other models: nobody knows
        whose voice they hold, now that the one in use was wrong.

        Args:
            user_id: external ID.
            name: display name; may be empty, then a known person keeps theirs.
            takes: accepted takes, made with the model in use and the second one.
            consent: that the person agreed to the text of the policy's version.
            replacing: put it in the place of an earlier voiceprint of the same model, or models.
            vouched_by: another program that has asked the person for consent, for the log.

        Raises:
            InvalidInput, AlreadyEnrolled: see :meth:`require_free`.
            ConsentMissing: the person did not agree.
            EnrollmentRefused: no takes, two of them are not of one voice, a model was changed since
                they were made, or the person is known to the second model with another voice.
            ModelMissing, ModelAltered, ModelRefused: one of the models cannot be used.
            StorageError: nothing was stored.
        """
        cleaned, shown = clean_user_id(user_id), clean_name(name)
        if not consent:
            raise ConsentMissing(f"There is no consent of {cleaned}.")
        if not takes:
            raise EnrollmentRefused("There is no accepted take.")
        self._engine.follow()
        if len({take.embedding.model_id for take in takes}) > 1:
            raise _changed()
        voiceprint = Voiceprint(tuple(take.embedding for take in takes))
        now = self._clock.now()
        agreed = Consent(self.policy.consent_version, now)
        # Not within the transaction: it may wait for another thread's encoding.
        heard_by = takes[0].second.model_id if takes[0].second is not None else None
        second_card = None if heard_by is None else self._engine.second.load(heard_by)
        with self._uow() as work:
            # The model may have been changed while the person spoke, and by another process even
            # since it was followed: which one is the second is told by the same transaction.
            card = self._engine.card
            model_id = card.model_id
            chosen = work.preferences.get(MODEL) or model_id
            if not voiceprint.model_id == model_id == chosen:
                raise _changed()
            if not replacing:
                # Here and not before: somebody else may have been enrolled under the ID meanwhile.
                _require_free(work, cleaned, model_id)
            _require_one_voice(work, voiceprint, card)
            second = self._second_voiceprint(work, model_id, takes, second_card)
            known = work.people.get(cleaned)
            if known is None:
                person = Person(cleaned, shown, now, consent=agreed)
                work.people.add(person)
            else:
                person = replace(known, name=shown or known.name, consent=agreed)
                work.people.update(person)
            quality = [take.quality.as_dict() for take in takes]
            if replacing:
                for other in work.people.model_ids(cleaned):
                    work.people.remove_voiceprint(cleaned, other)
            # The one in use comes last, and so is the newest: lists show its takes.
            if second is not None and not self._is_kept(work, cleaned, second, second_card):
                work.people.save_voiceprint(cleaned, second, quality, now)
            work.people.save_voiceprint(cleaned, voiceprint, quality, now)
            work.commit()
        self._activity.write(f"Enrolled {cleaned}")
        if vouched_by:
            self._activity.write(f"Consent of {cleaned} vouched for by {vouched_by}")
        return person

    def _second_voiceprint(
        self,
        work: UnitOfWork,
        model_id: str,
        takes: Sequence[TakeAccepted],
        card: ModelCard | None,
    ) -> Voiceprint | None:
        """Return the takes as the second model has heard them, or None without such a model."""
        wanted = second_model(work, model_id)
        if wanted is None:
            return None
        heard: list[Embedding] = [take.second for take in takes if take.second is not None]
        if (
            card is None
            or len(heard) != len(takes)
            or any(each.model_id != wanted for each in heard)
        ):
            raise EnrollmentRefused("The second voice model was changed since these takes.")
        voiceprint = Voiceprint(tuple(heard))
        heard_by = f" to the second voice model, {wanted}"
        _require_one_voice(work, voiceprint, card, heard_by)
        return voiceprint

    def _is_kept(
        self, work: UnitOfWork, user_id: str, second: Voiceprint, card: ModelCard | None
    ) -> bool:
        """Return whether the person has a voiceprint of the second model, of this very voice.

        Raises:
            EnrollmentRefused: of another voice.
        """
        kept = work.people.voiceprint(user_id, second.model_id)
        if kept is None or card is None:
            return False
        lowest = min(score(kept, take) for take in second.takes)
        if lowest < threshold_in_force(work, card):
            raise EnrollmentRefused(
                f"{user_id} is known to the voice model {second.model_id} with another voice "
                f"(score {lowest:.2f})."
            )
        return True


def _require_one_voice(
    work: UnitOfWork, voiceprint: Voiceprint, card: ModelCard, heard_by: str = ""
) -> None:
    """Refuse takes of which two do not reach the threshold in force for their model."""
    takes = voiceprint.takes
    worst, lowest = weakest_take(takes)
    if lowest < threshold_in_force(work, card):
        # Of two takes each differs from the other as much: neither is the wrong one.
        differing = "the two takes differ" if len(takes) == 2 else f"take {worst + 1} differs"
        raise EnrollmentRefused(
            f"The takes do not sound like one person{heard_by}: {differing} "
            f"(lowest score {lowest:.2f})."
        )


def _changed() -> EnrollmentRefused:
    return EnrollmentRefused("The voice model was changed since these takes.")


def _require_free(work: UnitOfWork, user_id: str, model_id: str) -> None:
    if model_id in work.people.model_ids(user_id):
        raise AlreadyEnrolled(f"{user_id} is enrolled already.")
