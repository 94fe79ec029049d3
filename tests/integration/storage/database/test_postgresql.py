"""The database on a real PostgreSQL server: what it has to itself, beside the contract."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from kiosk.core.errors import (
    AlreadyEnrolled,
    DatabaseLocked,
    DatabaseNewer,
    DatabaseUnreachable,
    SettingsInvalid,
    StorageError,
    StorageReadOnly,
)
from kiosk.storage import schema
from kiosk.storage.database.postgresql_engine import migration_engine, unit_engine, url_of
from kiosk.storage.database.trust_tables import Base
from kiosk.storage.opening import database_at
from kiosk.storage.postgresql import PostgresDatabase
from tests.fakes.clock import START
from tests.fakes.keys import memory_box
from tests.fakes.records.audit import chain_of_tests
from tests.fakes.samples import MODEL, attempt, person
from tests.integration.storage.helpers import at_once, child, enroll
from tests.servers import postgresql as servers
from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.postgresql import PostgresServer


@pytest.fixture
def database(postgresql_url: str) -> Iterator[PostgresDatabase]:
    made = PostgresDatabase(postgresql_url, box=memory_box(), chain=chain_of_tests())
    made.prepare()
    yield made
    made.close()


@pytest.fixture
def name(postgresql_url: str) -> str:
    found = url_of(postgresql_url).database
    assert found is not None
    return found


# --- addresses -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("postgresql://me@db.example.org/kiosk", "require"),
        ("postgresql+psycopg://me@10.0.0.7:5433/kiosk", "require"),
        ("postgresql+psycopg://me@db/kiosk?sslmode=verify-full", "verify-full"),
        ("postgresql+psycopg://me@db/kiosk?sslmode=disable", "disable"),
        ("postgresql+psycopg://me@/kiosk?host=db.example.org", "require"),
        ("postgresql+psycopg://me@localhost/kiosk", None),
        ("postgresql+psycopg://me@127.0.0.1/kiosk", None),
        ("postgresql+psycopg://me@[::1]/kiosk", None),
        ("postgresql+psycopg:///kiosk", None),
        ("postgresql+psycopg://me@/kiosk?host=/run/postgresql", None),
    ],
)
def test_a_connection_over_a_network_is_encrypted_unless_it_says_no(
    text: str, mode: str | None
) -> None:
    url = url_of(text)
    assert url.drivername == "postgresql+psycopg"
    assert url.query.get("sslmode") == mode


@pytest.mark.parametrize(
    "text",
    [
        "postgresql+psycopg://me:hunter2@host",
        "postgresql+psycopg://me:hunter2@host:port/kiosk",
        "postgresql+psycopg://me@host/kiosk?password=hunter2",
    ],
)
def test_what_is_no_address_is_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        database_at(text)
    assert "hunter2" not in str(caught.value)


def test_the_health_report_hides_the_password(postgresql: PostgresServer) -> None:
    address = postgresql.new_database().replace("kiosk@", "kiosk:hunter2@")
    database = PostgresDatabase(address)
    database.prepare()
    facts = database.check()
    assert "hunter2" not in str(facts)
    assert facts["schema"] == schema.head()
    assert int(facts["size"].split()[0]) > 1_000_000
    database.close()


# --- schema ----------------------------------------------------------------------------------


def test_the_tables_are_what_the_migrations_make(
    database: PostgresDatabase, postgresql_url: str
) -> None:
    with migration_engine(url_of(postgresql_url), 1.0).connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_down_to_nothing_and_up_again(database: PostgresDatabase, postgresql_url: str) -> None:
    enroll(database, "test1")
    database.close()
    with migration_engine(url_of(postgresql_url), 1.0).begin() as connection:
        command.downgrade(schema.config(connection), "base")
    with pytest.raises(StorageError, match="not prepared"):
        enroll(database, "test1")
    database.prepare()
    enroll(database, "test1")


def test_a_newer_schema_is_refused_and_not_changed(
    database: PostgresDatabase, postgresql: PostgresServer, name: str
) -> None:
    postgresql.sql("UPDATE alembic_version SET version_num = '9999'", name)
    with pytest.raises(DatabaseNewer, match="9999"):
        database.prepare()
    assert postgresql.sql("SELECT version_num FROM alembic_version", name) == "9999"


def test_the_tables_of_another_program_are_left_alone(
    postgresql: PostgresServer, postgresql_url: str, name: str
) -> None:
    postgresql.sql("CREATE TABLE invoice (id integer)", name)
    with pytest.raises(StorageError, match="another program") as caught:
        PostgresDatabase(postgresql_url).prepare()
    assert "of its own" in caught.value.hint
    tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    assert postgresql.sql(tables, name) == "invoice"


def test_a_migration_that_fails_leaves_nothing_behind(
    postgresql: PostgresServer, postgresql_url: str, name: str
) -> None:
    # The last table of the first revision exists already, as something that is no table.
    postgresql.sql("CREATE SEQUENCE preference", name)
    database = PostgresDatabase(postgresql_url)
    with pytest.raises(StorageError):
        database.prepare()
    tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
    assert postgresql.sql(tables, name) == "0"
    postgresql.sql("DROP SEQUENCE preference", name)
    database.prepare()


def test_several_processes_prepare_at_once(postgresql_url: str) -> None:
    script = """
