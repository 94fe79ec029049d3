"""A person's voiceprints as a file that a passphrase opens, from one kiosk to another.

Each kiosk rotates and encrypts templates with keys of its own, so that a copied row means nothing
elsewhere. What moves is therefore the voiceprint itself, within the encryption of the file.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from kiosk.core.accounts.roles import Action, require
from kiosk.core.errors import (
    ConsentMissing,
    InvalidInput,
    NotEnrolled,
)
from kiosk.core.people.users import Consent, Person, clean_name, clean_user_id
from kiosk.core.records.audit import AuditAction, AuditEvent
from kiosk.core.voice.duplicates import DuplicateFound, decided, named
from kiosk.core.voice.embedding import Embedding, Voiceprint
from kiosk.core.voice.heard import Voice
from kiosk.services.known import already, known, spelled
from kiosk.services.voice import duplicates

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kiosk.core.keys.ports import Wrapping
    from kiosk.core.ports import ActivityLog, Clock, ModelCard, UnitOfWork, UnitOfWorkFactory
    from kiosk.core.voice.duplicates import Alike, DuplicateDecision
    from kiosk.services.enroll.newcomers import Newcomers
    from kiosk.services.people.consent import Consents
    from kiosk.services.voice.engine import VoiceEngine
    from kiosk.services.voice.scoring import Scoring

    _Heard = tuple[ModelCard, Voiceprint]
    """A voiceprint and its model."""

KIND = "voiceprints"
_VERSION = 1
_FORMAT = np.dtype("<f4")
_NORM_TOLERANCE = 1e-3
_MOST_TAKES = 100


@dataclass(frozen=True)
class Imported:
    """Who was imported.

    Attributes:
        user_id: under which ID.
        model_ids: the models of their voiceprints.
        usable: whether one of them is of the model in use.
        left_out: models that are not installed here: nobody can be compared by them.
        alike: whose voice it is like, all of whom it was decided about.
    """

    user_id: str
    model_ids: tuple[str, ...]
    usable: bool
    left_out: tuple[str, ...] = ()
    alike: tuple[Alike, ...] = ()


class VoiceprintFiles:
    """Exports and imports voiceprints."""

    def __init__(
        self,
        uow: UnitOfWorkFactory,
        engine: VoiceEngine,
        wrapping: Wrapping,
        clock: Clock,
        activity: ActivityLog,
        consents: Consents,
        newcomers: Newcomers,
        installed: Callable[[], Sequence[ModelCard]],
        scoring: Scoring,
    ) -> None:
        """Use these; ``installed`` returns the voice models of this kiosk."""
        self._installed = installed
        self._scoring = scoring
        self._newcomers = newcomers
        self._uow = uow
        self._engine = engine
        self._wrapping = wrapping
        self._clock = clock
        self._activity = activity
        self._consents = consents

    def export(self, user_id: str, passphrase: str) -> bytes:
        """Return a file with a person's voiceprints of all models, encrypted.

        Raises:
            NotPermitted: it is the administrator's, as all that concerns keys.
            UnknownUser: nobody has that ID.
            NotEnrolled: the person has no voiceprint.
            InvalidInput: the passphrase is too short.
        """
        require(Action.KEYS)
        with self._uow() as work:
            person = known(work, user_id)
            user_id = person.user_id
            content = _written(work, person)
            made = self._wrapping.wrap(KIND, json.dumps(content).encode("utf-8"), passphrase)
            work.audit.append(AuditEvent(AuditAction.VOICEPRINT_EXPORTED, user_id))
            work.commit()
        self._activity.write(f"Exported the voiceprints of {user_id}")
        return made

    def import_(
        self,
        data: bytes,
        passphrase: str,
        *,
        consent: bool,
        replacing: bool = False,
        decision: DuplicateDecision | None = None,
    ) -> Imported:
        """Store the voiceprints of such a file, with the keys of this kiosk.

        The voice is compared with everybody else's, as that of whoever is enrolled here.

        Args:
            data: content of the file.
            passphrase: with which it was made.
            consent: that the person agreed to be known at this kiosk, too.
            replacing: put them in the place of the person's present voiceprints.
            decision: that the voice is of another person than those it is like, and why.

        Raises:
            NotPermitted: it is the administrator's.
            ConsentMissing: the person did not agree.
            WrongPassphrase: the passphrase is wrong, or the file was altered.
            InvalidInput: it is no such file, or none of its models is installed here.
            AlreadyEnrolled: the person has voiceprints here, which are not to be replaced.
            DuplicateFound: the voice is like that of others about whom nobody has decided.
        """
        require(Action.KEYS)
        if not consent:
            raise ConsentMissing("There is no consent of the person to be known at this kiosk.")
        content = _read(self._wrapping.unwrap(KIND, data, passphrase))
        try:
            return self._store(content, replacing=replacing, decision=decision)
        finally:
            for voiceprint in content.voiceprints:
                voiceprint.wipe()

    def _store(
        self, content: _Content, *, replacing: bool, decision: DuplicateDecision | None
    ) -> Imported:
        voices, left_out = self._heard(content)
        user_id, now = clean_user_id(content.user_id), self._clock.now()
        text = self._consents.text()  # a transaction of its own
        with self._uow() as work:
            typed, user_id = user_id, spelled(work, user_id)
            if work.people.model_ids(user_id) and not replacing:
                raise already(typed, user_id)
            asked = self._scoring.asked(
                work, Voice(tuple(each for _, each in voices)), [card for card, _ in voices]
            )
            like = duplicates.alike(work, user_id, asked)
            if not decided(like, decision):
                found = DuplicateFound(like)
                work.audit.append(duplicates.refused(user_id, found))
                work.commit()  # nothing but the record was written yet
                raise found
            present = work.people.get(user_id)
            agreed = Consent(text.version, now)
            if present is None:
                person = Person(user_id, clean_name(content.name), now, consent=agreed)
                self._newcomers.add(work, person)
            else:
                work.people.update(replace(present, consent=agreed))
            self._consents.record(work, user_id, text, now)
            for other in work.people.model_ids(user_id):
                work.people.remove_voiceprint(user_id, other)
            for _, voiceprint in voices:
                unknown: list[dict[str, float]] = [{} for _ in voiceprint.takes]
                work.people.save_voiceprint(user_id, voiceprint, unknown, now)
            work.retention.touch(user_id, now)
            details = {"voiceprint": work.people.enrollment_ids(user_id)}
            work.audit.append(AuditEvent(AuditAction.VOICEPRINT_IMPORTED, user_id, details))
            if decision is not None and like:
                work.audit.append(
                    duplicates.decided(user_id, like, same=False, reason=decision.reason)
                )
            work.commit()
        self._activity.write(f"Imported the voiceprints of {user_id}")
        if decision is not None and like:
            self._activity.write(
                f"The voice of {user_id} is like that of {named(like)}: {decision.reason}"
            )
        model_ids = tuple(voiceprint.model_id for _, voiceprint in voices)
        usable = self._engine.ready and self._engine.card.model_id in model_ids
        return Imported(user_id, model_ids, usable, left_out, like)

    def _heard(self, content: _Content) -> tuple[list[_Heard], tuple[str, ...]]:
        """Return the voiceprints of installed models, and which other models there are.

        By a model that is not here nobody can be compared, so its voiceprints could be anybody's.

        Raises:
            InvalidInput: there is no such voiceprint, or one that its model cannot have made.
        """
        cards = {card.model_id: card for card in self._installed()}
        voices = [(cards[v.model_id], v) for v in content.voiceprints if v.model_id in cards]
        left_out = tuple(v.model_id for v in content.voiceprints if v.model_id not in cards)
        if not voices:
            raise InvalidInput(
                f"The voiceprints are of models that are not installed: {', '.join(left_out)}.",
                hint="Install one of them with 'kiosk model install', then import the file again.",
            )
        if any(take.dim != card.dim for card, voiceprint in voices for take in voiceprint.takes):
            raise _no_such_file()
        return voices, left_out


@dataclass(frozen=True)
class _Content:
    user_id: str
    name: str
    voiceprints: list[Voiceprint]


def _written(work: UnitOfWork, person: Person) -> dict[str, Any]:
    voiceprints = []
    for model_id in work.people.model_ids(person.user_id):
        voiceprint = work.people.voiceprint(person.user_id, model_id)
        if voiceprint is None:
            continue
        # Not how good the takes were: such figures are as good as a name for whoever has the files
        # of two kiosks.
        voiceprints.append(
            {"model_id": model_id, "takes": [_encoded(take) for take in voiceprint.takes]}
        )
        voiceprint.wipe()
    if not voiceprints:
        raise NotEnrolled(f"{person.user_id} has no voiceprint.")
    return {
        "version": _VERSION,
        "user": person.user_id,
        "name": person.name,
        "voiceprints": voiceprints,
    }


def _read(data: bytes) -> _Content:
    try:
        found = json.loads(data)
        voiceprints = [_voiceprint(each) for each in found["voiceprints"]]
        content = _Content(str(found["user"]), str(found["name"]), voiceprints)
        models = {voiceprint.model_id for voiceprint in voiceprints}
        known = found["version"] == _VERSION and bool(models) and len(models) == len(voiceprints)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        # Not chained: the cause may quote numbers of a voiceprint.
        raise _no_such_file() from None
    if not known:
        raise _no_such_file()
    return content


def _voiceprint(found: dict[str, Any]) -> Voiceprint:
    takes = found["takes"]
    if len(takes) > _MOST_TAKES:
        raise ValueError("too many takes")
    return Voiceprint(tuple(_take(take, str(found["model_id"])) for take in takes))


def _take(take: dict[str, Any], model_id: str) -> Embedding:
    raw = base64.b64decode(take["embedding"], validate=True)
    vector = np.frombuffer(raw, _FORMAT).astype(np.float32)
    # False for NaN, too: no comparison would ever refuse such a voiceprint.
    if not abs(float(np.linalg.norm(vector.astype(np.float64))) - 1.0) <= _NORM_TOLERANCE:
        raise ValueError("no direction")
    return Embedding(vector, model_id)


def _encoded(take: Embedding) -> dict[str, str]:
    return {"embedding": base64.b64encode(take.vector.astype(_FORMAT).tobytes()).decode("ascii")}


def _no_such_file() -> InvalidInput:
    return InvalidInput("The file holds no voiceprints.", hint="Choose another file.")
