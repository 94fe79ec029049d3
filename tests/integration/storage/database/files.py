"""What tests do with the file of a database."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from alembic import command

from kiosk.storage import schema
from kiosk.storage.database.engine import migration_engine

if TYPE_CHECKING:
    from pathlib import Path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def downgrade(file: Path, revision: str = "0001") -> None:
    with migration_engine(file, 1.0).begin() as connection:
        command.downgrade(schema.config(connection), revision)
