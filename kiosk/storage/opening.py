"""Which database a place names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.storage.sqlite import SqlDatabase, path_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kiosk.core.backup.backups import Archiver
    from kiosk.core.backup.ports import BackupStore
    from kiosk.core.keys.ports import KeyVault, KioskSecret, TemplateBox
    from kiosk.core.ports import Database
    from kiosk.core.records.chain import Chain

_POSTGRESQL = ("postgresql://", "postgresql+psycopg://")


def database_at(
    place: Path | str,
    box: TemplateBox | None = None,
    chain: Chain | None = None,
    archiver: Archiver | None = None,
) -> Database:
    """Return the database at a place; nothing is opened yet.

    Args:
        place: path of an SQLite file, a URL ``sqlite:///path`` of one, or a URL
            ``postgresql+psycopg://user@host/name`` of a database on a PostgreSQL server.
        box: seals and opens templates; without it none can be stored or read.
        chain: chains audit records; without it nothing can be recorded.
        archiver: seals the copies that are made of a file before migrations.

    Raises:
        SettingsInvalid: a URL of anything else, or the driver of that server is not installed.
    """
    if isinstance(place, str) and place.startswith(_POSTGRESQL):
        from kiosk.storage.postgresql import PostgresDatabase

        return PostgresDatabase(place, box=box, chain=chain)
    return SqlDatabase(place, box=box, chain=chain, archiver=archiver)


def name_of(place: Path | str) -> str:
    """Return the one name of a database, however its place is written.

    Args:
        place: see :func:`database_at`.

    Returns:
        The absolute path of a file in the folder as it is really called, or the URL of a server's
        database without the password and whatever else does not tell which one it is.

    Raises:
        SettingsInvalid: see :func:`database_at`.
    """
    if isinstance(place, str) and place.startswith(_POSTGRESQL):
        from kiosk.storage.database.postgresql_engine import url_of

        url = url_of(place).set(username=None, password=None)
        host = {"host": url.query["host"]} if "host" in url.query else {}
        return url.set(query=host).render_as_string(hide_password=True)
    file = path_of(place)
    # The file itself may be a link of whoever can write in its folder.
    return str(file.parent.resolve() / file.name)


def backups_of(
    database: Database,
    archiver: Archiver,
    chain_of: Callable[[KioskSecret], Chain],
) -> BackupStore | None:
    """Return what makes and reads backups of a database; None for one on a server.

    Args:
        database: as :func:`database_at` returned it.
        archiver: seals and opens backups.
        chain_of: makes the audit chain of a kiosk from its secret.
    """
    if not isinstance(database, SqlDatabase):
        return None
    from kiosk.storage.backup.backups import SqliteBackups

    def unpacked_at(file: Path, keys: KeyVault) -> SqlDatabase:
        return SqlDatabase(file, box=keys.box, chain=chain_of(keys.secret))

    return SqliteBackups(database, archiver, unpacked_at)
