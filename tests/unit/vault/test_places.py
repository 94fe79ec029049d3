"""Where keys are kept: private files, keyrings, systemd credentials."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import keyring
import pytest

from kiosk.core.errors import DatabaseLocked, KeyUnavailable
from kiosk.core.keys.ports import KeysNeeded
from kiosk.vault import files
from kiosk.vault.memory import Memory
from kiosk.vault.places import CREDENTIAL, Choice, FilePlace, KeyringPlace
from kiosk.vault.ring import KeyRing
from kiosk.vault.vault import Vault
from tests.fakes.clock import FixedClock
from tests.fakes.keyring import MemoryKeyring
from tests.fakes.keys import KIOSK_ID

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


OTHER_ID = "f" * 32


@pytest.fixture
def backend() -> Iterator[MemoryKeyring]:
    before = keyring.get_keyring()
    made = MemoryKeyring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def vault(folder: Path, place: str = "auto", file: Path | None = None) -> Vault:
    return Vault(Choice(place, file, folder), lambda: KeysNeeded(KIOSK_ID), FixedClock())


# --- files -----------------------------------------------------------------------------------


def test_without_a_keyring_it_is_a_private_file(tmp_path: Path) -> None:
    made = vault(tmp_path / "config" / "keys")
    made.unlock()
    file = tmp_path / "config" / "keys" / f"{KIOSK_ID}.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    again = vault(tmp_path / "config" / "keys")
    assert again.secret.mac("test", b"x") == made.secret.mac("test", b"x")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "test.key"
    vault(tmp_path, file=file).unlock()
    file.chmod(mode)
    with pytest.raises(KeyUnavailable, match="read by others"):
        vault(tmp_path, file=file).unlock()


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b'{"format": "voice-kiosk keys"}'])
def test_a_damaged_file_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "test.key"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(KeyUnavailable):
        vault(tmp_path, file=file).unlock()
    assert file.read_bytes() == content


def test_what_a_file_held_before_is_overwritten(tmp_path: Path) -> None:
    place = FilePlace(tmp_path / "test.key")
    place.write("the former key")
    with place.file.open("rb") as former:
        place.write("the new key")
        assert former.read() == bytes(len("the former key"))
    assert place.read() == "the new key"
    assert [path.name for path in tmp_path.iterdir()] == ["test.key"]


def test_a_link_is_no_key_file(tmp_path: Path) -> None:
    file, link = tmp_path / "real.key", tmp_path / "test.key"
    vault(tmp_path, file=file).unlock()
    link.symlink_to(file)
    with pytest.raises(KeyUnavailable, match="is a link"):
        vault(tmp_path, file=link).unlock()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_the_file_of_another_user_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "test.key"
    vault(tmp_path, file=file).unlock()
    os.chown(file, 65534, -1)
    with pytest.raises(KeyUnavailable, match="another user"):
        vault(tmp_path, file=file).unlock()


def test_a_kill_amid_writing_leaves_no_key(tmp_path: Path) -> None:
    file = tmp_path / "test.key"
    script = """
