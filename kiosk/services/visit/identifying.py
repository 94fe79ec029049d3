"""Find out whose voice it is, among everybody enrolled."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, NoReturn

from kiosk.core.accounts.acting import acting
from kiosk.core.accounts.roles import Action, may, require
from kiosk.core.errors import KioskError, NotEnrolled, StorageError, TooManyTries
from kiosk.core.hearing.quality import Reason, judge, measure
from kiosk.core.hearing.several_speakers import SeveralSpeakers
from kiosk.core.records import events as audit_events
from kiosk.core.visit.outcomes import Candidate, Identification
from kiosk.core.visit.telling import candidates_visible_to

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kiosk.core.hearing.quality import QualityReport
    from kiosk.core.hearing.speech import Speech
    from kiosk.core.limits.attempts import Lock
    from kiosk.core.limits.second_factor import Factor
    from kiosk.core.policies import VerificationPolicy
    from kiosk.core.ports import ModelCard, UnitOfWork, UnitOfWorkFactory
    from kiosk.core.voice.heard import Heard
    from kiosk.core.voice.scoring import Score
    from kiosk.services.visit.trying import Trying
    from kiosk.services.voice.engine import VoiceEngine
    from kiosk.services.voice.scoring import Scoring

CANDIDATES = 100
"""Of so many at most it is told how alike they are."""
_NOBODY = "-"
"""What no ID can be."""


class TooManyHere(TooManyTries):
    """Too many voices of nobody were tried at this place.

    Attributes:
        retry_after: whole seconds after which the next try is accepted.
    """

    def __init__(self, lock: Lock) -> None:
        """Refuse a try.

        Args:
            lock: of the place; it ends by itself.
        """
        self.retry_after = lock.retry_after_s
        super().__init__(
            "Too many failed attempts here.", hint=f"Try again in {self.retry_after} seconds."
        )


class IdentifyUser:
    """Quality gate, count, encode, rank, store that it was done, and only then answer.

    It keeps to the limits of verifications, or it would be the way around them: a voice that nobody
    has is a failure of the place, counted before it is looked at; who is locked or disabled is no
    candidate; and whoever has a second factor must show it where the site asks for one.
    """

    def __init__(
        self,
        uow: UnitOfWorkFactory,
        engine: VoiceEngine,
        policy: VerificationPolicy,
        trying: Trying,
        scoring: Scoring,
    ) -> None:
        """Use these."""
        self._uow = uow
        self._engine = engine
        self._scoring = scoring
        self._policy = policy
        self._attempts = trying.attempts
        self._factors = trying.factors

    def __call__(self, speech: Speech, *, shown: Sequence[Factor] = ()) -> Identification:
        """Return who it is; candidates and scores only for whoever may see the people.

        Args:
            speech: at the model's rate, its speech found.
            shown: PINs and badges of the person; looked at where the site asks for them.

        Raises:
            NotEnrolled: nobody is enrolled with the model in use; told to who may know that.
            TooManyHere: there were too many failures at this place.
            ModelMissing, ModelAltered, ModelRefused: the model chosen by now cannot be used.
            StorageError: it could not be recorded; nobody is identified.
        """
        require(Action.IDENTIFY)
        self._engine.follow()
        card = self._engine.card
        report = measure(speech)
        reasons = judge(report, self._policy.quality)
        place = self._attempts.place()
        if reasons:
            found = self._not_compared(place, card, report, reasons)
        else:
            found = self._compared(place, speech, card, report, shown)
        return candidates_visible_to(found, acting())

    def _not_compared(
        self, place: str | None, card: ModelCard, report: QualityReport, reasons: tuple[Reason, ...]
    ) -> Identification:
        """Record that a recording was too poor, which says nothing about whose it is."""
        with self._uow() as work:
            scorer = self._scoring.current(work)
            _require_anybody(work, scorer.models)
            self._factors.follow(work)
            threshold = scorer.threshold
            lock = self._attempts.lock_here(work, place)
            if lock is not None:
                self._refused(work, lock, card)
            lock = self._attempts.place_unclear(work, place)
            found = Identification(
                (),
                None,
                threshold,
                card.model_id,
                report,
                reasons,
                factor_asked=self._factors.asked,
                lock=lock,
            )
            if self._attempts.repeats.due(f"unclear:{place}") is not None:
                work.audit.append(audit_events.identified(found))
            work.commit()
        return found

    def _compared(
        self,
        place: str | None,
        speech: Speech,
        card: ModelCard,
        report: QualityReport,
        shown: Sequence[Factor],
    ) -> Identification:
        with self._uow() as work:
            _require_anybody(work, self._scoring.current(work).models)
            self._factors.follow(work)
            lock = self._attempts.begin_here(work, place)
            if lock is not None:
                self._refused(work, lock, card)
            work.commit()
        try:
            # Those are compared who are enrolled with the model that encodes it.
            probe, card = self._engine.hear(speech)
            try:
                probe.speakers.require_one()
                found = self._ranked(probe, card, report)
            finally:
                probe.wipe()
            return self._decided(self._with_factor(found, shown), place)
        except StorageError:
            raise  # it may have been decided: the count stays
        except SeveralSpeakers:
            self._take_back(place)
            return self._not_compared(place, card, report, (Reason.SEVERAL_SPEAKERS,))
        except KioskError:
            self._take_back(place)
            raise

    def _take_back(self, place: str | None) -> None:
        with self._uow() as work:
            self._attempts.place_taken_back(work, place)
            work.commit()

    def _refused(self, work: UnitOfWork, lock: Lock, card: ModelCard) -> NoReturn:
        """Record that nothing is accepted from this place.

        Raises:
            TooManyHere: always.
        """
        count = self._attempts.repeats.due(f"refused:{self._attempts.place()}")
        if count is not None:
            work.audit.append(audit_events.locked(None, lock, card.model_id, count))
        work.commit()
        raise TooManyHere(lock)

    def _ranked(self, probe: Heard, card: ModelCard, report: QualityReport) -> Identification:
        """Return who may be verified at this moment, best first."""
        with self._uow() as work:
            scorer = self._scoring.current(work, card, probe.model_ids)
            found: list[tuple[Candidate, Score]] = []
            ranked = scorer.rank(probe)
            while len(found) < CANDIDATES and (some := list(islice(ranked, CANDIDATES))):
                found += self._able(work, some)
            compared = scorer.people
        best = found[0][1] if found else None
        return Identification(
            tuple(candidate for candidate, _ in found[:CANDIDATES]),
            found[0][1].value - found[1][1].value if len(found) > 1 else None,
            scorer.threshold,
            card.model_id,
            report,
            identified=best is not None and best.accepted,
            factor_asked=self._factors.asked,
            compared=compared,
        )

    def _able(
        self, work: UnitOfWork, some: Sequence[tuple[str, Score]]
    ) -> Iterator[tuple[Candidate, Score]]:
        """Yield those of some people who may be verified at this moment."""
        locked = self._attempts.locks_within(work, (user_id for user_id, _ in some))
        for user_id, score in some:
            person = None if user_id in locked else work.people.get(user_id)
            if person is not None and person.enabled:
                yield Candidate(user_id, person.name, score.value), score

    def _with_factor(self, found: Identification, shown: Sequence[Factor]) -> Identification:
        """Return it with what the second factor says; takes as long for a voice of nobody."""
        if not self._factors.asked:
            return found
        with self._uow() as work:
            whose = found.candidates[0].user_id if found.identified else _NOBODY
            expected = self._factors.expected(work, whose)
        right = self._factors.right(expected, shown)
        if not found.identified or self._factors.satisfied(expected, right=right):
            return found
        return replace(found, identified=False, factor_wrong=True)

    def _decided(self, found: Identification, place: str | None) -> Identification:
        """Settle the counts and store what was found: all of it, or nothing."""
        with self._uow() as work:
            best = found.candidates[0].user_id if found.candidates else None
            if best is not None and found.factor_wrong:
                self._attempts.failed(work, best)
            elif best is not None and found.identified:
                # Others may have failed under the ID meanwhile, or it was disabled or erased.
                person = work.people.get(best)
                if (
                    person is None
                    or not person.enabled
                    or self._attempts.locks_within(work, [best])
                ):
                    found = replace(found, identified=False)
                else:
                    self._attempts.place_taken_back(work, place)
            work.audit.append(audit_events.identified(found))
            work.commit()
        return found


def _require_anybody(work: UnitOfWork, models: Sequence[str]) -> None:
    """Say that nobody can be found, to whoever may know who is enrolled.

    Raises:
        NotEnrolled: nobody is enrolled with these models.
    """
    if may(Action.SEE_PEOPLE) and not any(map(work.people.stamps, models)):
        raise NotEnrolled("Nobody is enrolled with this voice model.")
