"""SQLAlchemy engines on the SQLite file, with the pragmas that make it safe."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, event
from sqlalchemy.pool import NullPool, QueuePool

from kiosk.storage.database.files import open_existing

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection, Engine, Pool

_PRAGMAS = (
    "PRAGMA foreign_keys=ON",
    "PRAGMA synchronous=FULL",  # a decision is durable before it is shown
    "PRAGMA secure_delete=ON",  # erased voices are overwritten, not only unlinked
)


def unit_engine(file: Path, timeout: float) -> Engine:
    """Return an engine for units of work.

    Args:
        file: the database, which exists.
        timeout: seconds to wait for another process before the database counts as locked.
    """

    def connect() -> sqlite3.Connection:
        connection = open_existing(file, timeout)
        try:
            for pragma in _PRAGMAS:
                connection.execute(pragma)
        except BaseException:
            connection.close()
            raise
        return connection

    return _engine(connect, QueuePool)


def migration_engine(file: Path, timeout: float) -> Engine:
    """Return an engine for migrations.

    Foreign keys are not enforced: SQLite cannot alter most things in place, so Alembic copies a
    table and drops the old one, and that would cascade to every voiceprint.
    """

    def connect() -> sqlite3.Connection:
        connection = open_existing(file, timeout)
        connection.execute("PRAGMA foreign_keys=OFF")
        return connection

    return _engine(connect, NullPool)


def empty_wal(engine: Engine, patience_s: float = 0.0) -> bool:
    """Move the write-ahead log into the database and truncate it.

    Deleted rows live on in the log until then.

    Args:
        engine: of the database.
        patience_s: how long to wait for others who are reading or writing.

    Returns:
        Whether it is empty now; another connection that is reading prevents it.
    """
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        (waiting,) = cursor.execute("PRAGMA busy_timeout").fetchone()
        try:
            cursor.execute(f"PRAGMA busy_timeout={round(patience_s * 1000)}")
            (blocked, *_) = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            cursor.execute(f"PRAGMA busy_timeout={int(waiting)}")
    return not blocked


def _engine(connect: Callable[[], sqlite3.Connection], pool: type[Pool]) -> Engine:
    # Parameters are embeddings and names: no exception text may hold them.
    engine = create_engine("sqlite://", creator=connect, poolclass=pool, hide_parameters=True)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _begin_immediate(connection: Connection) -> None:
    """Take the write lock at once.

    A deferred transaction that has read and then writes fails with SQLITE_BUSY, without waiting,
    when another process has written in between. Units are short, so taking turns costs little.
    """
    connection.exec_driver_sql("BEGIN IMMEDIATE")