import sys
from kiosk.storage.opening import database_at
sys.stdin.readline()
database = database_at(sys.argv[1])
database.prepare()
print(database.check()["schema"])
"""
    processes = [child(script, postgresql_url) for _ in range(3)]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        assert process.communicate(timeout=PATIENCE_S) == (f"{schema.head()}\n", "")


# --- units of work ---------------------------------------------------------------------------


def test_a_unit_that_waits_too_long_is_named_so_and_works_afterwards(
    database: PostgresDatabase, postgresql_url: str
) -> None:
    impatient = PostgresDatabase(postgresql_url, timeout=0.05, prepare_timeout=0.05)
    with database() as unit:
        unit.people.add(person("test1"))
        for _ in range(20):  # more often than the pool has connections
            with impatient() as other, pytest.raises(DatabaseLocked):
                other.people.user_ids()
        with pytest.raises(DatabaseLocked):
            impatient.prepare()
        unit.commit()
    with impatient() as other:
        assert other.people.user_ids() == ["test1"]
    impatient.close()


def test_two_processes_that_read_and_then_write_lose_no_update(
    database: PostgresDatabase, postgresql_url: str
) -> None:
    script = """
import sys
from kiosk.storage.opening import database_at
from tests.fakes.clock import START
database = database_at(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for _ in range(50):
    with database() as unit:
        total = int(unit.preferences.get("total") or 0)
        unit.preferences.set("total", str(total + 1), START)
        unit.commit()
database.close()
"""
    at_once([child(script, postgresql_url) for _ in range(2)])
    with database() as unit:
        assert unit.preferences.get("total") == "100"


def test_a_commit_is_durable_whatever_the_server_is_set_to(
    database: PostgresDatabase, postgresql: PostgresServer, postgresql_url: str, name: str
) -> None:
    postgresql.sql(f"ALTER DATABASE {name} SET synchronous_commit = off")
    with unit_engine(url_of(postgresql_url), 1.0).connect() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
        connection.detach()


def test_replacing_and_removing_leave_no_orphans(
    database: PostgresDatabase, postgresql: PostgresServer, name: str
) -> None:
    enroll(database, "test1")
    with database() as unit:
        unit.people.add_attempt(attempt(1, "test1"))
        unit.people.remove("test1")
        unit.commit()
    for table in ("person", "voiceprint", "take", "attempt"):
        assert postgresql.sql(f"SELECT count(*) FROM {table}", name) == "0"


# --- failures --------------------------------------------------------------------------------


def test_an_id_that_is_taken_is_named_so_even_past_the_lock(
    database: PostgresDatabase,
) -> None:
    enroll(database, "test1")
    with database() as unit, pytest.raises(AlreadyEnrolled, match="test1"):
        unit.people.add(person("test1"))


def test_a_server_that_is_restarted_is_found_again() -> None:
    with servers.running() as server:
        database = PostgresDatabase(server.new_database(), box=memory_box(), chain=chain_of_tests())
        database.prepare()
        enroll(database, "test1")
        server.stop()
        with pytest.raises(DatabaseUnreachable):
            enroll(database, "test2")
        with pytest.raises(DatabaseUnreachable):
            database.check()
        with pytest.raises(DatabaseUnreachable):
            database.prepare()
        server.start()
        enroll(database, "test2")
        with database() as unit:
            assert unit.people.user_ids() == ["test1", "test2"]
            assert unit.people.voiceprint("test1", MODEL) is not None
        database.close()


def test_a_connection_that_is_cut_within_a_unit_stores_nothing(
    database: PostgresDatabase, postgresql: PostgresServer, name: str
) -> None:
    with database() as unit:
        unit.people.add(person("test1"))
        postgresql.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname = '{name}' AND application_name = 'voice-kiosk'"
        )
        with pytest.raises(DatabaseUnreachable):
            unit.commit()
    enroll(database, "test2")
    with database() as unit:
        assert unit.people.user_ids() == ["test2"]


def test_a_user_without_the_right_to_write_is_named(
    database: PostgresDatabase, postgresql: PostgresServer, name: str
) -> None:
    postgresql.sql(f"CREATE ROLE reader_{name} LOGIN")
    postgresql.sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader_{name}", name)
    reader = PostgresDatabase(postgresql.url(name, user=f"reader_{name}"))
    with pytest.raises(StorageReadOnly, match="written"):
        reader.prepare()
    with reader() as unit:
        assert unit.people.user_ids() == []
        with pytest.raises(StorageReadOnly):
            unit.preferences.set("key", "value", START)
    reader.close()


def test_a_user_that_the_server_does_not_know_is_named(
    postgresql: PostgresServer, name: str
) -> None:
    stranger = PostgresDatabase(postgresql.url(name, user="stranger"))
    with pytest.raises(DatabaseUnreachable, match="refuses this user"):
        stranger.prepare()


def test_no_message_holds_what_was_stored(database: PostgresDatabase) -> None:
    with database() as unit, pytest.raises(StorageError) as caught:
        unit.preferences.set("key", "hunter2\0", START)
    told = caught.value
    assert "hunter2" not in f"{told} {told.__cause__}"


def test_the_driver_is_only_loaded_for_such_a_database() -> None:
    script = """
import sys
from kiosk.storage.opening import database_at
database_at("kiosk.db")
print([name for name in sys.modules if name.startswith(("psycopg", "sqlalchemy"))])
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )
    assert done.stdout == "[]\n"
