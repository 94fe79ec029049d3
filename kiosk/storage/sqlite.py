"""The SQLite database as a whole.

SQLAlchemy and Alembic are imported when they are first needed, so that importing this is cheap.
"""

from __future__ import annotations

import threading
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk.core.errors import DatabaseLocked, SettingsInvalid, StorageError
from kiosk.storage.backup import leftovers
from kiosk.storage.database import files, room
from kiosk.storage.database.faults import translating
from kiosk.storage.units import unit_of_work

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from kiosk.core.backup.backups import Archiver
    from kiosk.core.keys.ports import KeysNeeded, TemplateBox
    from kiosk.core.ports import UnitOfWork
    from kiosk.core.records.chain import Chain

_URL_PREFIX = "sqlite:///"
_PREPARE_TIMEOUT_S = 30.0


class SqlDatabase:
    """Implements :class:`kiosk.core.ports.Database` on one SQLite file.

    Beside the file lie ``<file>.lock``, held while it is prepared, and ``backups/``.

    Args:
        place: path of the file, or an SQLAlchemy URL ``sqlite:///path`` of it.
        timeout: seconds to wait for another process before the database counts as locked.
        prepare_timeout: the same, while another process prepares it.
        box: seals and opens templates; without it none can be stored or read.
        chain: chains audit records; without it nothing can be recorded.
        archiver: seals the copies that are made before migrations; without it they are in the
            clear.

    Raises:
        SettingsInvalid: a URL of anything but an SQLite file.
    """

    def __init__(
        self,
        place: Path | str,
        *,
        timeout: float = 5.0,
        prepare_timeout: float = _PREPARE_TIMEOUT_S,
        box: TemplateBox | None = None,
        chain: Chain | None = None,
        archiver: Archiver | None = None,
    ) -> None:
        self._file = path_of(place)
        self._timeout = timeout
        self._prepare_timeout = prepare_timeout
        self._box = box
        self._chain = chain
        self._archiver = archiver
        self._engine: Engine | None = None
        self._guard = threading.Lock()

    @property
    def file(self) -> Path:
        """Return the database file."""
        return self._file

    @property
    def backups_folder(self) -> Path:
        """Return the folder of the copies that are made before every migration."""
        return self._file.parent / "backups"

    def prepare(self) -> None:
        """Create the database, or bring it up to the present schema after a backup.

        Safe to call at every start, by several processes at once. A file that is damaged, that a
        newer program wrote or that is not of this program is left as it is.

        Raises:
            DatabaseNewer: a newer program has written it.
            DatabaseCorrupt: it is damaged; restore a backup.
            DatabaseLocked: another process holds it.
            DiskFull: no space is left; an existing database was not changed.
            StorageReadOnly: it cannot be written.
            KeyUnavailable: an earlier version has stored voiceprints in the clear, and there is no
                key to seal them with; it was not changed.
        """
        with self._guard, translating():
            # A connection that was opened while the file could not be written stays that way.
            self._release()
            files.make_private_folder(self._file.parent)
            room.make_room(self._file, room.READING)
            lock = files.companion(self._file, ".lock")
            with files.exclusive(lock, self._prepare_timeout):
                files.make_private_file(self._file)
                leftovers.tidy(self._file, self.backups_folder)
                self._migrate()
                room.keep_reserve(self._file)

    @contextmanager
    def __call__(self) -> Iterator[UnitOfWork]:
        """Begin a unit of work; it is rolled back on leaving unless it was committed.

        The transaction begins with the first statement, and holds the write lock from then on:
        keep units short.

        Raises:
            StorageError: see :mod:`kiosk.storage.database.faults`.
        """
        with unit_of_work(self._opened, self._scrub, self._box, self._chain) as unit:
            yield unit

    def check(self) -> dict[str, str]:
        """Return facts for the health report: path, schema, integrity, size, backups.

        Raises:
            DatabaseCorrupt: it is damaged.
            StorageError: it cannot be read.
        """
        from kiosk.storage import schema

        with translating(), self._opened().connect() as connection:
            schema.require_sound(connection)
            return {
                "path": str(self._file),
                "schema": schema.current(connection) or "none",
                "integrity": "ok",
                "size": f"{self._file.stat().st_size} bytes",
                "backups": str(len(files.all_backups(self._file, self.backups_folder))),
            }

    def keys_needed(self) -> KeysNeeded:
        """Return which keys the database cannot do without; see the port.

        Raises:
            StorageError: it is not prepared, or cannot be read.
        """
        from kiosk.storage.database.identity import keys_needed

        # By a connection of its own that takes no lock: this is asked while a unit of work, or
        # prepare(), holds the locks of this object and of the file.
        with translating(), closing(files.open_existing(self._file, self._timeout)) as connection:
            connection.execute("PRAGMA query_only=ON")

            def query(statement: str) -> list[tuple[Any, ...]]:
                return connection.execute(statement).fetchall()

            tables = {row[0] for row in query("SELECT name FROM sqlite_master")}
            columns = {row[1] for row in query("PRAGMA table_info(take)")}
            return keys_needed(tables, columns, query)

    def rewrite(self) -> None:
        """Write the whole database anew; see the port.

        Raises:
            DatabaseLocked: somebody used it all the time.
        """
        from kiosk.storage.database.engine import empty_wal

        with translating():
            with closing(files.open_existing(self._file, self._prepare_timeout)) as connection:
                connection.execute("PRAGMA secure_delete=ON")
                connection.execute("VACUUM")
            if not empty_wal(self._opened()):
                raise DatabaseLocked(
                    "Another program reads the database, so that nothing could be overwritten.",
                    hint="Close it, then start the kiosk again.",
                )

    def replace_by(self, copy: Path) -> None:
        """Replace everything in the database by what is in a copy of the present schema.

        Other processes may have the database open; see :mod:`kiosk.storage.backup.restoring`.

        Args:
            copy: one file without a log.

        Raises:
            DatabaseLocked: somebody wrote into the database all the time.
            StorageError: nothing was changed.
        """
        from kiosk.storage.backup.restoring import put_in_place

        with self._guard, translating():
            self._release()
            files.make_private_folder(self._file.parent)
            lock = files.companion(self._file, ".lock")
            with files.exclusive(lock, self._prepare_timeout):
                put_in_place(copy, self._file, self._prepare_timeout)

    def require_room(self) -> None:
        """Try whether what a verification stores would find room; see the port.

        Raises:
            DiskFull: it would not.
            StorageReadOnly: the data folder cannot be written.
        """
        with translating():
            room.require_room(self._file.parent)

    def make_room(self) -> None:
        """Give up a piece of the reserve when the disk is full; see the port."""
        room.make_room(self._file)

    def scrub(self, patience_s: float = 0.0) -> bool:
        """Move the write-ahead log into the database, where erased rows are overwritten already.

        Args:
            patience_s: how long to wait for programs that are reading.

        Returns:
            Whether the log is empty now, so that nothing of what was erased is left in the files.
        """
        from kiosk.storage.database.engine import empty_wal

        with translating():
            return empty_wal(self._opened(), patience_s)

    def close(self) -> None:
        """Release every connection; the next unit of work opens new ones."""
        with self._guard, translating():
            self._release()

    def _release(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.dispose()

    def _opened(self) -> Engine:
        from kiosk.storage.database.engine import unit_engine

        with self._guard:
            if self._engine is None:
                self._engine = unit_engine(self._file, self._timeout)
            return self._engine

    def _migrate(self) -> None:
        from kiosk.storage import schema
        from kiosk.storage.database.engine import migration_engine
        from kiosk.storage.database.identity import ensure_identity

        engine = migration_engine(self._file, self._timeout)
        with engine.connect() as connection:
            schema.require_sound(connection)
            revision = schema.current(connection)
            if revision is not None:
                schema.require_writable(connection)
                ensure_identity(connection)
                connection.commit()
        files.use_wal(self._file, self._timeout)
        if revision == schema.head():
            return
        schema.open_keys(revision, self._box)
        # Without a schema it has no tables, whatever its size: a first start may have been killed.
        if revision is not None:
            self._back_up(revision)
        schema.upgrade(engine, self._box)

    def _back_up(self, revision: str) -> None:
        from kiosk.storage.backup.packing import back_up_before_migration

        if self._archiver is None:
            files.back_up(self._file, self.backups_folder, revision, self._timeout)
        else:
            back_up_before_migration(self._file, self.backups_folder, self._archiver, self._timeout)

    def _scrub(self) -> None:
        # What was committed is durable already, and the next checkpoint does the same.
        with suppress(StorageError):
            self.scrub()


def path_of(place: Path | str) -> Path:
    """Return the absolute path of an SQLite file.

    Args:
        place: the path, or an SQLAlchemy URL ``sqlite:///path`` of it.

    Raises:
        SettingsInvalid: a URL of anything else.
    """
    if isinstance(place, Path) or "://" not in place:
        return Path(place).absolute()
    path = place.removeprefix(_URL_PREFIX)
    if path == place or not path or path.startswith(":memory:") or "?" in path:
        raise SettingsInvalid(
            "The database URL is not one of an SQLite file.",
            hint=f"Set database_url to {_URL_PREFIX}path-of-the-file, or leave it out.",
        )
    return Path(path).absolute()
