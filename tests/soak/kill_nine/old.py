"""A database as the version before wrote it: revision 0002, voiceprints in the clear."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
from alembic import command

from kiosk.storage import schema
from kiosk.storage.database import files
from kiosk.storage.database.engine import migration_engine
from tests.soak.kill_nine.world import TAKES, embedding, name_of

if TYPE_CHECKING:
    from pathlib import Path

_AT = "2026-01-02 03:04:05.000000"


def write(database: Path, people: dict[str, int], model_id: str, dim: int) -> list[bytes]:
    """Write the database; return every embedding in it as the bytes that were stored."""
    files.make_private_folder(database.parent)
    files.make_private_file(database)
    with migration_engine(database, 5.0).begin() as migrating:
        command.upgrade(schema.config(migrating), "0002")
    files.use_wal(database, 5.0)
    stored = []
    with closing(sqlite3.connect(database)) as connection, connection:
        for number, (user_id, version) in enumerate(people.items(), 1):
            connection.execute(
                "INSERT INTO person VALUES (?, ?, ?, 1, ?, '1', ?)",
                (number, user_id, name_of(version), _AT, _AT),
            )
            connection.execute(
                "INSERT INTO voiceprint VALUES (?, ?, ?, ?)", (number, number, model_id, _AT)
            )
            for position in range(TAKES):
                take = embedding(user_id, version, position, model_id, dim)
                stored.append(take.vector.astype(np.dtype("<f4")).tobytes())
                connection.execute(
                    "INSERT INTO take (voiceprint_id, position, embedding, dim, quality, "
                    "created_at) VALUES (?, ?, ?, ?, ?, ?)",
                    (number, position, stored[-1], dim, json.dumps({"snr_db": 20.0}), _AT),
                )
    return stored
