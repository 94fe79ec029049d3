"""Keep enrollment takes for a while, where the site wants to, and enroll people again from them."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.core.accounts.roles import Action, require
from kiosk.core.enroll.kept_takes import MAX_DAYS, from_sound
from kiosk.core.errors import (
    BadAudio,
    InvalidInput,
    ModelAltered,
    ModelMissing,
    ModelRefused,
    SettingsInvalid,
    TemplateUnreadable,
)
from kiosk.core.hearing.speech import lent
from kiosk.core.records.audit import AuditAction, AuditEvent
from kiosk.core.records.events import setting
from kiosk.core.visit.outcomes import TakeAccepted
from kiosk.core.voice.heard import voice_of
from kiosk.services.enroll.keeping import KEEP_TAKES_DAYS, days_kept, erased
from kiosk.services.known import spelled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kiosk.core.enroll.kept_takes import KeptPerson, KeptTake
    from kiosk.core.ports import ActivityLog, Clock, ModelCard, UnitOfWorkFactory
    from kiosk.services.enroll.enrolling import EnrollUser
    from kiosk.services.hearing.recordings import Recordings
    from kiosk.services.voice.engine import VoiceEngine
    from kiosk.services.voice.scoring import Scoring

_GONE = "the takes are not kept any more"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class EnrolledAgain:
    """What became of people whose takes are kept.

    Attributes:
        done: IDs of those who have a voiceprint of the model in use now.
        failed: IDs of those who have none, and why.
    """

    done: tuple[str, ...]
    failed: dict[str, str]


class KeptRecordings:
    """Looks after kept takes; off by default."""

    def __init__(
        self,
        uow: UnitOfWorkFactory,
        engine: VoiceEngine,
        enroll: EnrollUser,
        recordings: Recordings,
        clock: Clock,
        activity: ActivityLog,
        scoring: Scoring,
    ) -> None:
        """Use these."""
        self._scoring = scoring
        self._tried: set[tuple[KeptPerson, tuple[str, ...]]] = set()
        self._uow = uow
        self._engine = engine
        self._enroll = enroll
        self._recordings = recordings
        self._clock = clock
        self._activity = activity

    def days(self) -> int | None:
        """Return for how many days the takes of an enrollment are kept; None when they are not."""
        with self._uow() as work:
            return days_kept(work)

    def keep(self, days: int | None) -> None:
        """Keep the takes of later enrollments for so many days; None keeps none.

        What is kept already stays until the day that was stated when it was recorded.

        Raises:
            NotPermitted: it is the administrator's.
            InvalidInput: it is no such number.
        """
        require(Action.RETENTION)
        if days is not None and not 1 <= days <= MAX_DAYS:
            raise InvalidInput(
                "Takes cannot be kept for that long.", hint=f"Give 1 to {MAX_DAYS} days, or 'off'."
            )
        with self._uow() as work:
            before = work.preferences.get(KEEP_TAKES_DAYS)
            value = None if days is None else str(days)
            work.preferences.set(KEEP_TAKES_DAYS, value, self._clock.now())
            work.audit.append(setting(KEEP_TAKES_DAYS, before, value))
            work.commit()

    def people(self) -> list[KeptPerson]:
        """Return whose takes are kept, by ID.

        Raises:
            NotPermitted: visitors may not know.
        """
        require(Action.SEE_PEOPLE)
        with self._uow() as work:
            return work.kept_takes.people()

    def discard(self, user_id: str) -> int:
        """Erase the kept takes of a person, and return how many there were.

        Raises:
            NotPermitted: it is an operator's.
        """
        require(Action.CHANGE_PEOPLE)
        with self._uow() as work:
            user_id = spelled(work, user_id)
            count = work.kept_takes.remove(user_id)
            if count:
                work.audit.append(erased(user_id))
            work.commit()
        return count

    def purge(self) -> int:
        """Erase what has expired, and return of how many people."""
        with self._uow() as work:
            whose = work.kept_takes.remove_expired(self._clock.now())
            for user_id in whose:
                work.audit.append(erased(user_id))
            work.commit()
        return len(whose)

    def enroll_again(
        self, user_id: str | None = None, progress: Callable[[int, int], None] | None = None
    ) -> EnrolledAgain:
        """Make voiceprints of the models that decide from kept takes, for those who lack one.

        Args:
            user_id: whose; None for everybody whose takes are kept.
            progress: told how many people are done, and of how many.

        Raises:
            NotPermitted: it is an operator's.
            ModelMissing, ModelAltered, ModelRefused: the model in use cannot be used.
        """
        require(Action.ENROLL)
        require(Action.CHANGE_PEOPLE)
        self._engine.follow()
        if user_id is not None:
            with self._uow() as work:
                user_id = spelled(work, user_id)
        wanted = [each.user_id for each in self._lacking() if user_id in (None, each.user_id)]
        done: list[str] = []
        failed: dict[str, str] = {}
        for number, each in enumerate(wanted, 1):
            why = self._again(each)
            if why:
                failed[each] = why
            else:
                done.append(each)
            if progress is not None:
                progress(number, len(wanted))
        return EnrolledAgain(tuple(done), failed)

    def encode_anew(self) -> Iterator[None]:
        """Do the same for everybody by itself, one person a step.

        Whoever cannot be enrolled from their takes is named once, and left alone until the models
        or the takes are others.

        Raises:
            StorageError: it could not be stored; whoever is left is done the next time.
        """
        if not self._engine.ready:
            return  # begun anew when a model is loaded
        try:
            self._engine.follow()
            for each in self._lacking():
                tried = (each, self._engine.deciding)
                if tried not in self._tried:
                    why = self._again(each.user_id)
                    if why:
                        self._tried.add(tried)
                    if why not in ("", _GONE):
                        self._activity.write(f"Not enrolled again: {each.user_id}, {why}")
                    yield
        except (ModelMissing, ModelAltered, ModelRefused, SettingsInvalid) as error:
            # Then nobody is verified either, and whoever tries is told.
            _log.warning("Kept takes are not encoded: %s %s", error.code, error.message)

    def _lacking(self) -> list[KeptPerson]:
        """Return whose takes are kept and who lacks a voiceprint of a model that decides."""
        models = set(self._engine.deciding)
        with self._uow() as work:
            return [
                each
                for each in work.kept_takes.people()
                if not models <= set(work.people.model_ids(each.user_id))
            ]

    def _again(self, user_id: str) -> str:
        """Enroll one person again; return why not, or nothing.

        Raises:
            StorageError: nothing was stored.
            ModelMissing, ModelAltered, ModelRefused: the model in use cannot be used.
        """
        accepted: list[TakeAccepted] = []
        try:
            with self._uow() as work:
                kept = work.kept_takes.of(user_id)
            if not kept:
                return _GONE
            accepted.extend(take for take in map(self._heard, kept) if take is not None)
            if len(accepted) < len(kept):
                return "a take is not good enough for this model"
            card = self._engine.card
            voice = voice_of([take.heard for take in accepted])
            with self._uow() as work:
                if voice.model_ids[0] != card.model_id:
                    return "the voice model was changed meanwhile"
                if work.kept_takes.of(user_id) != kept:
                    return _GONE  # erased meanwhile, or those of a new enrollment
                agreement = self._scoring.current(work).agreement([t.heard for t in accepted])
                if not agreement.consistent:
                    return "the takes do not sound like one person to this model"
                quality = [take.quality.as_dict() for take in accepted]
                missing = set(voice.model_ids) - set(work.people.model_ids(user_id))
                if not missing:
                    return ""  # another process was faster
                for voiceprint in voice.voiceprints:
                    if voiceprint.model_id in missing:
                        now = self._clock.now()
                        work.people.save_voiceprint(user_id, voiceprint, quality, now)
                ids = work.people.enrollment_ids(user_id)
                work.audit.append(_reenrolled(user_id, card, len(accepted), ids))
                work.commit()
        except (BadAudio, TemplateUnreadable) as exc:
            return exc.message
        finally:
            for take in accepted:
                take.wipe()
        self._activity.write(f"Enrolled {user_id} again from kept takes")
        return ""

    def _heard(self, kept: KeptTake) -> TakeAccepted | None:
        speech = self._recordings.speech_of(from_sound(kept.sound))
        with lent(speech):
            outcome = self._enroll.check_take(speech, trial=True)
        return outcome if isinstance(outcome, TakeAccepted) else None


def _reenrolled(user_id: str, card: ModelCard, takes: int, ids: tuple[str, ...]) -> AuditEvent:
    details = {
        "model_id": card.model_id,
        "takes": takes,
        "from": "kept takes",
        "voiceprint": ids,
    }
    return AuditEvent(AuditAction.REENROLLED, user_id, details)
