"""Nothing of a voice and no key can be found in the data folder, before and after a migration."""

from __future__ import annotations

import base64
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import pytest
from alembic import command

from kiosk import logs
from kiosk.bootstrap import build
from kiosk.core.accounts.acting import SYSTEM, acting_as
from kiosk.core.errors import KeyUnavailable, TemplateUnreadable
from kiosk.core.records.audit import AuditAction, AuditQuery
from kiosk.services.keys.keys import Keys
from kiosk.settings import load_settings
from kiosk.storage import schema
from kiosk.storage.database import files
from kiosk.storage.database.engine import migration_engine
from kiosk.vault.ring import KeyRing
from tests.fakes.samples import DIM, MODEL, voiceprint
from tests.integration.storage.helpers import sql
from tests.integration.vault.kit import numbers_of, same, traces

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kiosk.core.records.audit import AuditRecord
    from kiosk.core.voice.embedding import Voiceprint
    from kiosk.services.facade import Kiosk

NOW = "2026-01-01 00:00:00.000000"
PEOPLE = 12


@contextmanager
def kiosk_at(folder: Path, until: str | None = "keys") -> Iterator[Kiosk]:
    settings = load_settings(folder)
    undo = logs.configure(settings.logs_dir, "DEBUG", console=False)
    try:
        with build(settings) as kiosk, acting_as(SYSTEM):
            if until is not None:
                kiosk.startup.run(until=until)
            yield kiosk
    finally:
        undo()


def start(folder: Path, until: str = "keys") -> None:
    with kiosk_at(folder, until):
        pass


def key_file() -> Path:
    (found,) = load_settings().keys_folder.glob(f"{_kiosk_id()}.key")
    return found


def _kiosk_id() -> str:
    rows = sql(load_settings().database_file, "SELECT kiosk_id FROM kiosk_identity")
    return str(rows[0][0])


def keys() -> list[bytes]:
    """Return every secret of this kiosk, raw, in hexadecimal and in base64."""
    ring = KeyRing.from_text(key_file().read_text())
    secrets = [ring.root, *(key.secret for key in ring.keys)]
    return [
        form
        for secret in secrets
        for form in (secret, secret.hex().encode(), base64.b64encode(secret)[:40])
    ]


def store(kiosk: Kiosk, made: Voiceprint, user_id: str) -> None:
    """Store a voiceprint behind the use-cases' back, for they want a voice."""
    from tests.fakes.clock import START
    from tests.fakes.samples import person, quality

    with kiosk.people._uow() as work:
        work.people.add(person(user_id))
        work.people.save_voiceprint(user_id, made, quality(len(made.takes)), START)
        work.commit()


def stored(kiosk: Kiosk, user_id: str) -> Voiceprint | None:
    with kiosk.people._uow() as work:
        return work.people.voiceprint(user_id, MODEL)


def test_nothing_can_be_found_after_an_enrollment(data_dir: Path) -> None:
    made = [voiceprint(seed) for seed in range(3)]
    with kiosk_at(data_dir) as kiosk:
        for seed, each in enumerate(made):
            store(kiosk, each, f"p{seed}")
        needles = [needle for each in made for needle in numbers_of(each)] + keys()
        # While it runs: with the write-ahead log and the shared memory.
        assert (data_dir / "kiosk.db-wal").stat().st_size > 0
        assert traces(data_dir, needles) == []
        for seed, each in enumerate(made):
            found = stored(kiosk, f"p{seed}")
            assert found is not None
            assert same(found, each)
    assert traces(data_dir, needles) == []
    assert any((data_dir / "logs").iterdir())
    # The search finds what is there.
    (data_dir / "leak").write_bytes(b"x" + made[1].takes[0].vector.astype("<f4").tobytes()[40:80])
    (data_dir / "logs" / "leak").write_bytes(keys()[0])
    assert traces(data_dir, needles) == ["leak", "logs/leak"]


