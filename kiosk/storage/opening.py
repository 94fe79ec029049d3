"""Which database a place names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.storage.database import SqlDatabase

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk.core.ports import Database

_POSTGRESQL = ("postgresql://", "postgresql+psycopg://")


def database_at(place: Path | str) -> Database:
    """Return the database at a place; nothing is opened yet.

    Args:
        place: path of an SQLite file, a URL ``sqlite:///path`` of one, or a URL
            ``postgresql+psycopg://user@host/name`` of a database on a PostgreSQL server.

    Raises:
        SettingsInvalid: a URL of anything else, or the driver of that server is not installed.
    """
    if isinstance(place, str) and place.startswith(_POSTGRESQL):
        from kiosk.storage.postgresql import PostgresDatabase

        return PostgresDatabase(place)
    return SqlDatabase(place)
