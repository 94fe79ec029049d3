"""The table of API keys: added to a database that had none, and damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from alembic import command

from kiosk.core.accounts.credentials import ApiKey, Right
from kiosk.core.errors import DatabaseCorrupt
from kiosk.storage import schema
from kiosk.storage.database.engine import migration_engine
from tests.fakes.clock import START
from tests.integration.storage.helpers import enroll, sql

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk.storage.sqlite import SqlDatabase

KEY = ApiKey("000000000001", "desk", frozenset({Right.VERIFY}), "f" * 64, START)


def add(database: SqlDatabase) -> None:
    with database() as unit:
        unit.api_keys.add(KEY)
        unit.commit()


def test_a_database_from_before_keys_is_brought_up_with_its_people(
    database: SqlDatabase, file: Path
) -> None:
    enroll(database, "test1")
    database.close()
    with migration_engine(file, 1.0).begin() as connection:
        command.downgrade(schema.config(connection), "0001")
    assert sql(file, "SELECT name FROM sqlite_master WHERE name = 'api_key'") == []
    database.prepare()
    add(database)
    with database() as unit:
        assert unit.people.user_ids() == ["test1"]
        assert unit.api_keys.all() == [KEY]
    (backup,) = database.backups_folder.iterdir()
    assert "0001" in backup.name


def test_the_file_holds_no_more_than_the_port_says(database: SqlDatabase, file: Path) -> None:
    add(database)
    ((rights, hashed),) = sql(file, "SELECT rights, hash FROM api_key")
    assert (rights, hashed) == ('["verify"]', "f" * 64)


@pytest.mark.parametrize("rights", ['["everything"]', '"verify"', "7", "null", "[[]]", "no JSON"])
def test_rights_that_cannot_be_read_open_nothing(
    database: SqlDatabase, file: Path, rights: str
) -> None:
    add(database)
    sql(file, "UPDATE api_key SET rights = ?", rights)
    with database() as unit, pytest.raises(DatabaseCorrupt):
        unit.api_keys.get(KEY.key_id)
    with database() as unit, pytest.raises(DatabaseCorrupt):
        unit.api_keys.all()
