"""A kiosk at which many people were enrolled and verified, written in bulk."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import create_engine, insert, update

from kiosk.bootstrap import SystemClock, build
from kiosk.core.accounts.acting import SYSTEM
from kiosk.core.keys.ports import Binding
from kiosk.core.people.users import fold_id
from kiosk.core.records.audit import AuditAction, AuditEvent, Tail
from kiosk.core.records.chain import Chain
from kiosk.core.voice.embedding import Embedding
from kiosk.installation import version
from kiosk.storage.database.tables import AttemptRow, PersonRow, TakeRow, VoiceprintRow
from kiosk.storage.database.trust_tables import AuditHeadRow, AuditRow
from kiosk.storage.enroll.enrollments import TAKE, new_enrollment_id
from kiosk.storage.opening import database_at
from kiosk.vault.places import Choice
from kiosk.vault.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from kiosk.core.accounts.operators import Account
    from kiosk.settings import Settings

_TAKES = 3
_FIRST = ("Anna", "Bruno", "Chloé", "Dmitri", "Émile", "Fatma", "Gül", "Hanna", "Ivo", "Jürgen")
_LAST = ("Ahmadi", "Keller", "Moreau", "Nowak", "Okafor", "Šimić", "Tanaka", "Vogel", "Weiß")


def fill(settings: Settings, people: int, records: int) -> Account:
    """Set up an empty data folder with so many people, each with a voiceprint and an attempt.

    Args:
        settings: of a kiosk that keeps its data in an SQLite file, and its keys in another.
        people: how many.
        records: how many audit records there are besides those of the enrollments.

    Returns:
        The account of an administrator.
    """
    with build(settings) as kiosk:
        kiosk.startup.run(until="audit")
        account = kiosk.operators.set_up("olga", "Olga Ivanova", "428617").account
        card = kiosk.models.card()
    vault = Vault(
        Choice(settings.keys.place, settings.keys.file, settings.keys_folder),
        lambda: database.keys_needed(),
        SystemClock(),
    )
    database = database_at(settings.database, vault.box)
    with database() as work:
        tail = work.audit.tail()
    database.close()
    crowd = _Crowd(vault, card.model_id, card.dim, people, records)
    engine = create_engine(f"sqlite:///{settings.database_file}")
    with engine.begin() as connection:
        crowd.enroll(connection)
        crowd.record(connection, tail)
    engine.dispose()
    return account


class _Crowd:
    def __init__(self, vault: Vault, model_id: str, dim: int, people: int, records: int) -> None:
        self._vault = vault
        self._model_id = model_id
        self._dim = dim
        self._records = records
        self._ids = [f"p{n:05}" for n in range(people)]
        self._enrollments = [new_enrollment_id() for _ in self._ids]
        self._now = datetime.now(UTC)
        self._draw = np.random.default_rng(1)

    def enroll(self, connection: Connection) -> None:
        """Store people, voiceprints and attempts."""
        days = [self._now - timedelta(days=n % 90, minutes=n) for n in range(len(self._ids))]
        common = {"model_id": self._model_id}
        connection.execute(
            insert(PersonRow),
            [
                {"id": n, "user_id": user_id, "folded": fold_id(user_id), "enabled": True}
                | {"name": _name(n), "created_at": days[n - 1], "interacted_at": days[n - 1]}
                for n, user_id in enumerate(self._ids, 1)
            ],
        )
        connection.execute(
            insert(VoiceprintRow),
            [
                {"id": n, "person_id": n, "enrollment_id": made, "created_at": days[n - 1]} | common
                for n, made in enumerate(self._enrollments, 1)
            ],
        )
        connection.execute(
            insert(TakeRow),
            [
                {"voiceprint_id": n, "created_at": days[n - 1], "dim": self._dim, "quality": {}}
                | row
                for n in range(1, len(self._ids) + 1)
                for row in self._takes(n - 1)
            ],
        )
        connection.execute(
            insert(AttemptRow),
            [
                {"id": f"{n:032}", "person_id": n, "user_id": user_id, "outcome": "verified"}
                | {"score": 0.5 + n % 50 / 100, "threshold": 0.5, "reasons": [], "at": days[n - 1]}
                | common
                for n, user_id in enumerate(self._ids, 1)
            ],
        )

    def record(self, connection: Connection, tail: Tail) -> None:
        """Store the audit records of all that, chained to those that are there."""
        chain, rows = Chain(self._vault.secret, SystemClock().now, version()), []
        for event in self._events():
            made, head = chain.extend(tail, event, SYSTEM)
            tail = Tail(made[-1].seq, made[-1].mac, head)
            rows += [asdict(each) for each in made]
        connection.execute(insert(AuditRow), rows)
        if tail.head is not None:
            connection.execute(update(AuditHeadRow).values(**asdict(tail.head)))

    def _takes(self, person: int) -> Iterator[dict[str, object]]:
        voice = self._draw.normal(size=self._dim)
        for position in range(_TAKES):
            heard = voice + 0.5 * self._draw.normal(size=self._dim)
            bound = Binding(
                *(self._ids[person], self._model_id, TAKE),
                *(position, self._enrollments[person], _TAKES),
            )
            box = self._vault.box
            sealed = box.seal(Embedding.of(heard, self._model_id), bound, box.key_id)
            yield {"position": position, "embedding": sealed.data, "key_id": sealed.key_id}

    def _events(self) -> Iterator[AuditEvent]:
        for user_id, made in zip(self._ids, self._enrollments, strict=True):
            details = {"model_id": self._model_id, "takes": _TAKES, "voiceprint": (made,)}
            yield AuditEvent(AuditAction.ENROLLED, user_id, details)
        for n in range(self._records):
            score = n % 100 / 100
            action = AuditAction.VERIFIED if score >= 0.5 else AuditAction.NOT_VERIFIED
            details = {"score": score, "threshold": 0.5, "model_id": self._model_id}
            yield AuditEvent(action, self._ids[n % len(self._ids)], details)


def _name(n: int) -> str:
    return f"{_FIRST[n % len(_FIRST)]} {_LAST[n // len(_FIRST) % len(_LAST)]}"
