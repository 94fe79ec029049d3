"""The revisions of the schema, and bringing a database from one to the next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from kiosk.core.errors import DatabaseCorrupt, DatabaseNewer, StorageError
from kiosk.installation import version
from kiosk.storage.keys import plain_takes

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from kiosk.core.keys.ports import TemplateBox

MIGRATIONS = Path(__file__).with_name("migrations")


def config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration; there is no file of it.

    Args:
        connection: what migrations run on, within its open transaction.
    """
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


def head() -> str:
    """Return the revision that this program works with."""
    revision = ScriptDirectory.from_config(config()).get_current_head()
    if revision is None:
        raise StorageError("The migrations are missing.", hint="Install the program again.")
    return revision


def current(
    connection: Connection, foreign_hint: str = "Choose another data folder with --data-dir."
) -> str | None:
    """Return the revision of a database; None when it is empty.

    Args:
        connection: of the database.
        foreign_hint: what to do when its tables are not those of this program.

    Raises:
        DatabaseNewer: this program does not know the revision.
        StorageError: the tables in it are not those of this program.
    """
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision is None:
        if set(inspect(connection).get_table_names()) - {"alembic_version"}:
            raise StorageError(
                "The database belongs to another program.",
                hint=foreign_hint,
            )
        return None
    known = {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}
    if revision not in known:
        raise DatabaseNewer(
            f"A newer version of this program wrote the database: its schema is {revision}, and "
            f"version {version()} knows those up to {head()}."
        )
    return revision


def require_sound(connection: Connection) -> None:
    """Check the structure of the whole file.

    Raises:
        DatabaseCorrupt: SQLite has found damage.
    """
    found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    if found != "ok":
        raise DatabaseCorrupt("The database file is damaged.")


def require_writable(connection: Connection) -> None:
    """Write what is there already: SQLite opens what it may not write, and tells only then.

    Raises:
        sqlalchemy.exc.OperationalError: the database can be read, but not written.
    """
    connection.exec_driver_sql("UPDATE alembic_version SET version_num = version_num")


def bring_up(connection: Connection, box: TemplateBox | None = None) -> None:
    """Migrate to the head within a transaction, and seal what an earlier version did not.

    Args:
        connection: amid a transaction.
        box: see :func:`upgrade`.

    Raises:
        KeyUnavailable: see :func:`upgrade`.
    """
    before = MigrationContext.configure(connection).get_current_revision()
    command.upgrade(config(connection), "head")
    if before in plain_takes.REVISIONS:
        plain_takes.seal(connection, box)


def open_keys(revision: str | None, box: TemplateBox | None) -> None:
    """Open the keys before a migration that needs them, which locks what says which they are.

    Args:
        revision: of the database.
        box: of the vault; None where the database is opened without keys.

    Raises:
        KeyUnavailable: they are missing, or of another database.
    """
    if box is not None and revision in plain_takes.REVISIONS:
        _ = box.key_id


def upgrade(engine: Engine, box: TemplateBox | None = None) -> None:
    """Migrate to the head in one transaction: all of it happens, or nothing.

    Args:
        engine: see :func:`kiosk.storage.database.engine.migration_engine`.
        box: seals what an earlier version stored in the clear.

    Raises:
        DatabaseCorrupt: rows refer to others that do not exist; nothing was changed.
        KeyUnavailable: there is something to seal and no key; nothing was changed.
    """
    with engine.begin() as connection:
        bring_up(connection, box)
        # They were not enforced meanwhile.
        if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
            raise DatabaseCorrupt("The database file is damaged.")
