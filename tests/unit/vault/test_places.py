"""Where keys are kept: private files, keyrings, systemd credentials."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import keyring
import keyring.backend
import keyring.errors
import pytest

from kiosk.core.errors import KeyUnavailable
from kiosk.core.vault_ports import KeysNeeded
from kiosk.vault.places import CREDENTIAL, Choice, FilePlace, KeyringPlace
from kiosk.vault.vault import Vault
from tests.fakes.clock import FixedClock
from tests.fakes.keys import KIOSK_ID

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class MemoryKeyring(keyring.backend.KeyringBackend):
    """A keyring of the real interface, gone with the test."""

    priority = 5.0

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.entries: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise keyring.errors.KeyringLocked("locked")
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.locked:
            raise keyring.errors.KeyringLocked("locked")
        self.entries[service, username] = password


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
