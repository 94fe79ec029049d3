"""A person's voiceprints as a file that a passphrase opens, from one kiosk to another.

Each kiosk rotates and encrypts templates with keys of its own, so that a copied row means nothing
elsewhere. What moves is therefore the voiceprint itself, within the encryption of the file.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from kiosk.core.audit import AuditAction, AuditEvent
from kiosk.core.embedding import Embedding, Voiceprint
from kiosk.core.errors import (
    AlreadyEnrolled,
    ConsentMissing,
    InvalidInput,
    NotEnrolled,
    UnknownUser,
)
from kiosk.core.roles import Action, require
from kiosk.core.users import Consent, Person, clean_name, clean_user_id

if TYPE_CHECKING:
    from kiosk.core.ports import ActivityLog, Clock, UnitOfWork, UnitOfWorkFactory
    from kiosk.core.vault_ports import Wrapping
    from kiosk.services.consent import Consents
    from kiosk.services.engine import VoiceEngine

KIND = "voiceprints"
_VERSION = 1
_FORMAT = np.dtype("<f4")
_NORM_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Imported:
    """Who was imported.

    Attributes:
        user_id: under which ID.
        model_ids: the models of their voiceprints.
        usable: whether one of them is of the model in use.
    """

    user_id: str
    model_ids: tuple[str, ...]
    usable: bool


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
    ) -> None:
        """Use these."""
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
            person = work.people.get(user_id)
            if person is None:
                raise UnknownUser(f"Nobody is enrolled under the ID {user_id}.")
            content = _written(work, person)
            made = self._wrapping.wrap(KIND, json.dumps(content).encode("utf-8"), passphrase)
            work.audit.append(AuditEvent(AuditAction.VOICEPRINT_EXPORTED, user_id))
            work.commit()
        self._activity.write(f"Exported the voiceprints of {user_id}")
        return made

    def import_(
        self, data: bytes, passphrase: str, *, consent: bool, replacing: bool = False
    ) -> Imported:
        """Store the voiceprints of such a file, with the keys of this kiosk.

        Args:
            data: content of the file.
            passphrase: with which it was made.
            consent: that the person agreed to be known at this kiosk, too.
            replacing: put them in the place of the person's present voiceprints.

        Raises:
            NotPermitted: it is the administrator's.
            ConsentMissing: the person did not agree.
            WrongPassphrase: the passphrase is wrong, or the file was altered.
            InvalidInput: it is no such file.
            AlreadyEnrolled: the person has voiceprints here, which are not to be replaced.
        """
        require(Action.KEYS)
        if not consent:
            raise ConsentMissing("There is no consent of the person to be known at this kiosk.")
        content = _read(self._wrapping.unwrap(KIND, data, passphrase))
        user_id, now = clean_user_id(content.user_id), self._clock.now()
        text = self._consents.text()  # a transaction of its own
        with self._uow() as work:
            if work.people.model_ids(user_id) and not replacing:
                raise AlreadyEnrolled(f"{user_id} is enrolled already.")
            known = work.people.get(user_id)
            agreed = Consent(text.version, now)
            if known is None:
                work.people.add(Person(user_id, clean_name(content.name), now, consent=agreed))
            else:
                work.people.update(replace(known, consent=agreed))
            self._consents.record(work, user_id, text, now)
            for other in work.people.model_ids(user_id):
                work.people.remove_voiceprint(user_id, other)
            for voiceprint, quality in content.voiceprints:
                work.people.save_voiceprint(user_id, voiceprint, quality, now)
            work.retention.touch(user_id, now)
            work.audit.append(AuditEvent(AuditAction.VOICEPRINT_IMPORTED, user_id))
            work.commit()
        self._activity.write(f"Imported the voiceprints of {user_id}")
        model_ids = tuple(voiceprint.model_id for voiceprint, _ in content.voiceprints)
        for voiceprint, _ in content.voiceprints:
            voiceprint.wipe()
        usable = self._engine.ready and self._engine.card.model_id in model_ids
        return Imported(user_id, model_ids, usable)


@dataclass(frozen=True)
class _Content:
    user_id: str
    name: str
    voiceprints: list[tuple[Voiceprint, list[dict[str, float]]]]


def _written(work: UnitOfWork, person: Person) -> dict[str, Any]:
    voiceprints = []
    for model_id in work.people.model_ids(person.user_id):
        voiceprint = work.people.voiceprint(person.user_id, model_id)
        if voiceprint is None:
            continue
        stored = work.people.takes(person.user_id, model_id)
        voiceprints.append(
            {
                "model_id": model_id,
                "takes": [
                    {
                        "embedding": base64.b64encode(take.vector.astype(_FORMAT).tobytes()).decode(
                            "ascii"
                        ),
                        "quality": known.quality,
                    }
                    for take, known in zip(voiceprint.takes, stored, strict=True)
                ],
            }
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
        voiceprints = [
            (
                Voiceprint(tuple(_take(take, each["model_id"]) for take in each["takes"])),
                [
                    {str(name): float(value) for name, value in take["quality"].items()}
                    for take in each["takes"]
                ],
            )
            for each in found["voiceprints"]
        ]
        content = _Content(str(found["user"]), str(found["name"]), voiceprints)
        known = found["version"] == _VERSION and bool(voiceprints)
    except (ValueError, LookupError, TypeError, AttributeError, binascii.Error):
        # Not chained: the cause may quote numbers of a voiceprint.
        raise _no_such_file() from None
    if not known:
        raise _no_such_file()
    return content


def _take(take: dict[str, Any], model_id: str) -> Embedding:
    raw = base64.b64decode(take["embedding"], validate=True)
    vector = np.frombuffer(raw, _FORMAT).astype(np.float32)
    if abs(float(np.linalg.norm(vector.astype(np.float64))) - 1.0) > _NORM_TOLERANCE:
        raise ValueError("no direction")
    return Embedding(vector, str(model_id))


def _no_such_file() -> InvalidInput:
    return InvalidInput("The file holds no voiceprints.", hint="Choose another file.")
