"""Some rounds of what ``python -m tests.soak.kill_nine --each 1000`` does for hours."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.soak.kill_nine import __main__ as soak
from tests.soak.kill_nine import account as accounts
from tests.soak.kill_nine import progress_file
from tests.soak.kill_nine.account import Account
from tests.soak.kill_nine.forked import Step
from tests.soak.kill_nine.looks import seen
from tests.soak.kill_nine.people import ENROLL, ERASE, Ledger
from tests.soak.kill_nine.world import World, enroll

if TYPE_CHECKING:
    from tests.soak.kill_nine.account import Progress
    from tests.soak.kill_nine.looks import Look

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked")
def test_nothing_is_lost_or_half_written_by_kill_nine() -> None:
    # In a process of its own: it forks, which must not be done where threads run.
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak.kill_nine", "--each", "3", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    told = {account["title"]: account for account in json.loads(done.stdout)}
    assert {title: account["faults"] for title, account in told.items()} == {
        "enrollments": [],
        "erasures": [],
        "changes of the key": [],
        "migrations": [],
        "backups": [],
        "restores": [],
        "restore drills": [],
        "power cuts": [],
    }
    assert done.returncode == 0, done.stderr
    # Enrollments and erasures happen in the same children.
    killed = {title for title, account in told.items() if account["kills"]}
    assert {"backups", "restores", "power cuts", "changes of the key"} <= killed


def test_a_soak_that_was_stopped_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The work is made up here; that it is done in parts, and noted after each, is not."""
    state, stop_at = tmp_path / "soak" / "state.json", 2
    seen: list[int] = []

    def work(world: World, seed: int, one: Account, other: Account, _: Progress) -> None:
        assert not world.root.exists()
        if len(seen) == stop_at:
            raise KeyboardInterrupt
        seen.append(seed)
        one.fault(accounts.LOST, f"by {seed}")
        for account in (one, other):
            account.done += 60
            account.interrupted += 50

    monkeypatch.setitem(soak._SOAKS, "people", (("enrollments", "erasures"), work))
    wanted = ["--each", "450", "--only", "people", "--seed", "3", "--state", str(state)]
    assert soak.main(wanted) == 130
    assert "goes on from here" in capsys.readouterr().err
    stop_at = 99
    assert soak.main([*wanted, "--json"]) == 1  # the faults of before are not forgotten
    told = json.loads(capsys.readouterr().out)
    assert [(each["done"], each["interrupted"]) for each in told] == [(300, 250), (300, 250)]
    assert len(told[0]["faults"]) == 5
    assert seen == sorted(set(seen))
    assert len(seen) == 5
    # All of it is done: nothing is done again, unless another program is there now.
    assert soak.main(wanted) == 1
    assert len(seen) == 5
    assert "550 done" in capsys.readouterr().err
    monkeypatch.setattr(progress_file, "fingerprint", lambda: "another program")
    soak.main(wanted)
    assert len(seen) == 10


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Return a kiosk in which p1 and p2 were enrolled, and p3 was erased."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))  # put back afterwards
    made = World(tmp_path)
    with made.opened() as kiosk:
        for version in (1, 2, 3):
            enroll(kiosk, f"p{version}", version)
        kiosk.people.remove("p3")
    return made


def judged(world: World) -> tuple[Look, set[str]]:
    """Look at the kiosk as after a kill; return that, and which kinds of fault were found."""
    ledger, account = Ledger(), Account("test", 1)
    for kind, who, version in (
        (ENROLL, "p1", 1),
        (ENROLL, "p2", 2),
        (ENROLL, "p3", 3),
        (ERASE, "p3", 4),
    ):
        ledger.apply(Step(kind, who, version, done=True))
    with world.opened(before="audit") as kiosk:  # which altered records keep from starting
        found = seen(kiosk, world)
    ledger.compare(account, found)
    kinds = {kind for kind, _ in [*found.faults, *account.faults]}
    return found, kinds | ({accounts.HALF} if found.broken else set())


def test_a_whole_kiosk_is_found_whole(world: World) -> None:
    found, kinds = judged(world)
    assert kinds == set()
    assert found.versions == {"p1": 1, "p2": 2}
    assert found.keys == 1


@pytest.mark.expects_log  # the triggers are dropped
@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("DELETE FROM person WHERE user_id = 'p2'", accounts.LOST),
        ("UPDATE person SET name = 'version 7' WHERE user_id = 'p2'", accounts.HALF),
        ("DELETE FROM take WHERE id = 1", accounts.HALF),
        ("DELETE FROM voiceprint WHERE id = 1", accounts.HALF),
        ("DELETE FROM consent_receipt", accounts.HALF),
        ("UPDATE take SET embedding = (SELECT embedding FROM take WHERE id = 2)", accounts.HALF),
        (
            "INSERT INTO voiceprint (id, person_id, model_id, created_at) "
            "VALUES (99, 99, 'm', '2026-01-01')",
            accounts.HALF,
        ),
        ("DELETE FROM audit WHERE seq = 3", accounts.CHAIN),
        ("DELETE FROM audit WHERE action = 'person.erased'", accounts.LOST),
        ("UPDATE audit SET record = replace(record, 'p1', 'p9')", accounts.CHAIN),
        ("UPDATE audit_head SET seq = seq - 1", accounts.CHAIN),
    ],
)
def test_the_soak_would_see_it(world: World, statement: str, kind: str) -> None:
    with closing(sqlite3.connect(world.database)) as connection, connection:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)
    assert kind in judged(world)[1]
