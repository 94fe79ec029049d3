"""The revisions agree with the tables and with each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory

from kiosk.core.errors import AlreadyEnrolled
from kiosk.storage import schema
from kiosk.storage.database.engine import migration_engine
from kiosk.storage.database.trust_tables import Base
from tests.fakes.samples import MODEL, attempt, person
from tests.integration.storage.helpers import enroll, sql

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk.storage.sqlite import SqlDatabase


def test_there_is_one_head() -> None:
    assert ScriptDirectory.from_config(schema.config()).get_heads() == [schema.head()]


def test_the_tables_are_what_the_migrations_make(database: SqlDatabase, file: Path) -> None:
    with migration_engine(file, 1.0).connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_constraints_have_the_names_of_the_convention(database: SqlDatabase, file: Path) -> None:
    tables = sql(file, "SELECT sql FROM sqlite_master WHERE type = 'table' AND name != ?", "x")
    text = "\n".join(row[0] for row in tables)
    for table in Base.metadata.tables.values():
        for constraint in table.constraints:
            assert f"CONSTRAINT {constraint.name} " in text


def test_down_to_nothing_and_up_again_with_data(database: SqlDatabase, file: Path) -> None:
    enroll(database, "test1")
    database.close()
    with migration_engine(file, 1.0).begin() as connection:
        command.downgrade(schema.config(connection), "base")
    assert sql(file, "SELECT name FROM sqlite_master WHERE type = 'table'") == [
        ("alembic_version",)
    ]
    schema.upgrade(migration_engine(file, 1.0))
    enroll(database, "test1")
    with database() as unit:
        assert unit.people.user_ids() == ["test1"]


def test_altering_a_table_by_copying_keeps_what_refers_to_it(
    database: SqlDatabase, file: Path
) -> None:
    enroll(database, "test1")
    with database() as unit:
        unit.people.add_attempt(attempt(1))
        unit.commit()
    database.close()
    with migration_engine(file, 1.0).begin() as connection:
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("person", recreate="always"):
            pass
    with database() as unit:
        assert unit.people.voiceprint("test1", MODEL) is not None
        assert unit.people.attempts("test1") == [attempt(1)]
    assert sql(file, "PRAGMA foreign_key_check") == []
    assert (
        "REFERENCES person"
        in sql(file, "SELECT sql FROM sqlite_master WHERE name = 'voiceprint'")[0][0]
    )


def test_ids_that_were_two_and_are_one_by_now_stay_two_people(
    database: SqlDatabase, file: Path
) -> None:
    enroll(database, "u1")
    enroll(database, "Anna")
    database.close()
    with migration_engine(file, 1.0).begin() as connection:
        command.downgrade(schema.config(connection), "0003")
    sql(
        file,
        "INSERT INTO person (user_id, name, enabled, created_at) "
        "SELECT 'U1', name, enabled, '2999-01-01 00:00:00.000000' FROM person WHERE user_id = 'u1'",
    )
    schema.upgrade(migration_engine(file, 1.0))

    def found(*typed: str) -> list[str | None]:
        with database() as unit:
            people = [unit.people.get(each) for each in typed]
        return [None if person is None else person.user_id for person in people]

    assert found("u1", "U1", "\uff35\uff11", "ANNA") == ["u1", "U1", "u1", "Anna"]
    with database() as unit, pytest.raises(AlreadyEnrolled):
        unit.people.add(person("aNNA"))
    with database() as unit:
        unit.people.remove("u1")
        unit.commit()
    assert found("u1", "\uff35\uff11") == ["U1", "U1"]


def test_whoever_writes_the_column_makes_no_id_mean_another(
    database: SqlDatabase, file: Path
) -> None:
    enroll(database, "anna")
    sql(file, "UPDATE person SET folded = 'bert'")
    with database() as unit:
        assert unit.people.get("BERT") is None
