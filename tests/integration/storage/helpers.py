"""What the storage tests share."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tests.fakes.clock import START
from tests.fakes.samples import person, quality, voiceprint
from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk.core.ports import Database


def enroll(database: Database, user_id: str, seed: int = 1) -> None:
    with database() as unit:
        unit.people.add(person(user_id))
        unit.people.save_voiceprint(user_id, voiceprint(seed), quality(), START)
        unit.commit()


def sql(file: Path, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
    """Run one statement on the file behind the program's back."""
    with closing(sqlite3.connect(file)) as connection, connection:
        return connection.execute(statement, parameters).fetchall()


def unguard(folder: Path) -> None:
    """Drop every trigger, as whoever owns the database can."""
    with closing(sqlite3.connect(folder / "kiosk.db")) as connection, connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in names.fetchall():
            connection.execute(f"DROP TRIGGER {name}")


def child(script: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a Python process; the script finds its arguments in ``sys.argv[1:]``."""
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def at_once(children: list[subprocess.Popen[str]]) -> None:
    """Let children that say ``ready`` go on together, and wait until all have ended well."""
    for each in children:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in children:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    for each in children:
        _, errors = each.communicate(timeout=PATIENCE_S)
        assert (each.returncode, errors) == (0, "")
