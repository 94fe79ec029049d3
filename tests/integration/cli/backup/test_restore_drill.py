"""The restore drill: every kind of backup comes back on every machine, with nothing set."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import keyring
import pytest

from kiosk.cli import run
from tests.fakes.keyring import MemoryKeyring
from tests.support.homes import living_in, move_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.cli.support import Cli, Sounds

BACKUPS = ("plain", "passphrase")
MACHINES = ("same", "deleted", "damaged", "new", "started once")


@dataclass(frozen=True)
class Kept:
    """What somebody has put away from a kiosk in which anna and rob are enrolled."""

    home: Path
    data: Path

    @property
    def passphrase(self) -> Path:
        return self.home / "passphrase"

    @property
    def keys(self) -> Path:
        return self.home / "exported"

    def backup(self, kind: str) -> Path:
        return self.home / f"{kind}.kbk"

    def options(self, named: list[str]) -> list[str | Path]:
        """Return options as they are typed; the passphrase comes from a file."""
        typed: list[str | Path] = []
        if "--keys" in named:
            typed += ["--keys", self.keys]
        if {"--keys", "--passphrase"} & set(named):
            typed += ["--passphrase-file", self.passphrase]
        return typed + [each for each in named if each == "--other-kiosk"]


@pytest.fixture(scope="module")
def kept(two_people: Path, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """Return what was put away; not to be changed."""
    home = tmp_path_factory.mktemp("kept")
    with living_in(home / "first") as data:
        move_in(two_people, data)
        made = Kept(home, data)
        made.passphrase.write_text("correct horse battery staple\n", encoding="utf-8")
        phrase = ("--passphrase-file", str(made.passphrase))
        assert run(["backup", "create", str(made.backup("plain"))]) == 0
        assert run(["backup", "create", str(made.backup("passphrase")), *phrase]) == 0
        assert run(["keys", "export", str(made.keys), *phrase]) == 0
    return made


@pytest.fixture
def ring() -> Iterator[MemoryKeyring]:
    """Return the keyring of a machine that has one."""
    before, made = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def become(
    machine: str, cli: Cli, kept: Kept, data: Path, ring: MemoryKeyring | None = None
) -> None:
    """Make this home that machine."""
    if machine == "started once":
        assert users(cli) == []
    if machine in ("new", "started once"):
        return
    move_in(kept.data, data)
    if ring is not None:
        (file,) = (data.parents[1] / "config" / "voice-kiosk" / "keys").glob("*.key")
        ring.set_password("voice-kiosk", file.stem, file.read_text(encoding="utf-8"))
        file.unlink()
    assert cli("users", "list").code == 0  # where it is now, it is known
    if machine == "same":
        assert cli("users", "remove", "anna", "--yes").code == 0
        return
    for file in data.glob("kiosk.db*"):
        file.unlink()
    if machine == "damaged":
        (data / "kiosk.db").write_bytes(bytes(8192))


def users(cli: Cli) -> list[str]:
    listed = cli("users", "list", "--json")
    assert listed.code == 0, listed.err
    return [each["user"] for each in listed.json["users"]]


def snapshot(data: Path) -> dict[str, str]:
    """Return everything that is kept in this home, but for locks and what the log says."""
    return {
        str(file): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(data.parents[1].rglob("*"))
        if file.is_file() and not file.name.endswith((".lock", ".log", "-shm", "-wal"))
    }


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("backup", BACKUPS)
def test_a_backup_comes_back_on_every_machine_as_verify_says(
    backup: str, machine: str, cli: Cli, kept: Kept, data_dir: Path, sounds: Sounds
) -> None:
    file = kept.backup(backup)
    with living_in(kept.home / "first"):
        serves = cli("backup", "verify", file, "--json").json["serves"]
    assert tuple(serves) == MACHINES
    options = serves[machine]
    become(machine, cli, kept, data_dir)
    if options:
        # With less than that it does not come back, and nothing is changed.
        before = snapshot(data_dir)
        assert cli("backup", "restore", file, "--yes", *kept.options(options[:-1])).code == 2
        assert snapshot(data_dir) == before
    done = cli("backup", "restore", file, "--yes", "--json", *kept.options(options))
    assert done.code == 0, done.err
    assert done.json["contents"]["unreadable"] == []
    assert users(cli) == ["anna", "rob"]
    assert cli("audit", "verify").code == 0
    if machine == "new":  # and the voice is known again
        assert cli("verify", "--user", "anna", sounds("slt", 3)).code == 0


@pytest.mark.parametrize("machine", ["new", "started once"])
def test_so_it_does_where_a_keyring_keeps_the_keys(
    machine: str, cli: Cli, kept: Kept, data_dir: Path, ring: MemoryKeyring
) -> None:
    become(machine, cli, kept, data_dir, ring)
    options = kept.options(["--passphrase", "--other-kiosk"])
    file = kept.backup("passphrase")
    assert cli("backup", "restore", file, "--yes", *options).code == 0
    assert users(cli) == ["anna", "rob"]


@pytest.mark.parametrize("machine", ["new", "deleted"])
@pytest.mark.parametrize("place", ["key file", "keyring"])
def test_a_restore_that_fails_at_its_end_leaves_nothing(
    place: str,
    machine: str,
    cli: Cli,
    kept: Kept,
    data_dir: Path,
    request: pytest.FixtureRequest,
) -> None:
    ring = request.getfixturevalue("ring") if place == "keyring" else None
    become(machine, cli, kept, data_dir, ring)
    (data_dir / "kiosk.db").mkdir(parents=True)  # no database can be put there
    entries = {} if ring is None else dict(ring.entries)
    before = snapshot(data_dir)
    file, options = kept.backup("passphrase"), kept.options(["--passphrase"])
    assert cli("backup", "restore", file, "--yes", *options).code == 2
    assert snapshot(data_dir) == before
    assert ring is None or ring.entries == entries
    (data_dir / "kiosk.db").rmdir()
    if machine == "new":
        assert users(cli) == []  # it is as new as before
    else:
        assert cli("backup", "restore", file, "--yes").code == 0
        assert users(cli) == ["anna", "rob"]
