"""Verify a claimed identity."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kiosk.core.accounts.acting import SYSTEM
from kiosk.core.accounts.roles import Action, may, require
from kiosk.core.errors import Cancelled, KioskError, StorageError, UnknownUser, UserFixable
from kiosk.core.hearing.quality import Reason, judge, measure
from kiosk.core.hearing.several_speakers import SeveralSpeakers
from kiosk.core.limits.attempts import Lock
from kiosk.core.records import events as audit_events
from kiosk.core.visit.outcomes import Basis, Inconclusive, Locked, NotVerified, Verified
from kiosk.core.visit.telling import visible_to
from kiosk.core.voice.scoring import Score
from kiosk.services.visit.claims import Template, voice_in
from kiosk.services.visit.storing import reasons_beside, store
from kiosk.services.voice.adapting import learn, learned_by

if TYPE_CHECKING:
    from collections.abc import Sequence
    from threading import Event

    from kiosk.core.hearing.quality import QualityReport
    from kiosk.core.hearing.speech import Speech
    from kiosk.core.limits.second_factor import Factor
    from kiosk.core.policies import VerificationPolicy
    from kiosk.core.ports import (
        ActivityLog,
        Clock,
        ModelCard,
        UnitOfWork,
        UnitOfWorkFactory,
    )
    from kiosk.core.visit.outcomes import VerifyOutcome
    from kiosk.core.voice.heard import Heard
    from kiosk.services.limits.second_factor import Expected
    from kiosk.services.limits.throttle import Counted, Keys
    from kiosk.services.visit.claims import Admission
    from kiosk.services.visit.trying import Trying
    from kiosk.services.voice.engine import VoiceEngine
    from kiosk.services.voice.scoring import Scoring


class VerifyUser:
    """Quality gate, count, encode, score, store, and only then answer.

    A try is counted as failed, and that is durable, before its speech is encoded; the decision
    then takes the count back or leaves it, in the transaction that stores the decision.
    """

    def __init__(
        self,
        uow: UnitOfWorkFactory,
        engine: VoiceEngine,
        policy: VerificationPolicy,
        clock: Clock,
        activity: ActivityLog,
        trying: Trying,
        scoring: Scoring,
    ) -> None:
        """Use these."""
        self._uow = uow
        self._engine = engine
        self._scoring = scoring
        self.policy = policy
        self._clock = clock
        self._activity = activity
        self._attempts = trying.attempts
        self._factors = trying.factors
        self._claims = trying.claims

    def admit(self, text: str) -> Admission:
        """Return who is claimed by an ID or a badge, without saying whether there is such a person.

        For the public side, before anybody is asked to speak: a known ID and one that nobody has
        are answered alike.

        Args:
            text: as typed, or as a badge reader has typed it.

        Raises:
            InvalidInput: it can be neither an ID nor a badge.
            ModelMissing, ModelAltered, ModelRefused: the model chosen by now cannot be used.
        """
        self._engine.follow()
        return self._claims.admit(text)

    def require_enrolled(self, user_id: str) -> None:
        """Check, before anybody is asked to speak, that there is a voiceprint to compare with.

        For whoever may list people anyway; the public side uses :meth:`admit`.

        Raises:
            UnknownUser: nobody has that ID.
            NotEnrolled: the person has no voiceprint.
            ReenrollmentNeeded: it was made by another model.
            PersonDisabled: an operator suspended the person.
            ModelMissing, ModelAltered, ModelRefused: the model chosen by now cannot be used.
        """
        self._engine.follow()
        with self._uow() as work:
            voice_in(work, user_id, self._scoring.current(work).models).wipe()

    def __call__(
        self,
        user_id: str,
        speech: Speech,
        cancelled: Event | None = None,
        *,
        shown: Sequence[Factor] = (),
        blind: bool | None = None,
    ) -> VerifyOutcome:
        """Decide whether the speech is of the person with this ID.

        The decision is durable before it is returned.

        Args:
            user_id: the claimed ID, in whatever spelling; a verification names it as it was
                enrolled, and everything else as it was claimed.
            speech: at the model's rate, its speech found.
            cancelled: when set, nothing is decided nor stored.
            shown: PINs and badges; one that is right is enough. Looked at where the site asks.
            blind: for whoever may not know who is enrolled, as may be read from who acts when it
                is None. An ID that nobody has, or whose person cannot be compared, ends like a
                stranger's voice: counted, stored, and not verified, in as much time.

        Raises:
            UnknownUser, NotEnrolled, ReenrollmentNeeded, PersonDisabled: see
                :meth:`require_enrolled`; never when blind.
            ModelMissing, ModelAltered, ModelRefused: the model chosen by now cannot be used.
            Cancelled: the attempt was given up.
            StorageError: the decision could not be stored; it counts as not verified.
        """
        require(Action.VERIFY)
        self._engine.follow()
        card = self._engine.card
        report = measure(speech)
        reasons = judge(report, self.policy.quality)
        _stop_if(cancelled)
        if blind is None:
            blind = not may(Action.SEE_PEOPLE)
        # One for all spellings, or each would have tries of its own.
        keys = self._attempts.keys(self._claims.spelled(user_id))
        if reasons:
            unclear = self._not_compared(keys, card, report, reasons, blind=blind)
            return replace(unclear, user_id=user_id)
        begun = self._begin(keys, card, blind=blind)
        if isinstance(begun, Lock):
            return Locked(user_id, begun, card.model_id)
        counted, expected = begun
        probe: Heard | None = None
        try:
            # Encoded outside of a transaction: it would hold the database for all that time.
            # From here on the model that did it counts, should another thread change it.
            probe, card = self._engine.hear(speech)
            probe.speakers.require_one()
            right = self._factors.asked and self._factors.right(expected, shown)
            satisfied = self._factors.satisfied(expected, right=right)
            _stop_if(cancelled)
            outcome, recorded = self._decide(
                keys, counted, probe, card, report, right=right, satisfied=satisfied, blind=blind
            )
        except StorageError:
            raise  # it may have been decided: the count stays
        except SeveralSpeakers:
            # That says nothing about who is claimed: no failed try.
            self._attempts.take_back(keys, counted)
            reasons = (Reason.SEVERAL_SPEAKERS,)
            return self._not_compared(keys, card, report, reasons, blind=blind)
        except KioskError:
            self._attempts.take_back(keys, counted)
            raise
        finally:
            if probe is not None:
                probe.wipe()
        accepted = isinstance(outcome, Verified)
        if not accepted:  # how it was enrolled would tell that somebody has the ID
            outcome = replace(outcome, user_id=user_id)
        value = visible_to(outcome, SYSTEM).score
        self._activity.write(f"Verified {recorded} (result: {accepted}, score: {value})")
        if isinstance(outcome, NotVerified):
            self._attempts.tell(recorded, outcome.lock)
        return outcome

    def _begin(
        self, keys: Keys, card: ModelCard, *, blind: bool
    ) -> Lock | tuple[Counted, Expected]:
        """Count the try, unless none is accepted, and look up what must be shown."""
        with self._uow() as work:
            models = self._scoring.current(work).models
            if blind:
                self._claims.choose_stand_in(work, models)
            else:
                _require_comparable(work, keys, models)
            begun = self._attempts.begin(work, keys)
            if isinstance(begun, Lock):
                self._note_locked(work, keys, begun, card)
            expected = self._factors.expected(work, keys.user_id)
            work.commit()
        return begun if isinstance(begun, Lock) else (begun, expected)

    def _not_compared(
        self,
        keys: Keys,
        card: ModelCard,
        report: QualityReport,
        reasons: tuple[Reason, ...],
        *,
        blind: bool,
    ) -> VerifyOutcome:
        """Store that a recording was too poor, which says nothing about who is claimed."""
        user_id = keys.user_id
        with self._uow() as work:
            scorer = self._scoring.current(work)
            if not blind:
                _require_comparable(work, keys, scorer.models)
            recorded = self._recorded(work, keys)
            lock = self._attempts.lock(work, keys)
            if lock is not None:
                self._note_locked(work, keys, lock, card)
                work.commit()
                return Locked(user_id, lock, card.model_id)
            lock = self._attempts.unclear(work, keys)
            outcome = Inconclusive(
                user_id, reasons, scorer.threshold, card.model_id, report, lock=lock
            )
            texts = tuple(reason.value for reason in reasons)
            again = self._attempts.unclear_again(keys)
            store(work, self._clock.now(), recorded, outcome, texts, again)
            work.commit()
        listed = ", ".join(reason.value for reason in reasons)
        self._activity.write(f"Inconclusive {recorded} (reasons: {listed})")
        return outcome

    def _decide(
        self,
        keys: Keys,
        counted: Counted,
        probe: Heard,
        card: ModelCard,
        report: QualityReport,
        *,
        right: bool,
        satisfied: bool,
        blind: bool,
    ) -> tuple[Verified | NotVerified, str]:
        """Compare, settle the count and store the decision: all of it, or nothing.

        Returns:
            The decision, and what records call the claimed ID.
        """
        user_id = keys.user_id
        seed = self._claims.decoy_seed(user_id, card.model_id) if blind else b""
        with self._uow() as work:
            scorer = self._scoring.current(work, card, probe.model_ids)
            if blind:
                found = self._claims.template(work, user_id, scorer.models)
            else:
                found = Template(True, True, voice_in(work, user_id, scorer.models))
            genuine, template = found.genuine, found.voice
            recorded = keys.recorded(known=found.known)
            score = Score(0.0, scorer.threshold, scorer.scorer_id)
            if template is not None:
                learned = learned_by(work, user_id, template.model_ids)
                score = scorer.compare(user_id, template, probe, learned)
            if blind:
                # Computed for everybody, for it takes time.
                decoy = scorer.decoy(seed, probe)
                score = score if genuine else decoy
            value, threshold, basis = score.value, score.threshold, Basis.of(score)
            outcome: Verified | NotVerified
            if genuine and satisfied and score.accepted:
                self._attempts.succeeded(work, keys)
                # Of all attempts only these are known to be of the person.
                work.retention.touch(user_id, self._clock.now())
                outcome = Verified(
                    user_id,
                    value,
                    threshold,
                    card.model_id,
                    report,
                    second_factor=right,
                    basis=basis,
                )
                if template is not None:
                    learn(
                        work,
                        scorer,
                        outcome,
                        template,
                        probe,
                        at=self._clock.now(),
                        readable=self._scoring.require_readable,
                    )
            else:
                lock, tries_left = self._attempts.consequence(counted)
                outcome = NotVerified(
                    user_id,
                    value,
                    threshold,
                    card.model_id,
                    report,
                    lock=lock,
                    tries_left=tries_left,
                    factor_asked=self._factors.asked,
                    factor_wrong=not satisfied,
                    compared=genuine,
                    basis=basis,
                )
            reasons = reasons_beside(found, satisfied=satisfied)
            store(work, self._clock.now(), recorded, outcome, reasons)
            work.commit()
        if template is not None:
            template.wipe()
        return outcome, recorded

    def _note_locked(self, work: UnitOfWork, keys: Keys, lock: Lock, card: ModelCard) -> None:
        recorded, count = self._recorded(work, keys), self._attempts.refused_again(keys, lock)
        if count is not None:
            work.audit.append(audit_events.locked(recorded, lock, card.model_id, count))

    def _recorded(self, work: UnitOfWork, keys: Keys) -> str:
        """Return what records call the claimed ID."""
        return keys.recorded(known=self._claims.known(work, keys.user_id))


def _require_comparable(work: UnitOfWork, keys: Keys, models: tuple[str, ...]) -> None:
    """Refuse whoever cannot be compared, and record that; nothing else may be written before."""
    try:
        voice_in(work, keys.user_id, models).wipe()
    except UserFixable as exc:
        recorded = keys.recorded(known=not isinstance(exc, UnknownUser))
        work.audit.append(audit_events.refused(recorded, exc.code))
        work.commit()
        raise


def _stop_if(cancelled: Event | None) -> None:
    if cancelled is not None and cancelled.is_set():
        raise Cancelled("The attempt was canceled. Nothing was stored.")
