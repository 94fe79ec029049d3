"""The schema of a database file: made, migrated, refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kiosk.core.errors import (
    DatabaseNewer,
    StorageError,
)
from kiosk.storage import schema
from kiosk.storage.sqlite import SqlDatabase
from tests.fakes.keys import memory_box
from tests.fakes.samples import MODEL
from tests.integration.storage.database.files import downgrade, mode
from tests.integration.storage.helpers import enroll, sql

if TYPE_CHECKING:
    from pathlib import Path


# --- schema ----------------------------------------------------------------------------------


def test_a_new_database_has_the_present_schema_and_no_backup(database: SqlDatabase) -> None:
    facts = database.check()
    assert facts["schema"] == schema.head()
    assert facts["integrity"] == "ok"
    assert facts["path"] == str(database.file)
    assert facts["backups"] == "0"
    assert int(facts["size"].split()[0]) > 0


def test_preparing_again_changes_nothing(database: SqlDatabase, file: Path) -> None:
    enroll(database, "test1")
    database.close()
    before = file.read_bytes()
    database.prepare()
    assert file.read_bytes() == before
    assert not database.backups_folder.exists()


def test_a_migration_is_preceded_by_a_backup(database: SqlDatabase, file: Path) -> None:
    database.close()
    downgrade(file)
    database.prepare()
    (copy,) = database.backups_folder.iterdir()
    assert mode(copy) == 0o600
    assert mode(copy.parent) == 0o700
    assert sql(copy, "SELECT version_num FROM alembic_version") == [("0001",)]
    assert database.check()["schema"] == schema.head()


def test_a_first_start_that_was_killed_is_made_again(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(schema, "upgrade", killed)
        with pytest.raises(KeyboardInterrupt):
            SqlDatabase(file).prepare()
    assert file.stat().st_size > 0  # its header is written
    database = SqlDatabase(file)
    database.prepare()
    assert database.check()["schema"] == schema.head()
    assert not database.backups_folder.exists()  # there was nothing
    database.close()


def test_five_backups_are_kept(database: SqlDatabase, file: Path) -> None:
    seen: list[str] = []
    for _ in range(7):
        database.close()
        downgrade(file)
        database.prepare()
        seen += [p.name for p in database.backups_folder.iterdir() if p.name not in seen]
    assert len(seen) == 7
    assert sorted(path.name for path in database.backups_folder.iterdir()) == sorted(seen)[-5:]


def test_a_backup_can_be_put_in_the_place_of_the_database(
    database: SqlDatabase, file: Path, tmp_path: Path
) -> None:
    from kiosk.storage.database.files import back_up

    enroll(database, "test1")
    copy = back_up(file, tmp_path / "backups", "0001", 1.0)
    assert [path.name for path in copy.parent.iterdir()] == [copy.name]
    restored = tmp_path / "restored.db"
    copy.rename(restored)
    other = SqlDatabase(restored, box=memory_box())
    other.prepare()
    with other() as unit:
        assert unit.people.voiceprint("test1", MODEL) is not None
    other.close()
    assert sql(restored, "PRAGMA journal_mode") == [("wal",)]


def test_a_newer_schema_is_refused_and_nothing_changed(database: SqlDatabase, file: Path) -> None:
    enroll(database, "test1")
    database.close()
    sql(file, "UPDATE alembic_version SET version_num = '9999'")
    before = file.read_bytes()
    with pytest.raises(DatabaseNewer, match="9999"):
        SqlDatabase(file).prepare()
    assert file.read_bytes() == before
    assert not database.backups_folder.exists()
    with pytest.raises(DatabaseNewer):
        database.check()


def test_the_database_of_another_program_is_refused(file: Path) -> None:
    file.parent.mkdir()
    sql(file, "CREATE TABLE invoice (id INTEGER)")
    before = file.read_bytes()
    with pytest.raises(StorageError, match="another program"):
        SqlDatabase(file).prepare()
    assert file.read_bytes() == before


def test_a_migration_that_fails_leaves_the_database_as_it_was(
    database: SqlDatabase, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.close()
    downgrade(file, "base")
    # The last table of the revision exists already: the migration fails at its very end.
    sql(file, "CREATE VIEW preference AS SELECT 1")
    before = sql(file, "SELECT name FROM sqlite_master ORDER BY name")
    with pytest.raises(StorageError):
        database.prepare()
    assert sql(file, "SELECT name FROM sqlite_master ORDER BY name") == before
    sql(file, "DROP VIEW preference")
    database.prepare()
    assert database.check()["schema"] == schema.head()
