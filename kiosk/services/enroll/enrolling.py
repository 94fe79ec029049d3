"""Enroll a person: judge each take, and store all of them or nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kiosk.core.accounts.roles import Action, may, require
from kiosk.core.errors import ConsentMissing, EnrollmentRefused
from kiosk.core.hearing.quality import Reason, judge, measure
from kiosk.core.people.users import Consent, Person, clean_name, clean_user_id
from kiosk.core.visit.outcomes import TakeAccepted, TakeRefused
from kiosk.core.voice.duplicates import DuplicateFound, decided, named
from kiosk.core.voice.heard import voice_of
from kiosk.services.enroll.keeping import days_kept, keep_takes
from kiosk.services.enroll.new_voice import (
    changed,
    enrolled,
    is_kept,
    new_voice,
    recorded_voice,
)
from kiosk.services.known import already, spelled
from kiosk.services.preferences import second_model
from kiosk.services.voice import duplicates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.core.hearing.speech import Speech
    from kiosk.core.people.consent import ConsentText
    from kiosk.core.policies import EnrollmentPolicy
    from kiosk.core.ports import ActivityLog, Clock, ModelCard, UnitOfWork, UnitOfWorkFactory
    from kiosk.core.visit.outcomes import TakeOutcome
    from kiosk.core.voice.duplicates import Alike, DuplicateDecision
    from kiosk.core.voice.scoring import Agreement, Score
    from kiosk.services.enroll.newcomers import Newcomers
    from kiosk.services.people.consent import Consents
    from kiosk.services.voice.engine import VoiceEngine
    from kiosk.services.voice.scoring import Scoring


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
        consents: Consents,
        newcomers: Newcomers,
        scoring: Scoring,
    ) -> None:
        """Use these."""
        self._newcomers = newcomers
        self._scoring = scoring
        self._uow = uow
        self._consents = consents
        self._engine = engine
        self.policy = policy
        self._clock = clock
        self._activity = activity

    def agreement(self, takes: Sequence[TakeAccepted]) -> Agreement:
        """Return whether takes are of one voice."""
        with self._uow() as work:
            return self._scoring.current(work).agreement([take.heard for take in takes])

    def compare(self, takes: Sequence[TakeAccepted], probe: TakeAccepted) -> Score:
        """Return how one more take compares with others, as it would after they are stored."""
        voice = voice_of([take.heard for take in takes])
        with self._uow() as work:
            return self._scoring.current(work).compare("", voice, probe.heard)

    def require_free(self, user_id: str, *, replacing: bool = False) -> str:
        """Return the ID, as it is or will be known, when a person may be enrolled under it.

        The model in use is changed here to the one that is chosen by now, and the second one is
        loaded, so that nobody speaks in vain where that fails.

        Raises:
            InvalidInput: it cannot be used as an ID, or is the number of somebody's badge; of a
                badge only who may set badges is told here, and everybody else by :meth:`save`.
            AlreadyEnrolled: it has a voiceprint of the model in use, which is not to be replaced.
            NotPermitted: whoever acts may not enroll, or not change somebody who has the ID.
            ModelMissing, ModelAltered, ModelRefused: one of the models cannot be used.
        """
        require(Action.ENROLL)
        cleaned = clean_user_id(user_id)
        self._engine.follow()
        model_id = self._engine.card.model_id
        with self._uow() as work:
            cleaned = _require_free(work, cleaned, model_id, replacing=replacing)
            if work.people.get(cleaned) is None and may(Action.SECOND_FACTOR):
                # Others are told when takes were accepted: not for the price of a request.
                self._newcomers.require_usable(work, cleaned)
            second = second_model(work, model_id, self._engine.partner(model_id))
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
        require(Action.ENROLL)
        report = measure(speech)
        reasons = judge(report, self.policy.quality)
        if reasons:
            return TakeRefused(report, reasons)
        heard, card = self._engine.hear(speech)
        if heard.speakers.several:
            heard.wipe()
            return TakeRefused(report, (Reason.SEVERAL_SPEAKERS,))
        with self._uow() as work:
            wanted = second_model(work, card.model_id, self._engine.partner(card.model_id))
            sound = None if trial or days_kept(work) is None else speech.clip.copied()
        second = None if wanted is None else heard.by(wanted)
        if second is None and wanted is not None and not trial:
            # One that does not decide is heard here alone.
            second = self._engine.second.encode(wanted, speech)
        return TakeAccepted(report, heard.embeddings[0], second, sound)

    def duplicates(self, user_id: str, takes: Sequence[TakeAccepted]) -> tuple[Alike, ...]:
        """Return everybody else whose voice is like that of these takes, the most alike first.

        So that it can be decided before anything is stored; :meth:`save` compares again.

        Args:
            user_id: who is being enrolled.
            takes: accepted takes, at least one.

        Raises:
            InvalidInput: the ID cannot be used.
            EnrollmentRefused: see :meth:`save`.
            ModelMissing, ModelAltered, ModelRefused: one of the models cannot be used.
        """
        require(Action.ENROLL)
        cleaned = clean_user_id(user_id)
        second_card = self._second_card(takes)
        card = self._engine.card
        with self._uow() as work:
            scorer = self._scoring.current(work)
            partner = self._engine.partner(card.model_id)
            voice = new_voice(work, scorer, card, takes, second_card, partner)
            asked = self._scoring.asked(work, voice.voice, voice.cards)
            return duplicates.alike(work, spelled(work, cleaned), asked)

    def refuse_duplicate(self, user_id: str, alike: Sequence[Alike]) -> None:
        """Record that somebody was not enrolled, for they are one of those they are like.

        Args:
            user_id: who was to be enrolled.
            alike: whom the voice is like.
        """
        require(Action.ENROLL)
        cleaned = clean_user_id(user_id)
        with self._uow() as work:
            cleaned = spelled(work, cleaned)
            work.audit.append(duplicates.decided(cleaned, alike, same=True, reason=""))
            work.commit()
        self._activity.write(f"Not enrolled {cleaned}: the voice is that of {named(alike)}")

    def save(
        self,
        user_id: str,
        name: str,
        takes: Sequence[TakeAccepted],
        *,
        consent: bool,
        replacing: bool = False,
        vouched_by: str = "",
        agreed_to: ConsentText | None = None,
        decision: DuplicateDecision | None = None,
    ) -> Person:
        """Store person, consent and voiceprints in one transaction.

        The voice is compared with everybody else's in that transaction: whoever is enrolled at the
        same moment under another ID is found by the later of the two.

        A voiceprint of the second model is left as it is unless it is to be replaced, but the takes
        must be of its voice. Replacing erases the voiceprints of all other models: nobody knows
        whose voice they hold, now that the one in use was wrong.

        Args:
            user_id: external ID.
            name: display name; may be empty, then a known person keeps theirs.
            takes: accepted takes, made with the model in use and the second one.
            consent: that the person agreed.
            replacing: put it in the place of an earlier voiceprint of the same model, or models.
            vouched_by: another program that has asked the person for consent, for the log.
            agreed_to: the text that the person was shown; None for the one that is shown first.
            decision: that the voice is of another person than those it is like, and why.

        Raises:
            InvalidInput, AlreadyEnrolled, NotPermitted: see :meth:`require_free`.
            ConsentMissing: the person did not agree.
            DuplicateFound: the voice is like that of others about whom nobody has decided.
            EnrollmentRefused: no takes, two of them are not of one voice, a model was changed since
                they were made, or the person is known to the second model with another voice.
            ModelMissing, ModelAltered, ModelRefused: one of the models cannot be used.
            StorageError: nothing was stored.
        """
        require(Action.ENROLL)
        cleaned, shown = clean_user_id(user_id), clean_name(name)
        if not consent:
            raise ConsentMissing(f"There is no consent of {cleaned}.")
        if not takes:
            raise EnrollmentRefused("There is no accepted take.")
        self._engine.follow()
        now = self._clock.now()
        shown_text = agreed_to or self._consents.text()
        agreed = Consent(shown_text.version, now)
        second_card = self._second_card(takes)
        card = self._engine.card
        partner = self._engine.partner(card.model_id)
        with self._uow() as work:
            # Here and not before, as everything that others may change meanwhile.
            typed, cleaned = cleaned, spelled(work, cleaned)
            scorer = self._scoring.current(work)
            voice = recorded_voice(work, cleaned, scorer, card, takes, second_card, partner)
            _require_free(work, typed, voice.card.model_id, replacing=replacing)
            asked = self._scoring.asked(work, voice.voice, voice.cards)
            like = duplicates.alike(work, cleaned, asked)
            if not decided(like, decision):
                found = DuplicateFound(like)
                count = self._newcomers.refused_again()
                if count is not None:
                    work.audit.append(duplicates.refused(cleaned, found, count))
                    work.commit()  # nothing but the record was written yet
                raise found
            known = work.people.get(cleaned)
            if known is None:
                person = Person(cleaned, shown, now, consent=agreed)
                self._newcomers.add(work, person)
            else:
                person = replace(known, name=shown or known.name, consent=agreed)
                work.people.update(person)
            self._consents.record(work, cleaned, shown_text, now)
            work.retention.touch(cleaned, now)
            quality = [take.quality.as_dict() for take in takes]
            if replacing:
                for other in work.people.model_ids(cleaned):
                    work.people.remove_voiceprint(cleaned, other)
            # The one in use comes last, and so is the newest: lists show its takes.
            if voice.second is not None and not is_kept(work, cleaned, voice, scorer):
                work.people.save_voiceprint(cleaned, voice.second, quality, now)
            work.people.save_voiceprint(cleaned, voice.voiceprint, quality, now)
            keep_takes(work, cleaned, takes, now)
            ids = work.people.enrollment_ids(cleaned)
            work.audit.append(
                enrolled(cleaned, voice, ids, replacing=replacing, vouched_by=vouched_by)
            )
            if decision is not None and like:
                work.audit.append(
                    duplicates.decided(cleaned, like, same=False, reason=decision.reason)
                )
            work.commit()
        self._activity.write(f"Enrolled {cleaned}")
        if decision is not None and like:
            self._activity.write(
                f"The voice of {cleaned} is like that of {named(like)}: {decision.reason}"
            )
        if vouched_by:
            self._activity.write(f"Consent of {cleaned} vouched for by {vouched_by}")
        return person

    def _second_card(self, takes: Sequence[TakeAccepted]) -> ModelCard | None:
        """Return the second model that has heard these takes, loaded; None when none has.

        Not to be called within a transaction: it may wait for another thread's encoding.
        """
        if len({take.embedding.model_id for take in takes}) > 1:
            raise changed()
        second = takes[0].second
        return None if second is None else self._engine.second.load(second.model_id)


def _require_free(work: UnitOfWork, typed: str, model_id: str, *, replacing: bool) -> str:
    person = work.people.get(typed)
    if person is None:
        return typed
    if not replacing and model_id in work.people.model_ids(person.user_id):
        raise already(typed, person.user_id)
    # Whoever gives somebody a voice says who they are, also where no voiceprint is left: more
    # than making one for somebody new.
    require(Action.CHANGE_PEOPLE)
    return person.user_id
