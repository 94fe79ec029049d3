"""Whose database this is, and which keys it cannot do without."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from kiosk.core.errors import StorageError
from kiosk.core.keys.bound_hashes import BOUND
from kiosk.core.keys.ports import KeysNeeded

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection, Sequence

    Query = Callable[[str], Sequence[tuple[Any, ...]]]

_SEALING = (
    "SELECT DISTINCT key_id FROM take WHERE key_id IS NOT NULL",
    "SELECT DISTINCT key_id FROM adapted_take",
    "SELECT DISTINCT key_id FROM recording",
)
_CHAINED = (
    "SELECT 1 FROM audit LIMIT 1",
    "SELECT 1 FROM second_factor LIMIT 1",
    # Not LIKE: a per cent sign is a placeholder to some drivers.
    f"SELECT 1 FROM operator WHERE substr(hash, 1, {len(BOUND)}) = '{BOUND}' LIMIT 1",  # noqa: S608
)


def ensure_identity(connection: sa.Connection) -> None:
    """Give a database the table of its identity, and a new random one, unless it has them.

    Not only a migration calls this: the copy that is made before the first migration is encrypted
    with keys that belong to an identity.
    """
    if not sa.inspect(connection).has_table("kiosk_identity"):
        kiosk_id = sa.String(32).with_variant(sa.String(32, collation="C"), "postgresql")
        table = sa.Table(
            "kiosk_identity",
            sa.MetaData(),
            sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
            sa.Column("kiosk_id", kiosk_id, nullable=False),
            sa.PrimaryKeyConstraint("id", name="pk_kiosk_identity"),
        )
        table.create(connection)
        connection.execute(sa.insert(table).values(id=1, kiosk_id=secrets.token_hex(16)))


def keys_needed(tables: set[str], columns: set[str], query: Query) -> KeysNeeded:
    """Return which keys a database cannot do without.

    Args:
        tables: the names of its tables.
        columns: the names of the columns of ``take``.
        query: runs a statement and returns its rows; within no transaction, for it is asked in
            the middle of one that holds the lock.

    Raises:
        StorageError: the database has no identity yet.
    """
    found = query("SELECT kiosk_id FROM kiosk_identity") if "kiosk_identity" in tables else []
    if not found:
        raise StorageError("The database is not prepared yet.", hint="Start the kiosk once.")
    kiosk_id = str(found[0][0])
    if "key_id" not in columns:
        return KeysNeeded(kiosk_id, earlier=True)
    key_ids = {str(row[0]) for statement in _SEALING for row in query(statement)}
    chained = any(query(statement) for statement in _CHAINED)
    return KeysNeeded(kiosk_id, frozenset(key_ids), chained=chained)


def erase_unreadable(connection: sqlite3.Connection, key_ids: Collection[str]) -> list[str]:
    """Erase voiceprints and recordings that none of these keys opens, in one transaction.

    Args:
        connection: in which transactions are begun explicitly.
        key_ids: template keys that are there.

    Returns:
        IDs of the people who have lost something.
    """
    present = ", ".join("?" for _ in key_ids)
    lost = f"key_id IS NOT NULL AND key_id NOT IN ({present})"
    voiceprints = (
        f"SELECT voiceprint_id FROM take WHERE {lost} "  # noqa: S608
        f"UNION SELECT voiceprint_id FROM adapted_take WHERE {lost}"
    )
    keys = list(key_ids)
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("BEGIN IMMEDIATE")
    people = connection.execute(
        "SELECT user_id FROM person WHERE id IN "  # noqa: S608
        f"(SELECT person_id FROM voiceprint WHERE id IN ({voiceprints}) "
        f"UNION SELECT person_id FROM recording WHERE {lost}) ORDER BY user_id",
        keys * 3,
    ).fetchall()
    connection.execute(f"DELETE FROM voiceprint WHERE id IN ({voiceprints})", keys * 2)  # noqa: S608
    connection.execute(f"DELETE FROM recording WHERE {lost}", keys)  # noqa: S608
    connection.execute("COMMIT")
    return [str(row[0]) for row in people]