def older_database(folder: Path, people: int = PEOPLE) -> None:
    """Make a database as version 0002 of the schema left it, with voiceprints in the clear."""
    file = folder / "kiosk.db"
    files.make_private_folder(folder)
    files.make_private_file(file)
    files.use_wal(file, 1.0)
    with migration_engine(file, 1.0).begin() as connection:
        command.upgrade(schema.config(connection), "0002")
    for number in range(people):
        sql(
            file,
            "INSERT INTO person (id, user_id, name, enabled, created_at, consent_version, "
            "consent_at) VALUES (?, ?, '', 1, ?, '1', ?)",
            *(number, f"p{number}", NOW, NOW),
        )
        sql(file, "INSERT INTO voiceprint VALUES (?, ?, ?, ?)", number, number, MODEL, NOW)
        for position, take in enumerate(voiceprint(number).takes):
            sql(
                file,
                "INSERT INTO take (voiceprint_id, position, embedding, dim, quality, created_at) "
                "VALUES (?, ?, ?, ?, '{}', ?)",
                *(number, position, take.vector.astype("<f4").tobytes(), DIM, NOW),
            )
    # As an earlier migration has left it.
    files.back_up(file, folder / "backups", "0001", 1.0)


def needles_of(people: int = PEOPLE) -> list[bytes]:
    return [needle for number in range(people) for needle in numbers_of(voiceprint(number))]


def test_an_older_database_is_sealed_with_all_its_copies(data_dir: Path) -> None:
    older_database(data_dir)
    assert len(traces(data_dir, needles_of())) == 2  # the database and its backup
    with kiosk_at(data_dir) as kiosk:
        report = kiosk.keys.report()
        assert report.plain == 0
        assert [each.values for each in report.keys] == [3 * PEOPLE]
        for number in range(PEOPLE):
            found = stored(kiosk, f"p{number}")
            assert found is not None
            assert same(found, voiceprint(number))
        assert traces(data_dir, needles_of() + keys()) == []
    assert traces(data_dir, needles_of() + keys()) == []
    assert list((data_dir / "backups").iterdir())


class Killed(BaseException):
    """What a test raises where a program may be killed."""


def sealed_records(kiosk: Kiosk) -> list[AuditRecord]:
    wanted = AuditQuery(actions=(AuditAction.TEMPLATES_SEALED,))
    with kiosk.people._uow() as work:
        return work.audit.find(wanted)


def test_sealing_an_older_database_is_resumed(data_dir: Path) -> None:
    older_database(data_dir)
    from kiosk.storage.backup.backups import SqliteBackups
    from kiosk.storage.keys import plain_takes
    from kiosk.storage.sqlite import SqlDatabase
    from kiosk.vault.vault import Vault

    def killed(*_: object) -> None:
        raise Killed

    for owner, name in (
        (plain_takes, "_sealed"),
        (SqliteBackups, "seal_plain_copies"),
        (SqlDatabase, "rewrite"),
        (Vault, "set_all_sealed"),
    ):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(owner, name, killed)
            with pytest.raises(Killed):
                start(data_dir)
    with kiosk_at(data_dir) as kiosk:
        assert all(stored(kiosk, f"p{number}") is not None for number in range(PEOPLE))
        # One for each person, and one for all.
        assert len(sealed_records(kiosk)) == PEOPLE + 1
    assert traces(data_dir, needles_of()) == []


def test_whoever_migrates_seals(data_dir: Path) -> None:
    older_database(data_dir, people=2)
    with kiosk_at(data_dir, until="storage") as kiosk:
        assert [each.person.user_id for each in kiosk.people.everybody()] == ["p0", "p1"]
    assert traces(data_dir, needles_of(2)) == []
    with kiosk_at(data_dir) as kiosk:
        recorded = {
            each.subject: each.details.get("voiceprint", ()) for each in sealed_records(kiosk)
        }
        with kiosk.people._uow() as work:
            assert {k: tuple(v) for k, v in recorded.items() if k} == work.people.enrollments()


