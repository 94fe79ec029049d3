"""A database on a PostgreSQL server, for services that several machines share.

What differs from the file: units of work take turns by an advisory lock, migrations run in one
transaction and need no copy before, and backups are the server's (``pg_dump``). PostgreSQL does
not overwrite what is deleted: erased voiceprints stay in its files, its write-ahead log and its
backups until those are reused or expire, so its disk belongs encrypted.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from kiosk.storage.database.faults import translating
from kiosk.storage.units import unit_of_work

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from kiosk.core.keys.ports import KeysNeeded, TemplateBox
    from kiosk.core.ports import UnitOfWork
    from kiosk.core.records.chain import Chain

_PREPARE_TIMEOUT_S = 30.0
_TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
_TAKE_COLUMNS = (
    "SELECT column_name FROM information_schema.columns "
    "WHERE table_schema = current_schema() AND table_name = 'take'"
)
_HINT = "Give the kiosk a PostgreSQL database of its own."


class PostgresDatabase:
    """Implements :class:`kiosk.core.ports.Database` on a PostgreSQL server.

    Args:
        address: ``postgresql+psycopg://user@host/name``; passwords are better kept in the file
            that the environment variable ``PGPASSFILE`` names.
        timeout: seconds to wait for another process before the database counts as locked.
        prepare_timeout: the same, while another process prepares it.
        box: seals and opens templates; without it none can be stored or read.
        chain: chains audit records; without it nothing can be recorded.

    Raises:
        SettingsInvalid: it is no such address.
    """

    def __init__(
        self,
        address: str,
        *,
        timeout: float = 5.0,
        prepare_timeout: float = _PREPARE_TIMEOUT_S,
        box: TemplateBox | None = None,
        chain: Chain | None = None,
    ) -> None:
        from kiosk.storage.database.postgresql_engine import url_of

        self._url = url_of(address)
        self._timeout = timeout
        self._prepare_timeout = prepare_timeout
        self._box = box
        self._chain = chain
        self._engine: Engine | None = None
        self._guard = threading.Lock()

    def prepare(self) -> None:
        """Create the tables, or bring them up to the present schema, in one transaction.

        Safe to call at every start, by several machines at once.

        Raises:
            DatabaseNewer: a newer program has written it.
            DatabaseLocked: another process holds it.
            DatabaseUnreachable: the server does not answer, or refuses this user.
            StorageReadOnly: this user may not write there.
            StorageError: there are tables of another program in it.
        """
        from kiosk.storage import schema
        from kiosk.storage.database.identity import ensure_identity
        from kiosk.storage.database.postgresql_engine import migration_engine

        with self._guard, translating():
            engine = migration_engine(self._url, self._prepare_timeout)
            with engine.begin() as connection:
                revision = schema.current(connection, foreign_hint=_HINT)
                if revision == schema.head():
                    schema.require_writable(connection)
                    return
                if revision is not None:
                    # For the keys, which are asked for before the migration locks its tables.
                    ensure_identity(connection)
            schema.open_keys(revision, self._box)
            with engine.begin() as connection:
                schema.bring_up(connection, self._box)

    @contextmanager
    def __call__(self) -> Iterator[UnitOfWork]:
        """Begin a unit of work; see :class:`kiosk.core.ports.UnitOfWorkFactory`.

        Raises:
            StorageError: see :mod:`kiosk.storage.database.faults`.
        """
        with unit_of_work(self._opened, _nothing, self._box, self._chain) as unit:
            yield unit

    def check(self) -> dict[str, str]:
        """Return facts for the health report: address, schema, size; the rest is the server's.

        Raises:
            StorageError: it cannot be read.
        """
        from kiosk.storage import schema

        with translating(), self._opened().connect() as connection:
            size = connection.exec_driver_sql("SELECT pg_database_size(current_database())")
            return {
                "path": self._url.render_as_string(hide_password=True),
                "schema": schema.current(connection, foreign_hint=_HINT) or "none",
                "integrity": "left to the server",
                "size": f"{size.scalar_one()} bytes",
                "backups": "left to the server",
            }

    def keys_needed(self) -> KeysNeeded:
        """Return which keys the database cannot do without; see the port.

        Raises:
            StorageError: it is not prepared, or cannot be read.
        """
        from kiosk.storage.database.identity import keys_needed
        from kiosk.storage.database.postgresql_engine import reading_engine

        # On a connection that takes no turn: this is asked while a unit of work has it.
        with translating(), reading_engine(self._url, self._timeout).connect() as connection:

            def query(statement: str) -> list[tuple[Any, ...]]:
                return [tuple(row) for row in connection.exec_driver_sql(statement)]

            tables = {row[0] for row in query(_TABLES)}
            columns = {row[0] for row in query(_TAKE_COLUMNS)}
            return keys_needed(tables, columns, query)

    def rewrite(self) -> None:
        """Write the tables of sealed values anew; what the server keeps besides is its own.

        Raises:
            DatabaseLocked: somebody used them all the time.
        """
        from kiosk.storage.database.postgresql_engine import reading_engine

        engine = reading_engine(self._url, self._prepare_timeout)
        with translating(), engine.connect() as connection:
            for table in ("take", "adapted_take", "recording"):
                connection.exec_driver_sql(f"VACUUM (FULL) {table}")

    def require_room(self) -> None:
        """Do nothing: how full its disk is, the server tells nobody."""

    def make_room(self) -> None:
        """Do nothing: the disk is the server's."""

    def scrub(self, patience_s: float = 0.0) -> None:
        """Do nothing: the server reuses the place of what was erased when it comes to it."""

    def close(self) -> None:
        """Release every connection; the next unit of work opens new ones."""
        with self._guard, translating():
            engine, self._engine = self._engine, None
            if engine is not None:
                engine.dispose()

    def _opened(self) -> Engine:
        from kiosk.storage.database.postgresql_engine import unit_engine

        with self._guard:
            if self._engine is None:
                self._engine = unit_engine(self._url, self._timeout)
            return self._engine


def _nothing() -> None:
    """What is done after an erasure: nothing that this side of the server could do."""
