"""A database on a PostgreSQL server, for services that several machines share.

What differs from the file: units of work take turns by an advisory lock, migrations run in one
transaction and need no copy before, and backups are the server's (``pg_dump``). PostgreSQL does
not overwrite what is deleted: erased voiceprints stay in its files, its write-ahead log and its
backups until those are reused or expire, so its disk belongs encrypted.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kiosk.storage.faults import translating
from kiosk.storage.units import unit_of_work

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from kiosk.core.ports import UnitOfWork

_PREPARE_TIMEOUT_S = 30.0
_HINT = "Give the kiosk a PostgreSQL database of its own."


class PostgresDatabase:
    """Implements :class:`kiosk.core.ports.Database` on a PostgreSQL server.

    Args:
        address: ``postgresql+psycopg://user@host/name``; passwords are better kept in the file
            that the environment variable ``PGPASSFILE`` names.
        timeout: seconds to wait for another process before the database counts as locked.
        prepare_timeout: the same, while another process prepares it.

    Raises:
        SettingsInvalid: it is no such address.
    """

    def __init__(
        self, address: str, *, timeout: float = 5.0, prepare_timeout: float = _PREPARE_TIMEOUT_S
    ) -> None:
        from kiosk.storage.postgresql_engine import url_of

        self._url = url_of(address)
        self._timeout = timeout
        self._prepare_timeout = prepare_timeout
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
        from alembic import command

        from kiosk.storage import schema
        from kiosk.storage.postgresql_engine import migration_engine

        with self._guard, translating():
            engine = migration_engine(self._url, self._prepare_timeout)
            with engine.begin() as connection:
                revision = schema.current(connection, foreign_hint=_HINT)
                if revision == schema.head():
                    schema.require_writable(connection)
                else:
                    command.upgrade(schema.config(connection), "head")

    @contextmanager
    def __call__(self) -> Iterator[UnitOfWork]:
        """Begin a unit of work; see :class:`kiosk.core.ports.UnitOfWorkFactory`.

        Raises:
            StorageError: see :mod:`kiosk.storage.faults`.
        """
        with unit_of_work(self._opened, _nothing) as unit:
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

    def close(self) -> None:
        """Release every connection; the next unit of work opens new ones."""
        with self._guard, translating():
            engine, self._engine = self._engine, None
            if engine is not None:
                engine.dispose()

    def _opened(self) -> Engine:
        from kiosk.storage.postgresql_engine import unit_engine

        with self._guard:
            if self._engine is None:
                self._engine = unit_engine(self._url, self._timeout)
            return self._engine


def _nothing() -> None:
    """What is done after an erasure: nothing that this side of the server could do."""