def test_an_older_database_that_is_slipped_in_is_refused(data_dir: Path) -> None:
    with kiosk_at(data_dir) as kiosk:
        store(kiosk, voiceprint(1), "p1")
    identity = _kiosk_id()
    file = data_dir / "kiosk.db"
    for known in (False, True):
        file.unlink()
        older_database(data_dir, people=2)
        if known:  # an identity is no secret
            sql(file, "CREATE TABLE kiosk_identity (id INTEGER PRIMARY KEY, kiosk_id VARCHAR(32))")
            sql(file, "INSERT INTO kiosk_identity VALUES (1, ?)", identity)
        for until in ("storage", "keys"):
            with pytest.raises(KeyUnavailable, match="exchanged"):
                start(data_dir, until)
        assert sql(file, "SELECT version_num FROM alembic_version") == [("0002",)]
    with kiosk_at(data_dir, until=None) as kiosk:
        kiosk.keys.adopt()
        assert stored(kiosk, "p1") is not None
        newest = kiosk.audit.find(AuditQuery(limit=1))[0]
        assert newest.action == AuditAction.DATABASE_ADOPTED
    assert traces(data_dir, needles_of(2)) == []
    start(data_dir)


def test_a_damaged_plain_take_does_not_stay(data_dir: Path) -> None:
    older_database(data_dir, people=2)
    half = voiceprint(0).takes[0].vector.astype("<f4").tobytes()[:400]
    sql(data_dir / "kiosk.db", "UPDATE take SET embedding = ? WHERE id = 1", half)
    with kiosk_at(data_dir) as kiosk:
        with pytest.raises(TemplateUnreadable, match="p0"):
            stored(kiosk, "p0")
        assert stored(kiosk, "p1") is not None
    assert traces(data_dir, needles_of(2)) == []


def test_what_is_in_the_clear_later_is_never_sealed(data_dir: Path) -> None:
    with kiosk_at(data_dir) as kiosk:
        store(kiosk, voiceprint(1), "p1")
    stranger = np.eye(DIM, dtype="<f4")[0].tobytes()
    sql(data_dir / "kiosk.db", "UPDATE take SET embedding = ?, key_id = NULL", stranger)
    with kiosk_at(data_dir) as kiosk:
        with pytest.raises(TemplateUnreadable, match="p1 is not encrypted"):
            stored(kiosk, "p1")
        assert kiosk.keys.report().plain == 3
        kiosk.keys.rekey()
        with pytest.raises(TemplateUnreadable, match="p1 is not encrypted"):
            stored(kiosk, "p1")
    # Not under another identity either, as if it were a new kiosk.
    forge_identity(data_dir / "kiosk.db")
    with pytest.raises(KeyUnavailable, match="exchanged"):
        start(data_dir)
    with kiosk_at(data_dir, until=None) as kiosk:
        kiosk.keys.adopt()
        with pytest.raises(TemplateUnreadable, match="p1 is not encrypted"):
            stored(kiosk, "p1")


def forge_identity(file: Path) -> None:
    """Make the database look like that of a new kiosk."""
    for (name,) in sql(file, "SELECT name FROM sqlite_master WHERE type = 'trigger'"):
        sql(file, f"DROP TRIGGER {name}")
    sql(file, "UPDATE kiosk_identity SET kiosk_id = ?", "a" * 32)
    for table in ("audit", "audit_head", "template_key"):
        sql(file, f"DELETE FROM {table}")


@pytest.mark.expects_log
def test_an_open_reader_postpones_the_overwriting(
    data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    import sqlite3
    from contextlib import closing

    older_database(data_dir, people=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Keys, "begin", lambda _: None)
        with kiosk_at(data_dir, until="storage"):
            pass  # migrated, but not overwritten yet
    with closing(sqlite3.connect(data_dir / "kiosk.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM person").fetchone()
        with kiosk_at(data_dir) as kiosk:
            assert stored(kiosk, "p1") is not None
        assert "at the next start" in caplog.text
    start(data_dir)
    assert traces(data_dir, needles_of(2)) == []