import os, signal, sys
from pathlib import Path
from tests.fakes.keys import vault_at
made = vault_at(Path(sys.argv[1]))
made.unlock()
Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
made.add_key(made.created_at(made.box.key_id))
"""
    process = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert process.returncode == -signal.SIGKILL
    (part,) = tmp_path.glob(".test.key.*")
    kept, lost = KeyRing.from_text(file.read_text()), KeyRing.from_text(part.read_text())
    (unborn,) = {key.key_id for key in lost.keys} - {key.key_id for key in kept.keys}
    # As former versions named theirs; and what is named alike, but nobody's leftover.
    older, other = tmp_path / ".test.key.0123abcd", tmp_path / ".test.key.backup"
    for each in (older, other):
        each.write_text(part.read_text())
    os.link(part, tmp_path / "its bytes")
    vault(tmp_path, file=file).unlock()
    assert sorted(path.name for path in tmp_path.iterdir() if unborn in path.read_text()) == [
        ".test.key.backup"
    ]
    assert not part.exists()
    assert not older.exists()
    assert set((tmp_path / "its bytes").read_bytes()) == {0}
    assert KeyRing.from_text(file.read_text()) == kept


@pytest.mark.expects_log
def test_a_leftover_that_cannot_be_reached_does_not_stop_the_kiosk(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "test.key"
    vault(tmp_path, file=file).unlock()
    (tmp_path / ".test.key.part").mkdir()
    vault(tmp_path, file=file).unlock()
    assert "shred -u" in caplog.text


# --- whose database it is --------------------------------------------------------------------


@pytest.mark.parametrize("place", ["auto", "file", "credential", "keyring"])
def test_another_identity_at_a_known_place_is_refused(
    tmp_path: Path, backend: MemoryKeyring, credential: Path, place: str
) -> None:
    choice = Choice(place, None, tmp_path)

    def at(database: str, kiosk_id: str) -> Vault:
        memory = Memory(choice, database)
        return Vault(choice, lambda: KeysNeeded(kiosk_id), FixedClock(), memory=memory)

    at("/data/kiosk.db", KIOSK_ID).unlock()
    with pytest.raises(KeyUnavailable, match="is not the one that was there"):
        at("/data/kiosk.db", OTHER_ID).unlock()
    with pytest.raises(KeyUnavailable, match="exchanged"):
        at("/data/kiosk.db", OTHER_ID).renew()
    # A database that was moved, and one at another place.
    at("/moved/kiosk.db", KIOSK_ID).unlock()
    at("/other/kiosk.db", OTHER_ID).unlock()
    # A restore announces itself; both are known while it lasts, and what is there in the end.
    with pytest.raises(DatabaseLocked), at("/data/kiosk.db", KIOSK_ID).expecting(OTHER_ID):
        raise DatabaseLocked("it failed")
    with pytest.raises(KeyUnavailable):
        at("/data/kiosk.db", OTHER_ID).unlock()
    with at("/data/kiosk.db", KIOSK_ID).expecting(OTHER_ID):
        assert Memory(choice, "/data/kiosk.db").kiosks() == {KIOSK_ID, OTHER_ID}
    at("/data/kiosk.db", OTHER_ID).unlock()
    with pytest.raises(KeyUnavailable):
        at("/data/kiosk.db", KIOSK_ID).unlock()
    # Where nothing was there, a restore that fails leaves nothing.
    new = Memory(choice, "/new/kiosk.db")
    with pytest.raises(DatabaseLocked), new.expecting(OTHER_ID):
        raise DatabaseLocked("it failed")
    assert new.kiosks() == frozenset()
    accepting = at("/data/kiosk.db", KIOSK_ID)
    accepting.accept_database()
    accepting.unlock()
    at("/data/kiosk.db", KIOSK_ID).unlock()


def test_what_a_session_without_a_keyring_remembered_counts(
    tmp_path: Path, backend: MemoryKeyring
) -> None:
    choice = Choice("auto", None, tmp_path)
    backend.priority = 0
    Memory(choice, "/data/kiosk.db").settle(KIOSK_ID)
    backend.priority = 5
    with pytest.raises(KeyUnavailable):
        Memory(choice, "/data/kiosk.db").require(OTHER_ID)


def test_a_memory_beside_other_keys_does_not_outweigh_the_usual_one(tmp_path: Path) -> None:
    usual, brought = tmp_path / "keys", tmp_path / "data" / "logs" / "brought.key"
    Memory(Choice("file", None, usual), "/data/kiosk.db").settle(KIOSK_ID)
    elsewhere = Memory(Choice("file", brought, usual), "/data/kiosk.db")
    elsewhere.require(KIOSK_ID)  # keys may be moved
    with elsewhere.expecting(OTHER_ID):
        Memory(Choice("file", brought, tmp_path / "none"), "/data/kiosk.db").settle(OTHER_ID)
        elsewhere.require(OTHER_ID)  # of a backup that is being put there
    Memory(Choice("file", None, usual), "/data/kiosk.db").settle(KIOSK_ID)
    with pytest.raises(KeyUnavailable, match="exchanged"):
        elsewhere.require(OTHER_ID)
    elsewhere.accept()
    elsewhere.require(OTHER_ID)
    elsewhere.settle(OTHER_ID)  # and it is the usual one that remembers, too
    for memory in (elsewhere, Memory(Choice("file", None, usual), "/data/kiosk.db")):
        assert memory.kiosks() == {OTHER_ID}


def test_nothing_is_remembered_where_nothing_was_and_keys_lie_elsewhere(tmp_path: Path) -> None:
    usual = tmp_path / "keys"
    usual.mkdir()
    Memory(Choice("file", tmp_path / "a.key", usual), "/data/kiosk.db").settle(KIOSK_ID)
    assert not list(usual.iterdir())


def test_what_cannot_be_understood_is_no_permission(tmp_path: Path) -> None:
    memory = Memory(Choice("file", None, tmp_path), "/data/kiosk.db")
    memory.settle(KIOSK_ID)
    (file,) = tmp_path.glob("database-*[0-9a-f]")
    for text in ("", "[]", '{"kiosks": ["../x"]}', '{"kiosks": "0"}', "[" * 100_000):
        file.write_text(text)
        with pytest.raises(KeyUnavailable, match="does not tell"):
            memory.require(KIOSK_ID)


@pytest.mark.expects_log
def test_a_folder_that_may_only_be_read_keeps_the_kiosk_going(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refused(*_: object) -> None:
        raise KeyUnavailable("The key file cannot be written.")

    monkeypatch.setattr(files, "write_private", refused)
    Memory(Choice("file", None, tmp_path), "/data/kiosk.db").settle(KIOSK_ID)
    assert "could not be remembered" in caplog.text


# --- the keyring -----------------------------------------------------------------------------


def test_a_keyring_is_used_where_there_is_one(tmp_path: Path, backend: MemoryKeyring) -> None:
    made = vault(tmp_path)
    made.unlock()
    assert list(backend.entries) == [("voice-kiosk", KIOSK_ID)]
    assert not list(tmp_path.glob("*.key"))
    assert vault(tmp_path).secret.mac("test", b"x") == made.secret.mac("test", b"x")
    assert dict(made.facts())["place"] == "keyring"


def test_a_file_from_before_the_keyring_is_still_found(
    tmp_path: Path, backend: MemoryKeyring
) -> None:
    backend.priority = 0  # no keyring that protects
    made = vault(tmp_path)
    made.unlock()
    backend.priority = 5
    assert vault(tmp_path).secret.mac("test", b"x") == made.secret.mac("test", b"x")
    assert backend.entries == {}


def test_a_locked_keyring_never_means_a_new_key(tmp_path: Path, backend: MemoryKeyring) -> None:
    vault(tmp_path).unlock()
    backend.locked = True
    with pytest.raises(KeyUnavailable, match="KeyringLocked"):
        vault(tmp_path).unlock()
    assert not list(tmp_path.glob("*.key"))


def test_a_keyring_that_was_asked_for_must_be_there(tmp_path: Path) -> None:
    assert not KeyringPlace.usable()
    with pytest.raises(KeyUnavailable, match="no keyring"):
        vault(tmp_path, "keyring").unlock()


def test_a_plain_text_keyring_is_none(tmp_path: Path, backend: MemoryKeyring) -> None:
    backend.priority = 0.5  # as keyrings in a file without encryption have it
    vault(tmp_path).unlock()
    assert backend.entries == {}


# --- systemd ---------------------------------------------------------------------------------


@pytest.fixture
def credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "credentials"
    folder.mkdir()
    file = folder / CREDENTIAL
    file.write_bytes(b"c" * 32)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    return file


def test_a_credential_encrypts_the_keys(tmp_path: Path, credential: Path) -> None:
    made = vault(tmp_path, "credential")
    made.unlock()
    file = tmp_path / f"{KIOSK_ID}.sealed"
    assert b"voice-kiosk keys" not in file.read_bytes()
    assert vault(tmp_path, "credential").secret.mac("x", b"") == made.secret.mac("x", b"")
    credential.write_bytes(b"d" * 32)
    with pytest.raises(KeyUnavailable, match="do not open"):
        vault(tmp_path, "credential").unlock()


def test_a_short_or_missing_credential_is_refused(
    tmp_path: Path, credential: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    credential.write_bytes(b"short")
    with pytest.raises(KeyUnavailable, match="too short"):
        vault(tmp_path, "credential").unlock()
    credential.unlink()
    with pytest.raises(KeyUnavailable, match="cannot be read"):
        vault(tmp_path, "credential").unlock()
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    with pytest.raises(KeyUnavailable, match="no credentials"):
        vault(tmp_path, "credential").unlock()


# --- what is said of it ----------------------------------------------------------------------


@pytest.mark.expects_log
def test_a_key_beside_the_data_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    data = tmp_path / "data"
    made = Vault(
        Choice("file", data / "kiosk.key", tmp_path),
        lambda: KeysNeeded(KIOSK_ID),
        FixedClock(),
        data=(data,),
    )
    made.unlock()
    assert "lies in the data folder" in caplog.text
    (warning,) = made.warnings()
    assert "lies in the data folder" in warning
    assert vault(tmp_path / "elsewhere").warnings() == []
