"""Archives: who can open one, and that nothing in it can be altered, its header included."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

import pytest

from kiosk.core.errors import BackupUnusable, KeyUnavailable
from kiosk.vault.backup.archives import SealedArchives
from kiosk.vault.backup.elsewhere import in_memory, vault_of
from kiosk.vault.places import Choice
from kiosk.vault.ring import KeyRing
from kiosk.vault.vault import Vault
from tests.fakes.clock import START, FixedClock
from tests.fakes.keys import KIOSK_ID

if TYPE_CHECKING:
    from pathlib import Path

PASSPHRASE = "correct horse battery staple"
FACTS = {"kiosk_id": KIOSK_ID, "schema": "0003", "program": "1.0", "reason": "manual"}
PIECES = [b"list of contents", b"database"]
OTHER = "f" * 32


def archives(folder: Path, own: str = KIOSK_ID) -> SealedArchives:
    """Return the archives of a machine whose keys are in a folder."""
    clock, choice = FixedClock(), Choice("file", None, folder)
    return SealedArchives(
        vault_of(own, choice, clock),
        lambda kiosk_id: vault_of(kiosk_id, choice, clock),
        lambda carried: in_memory(carried, clock),
    )


def keys(folder: Path, kiosk_id: str = KIOSK_ID) -> KeyRing:
    """Make new keys of a kiosk in a folder."""
    ring = KeyRing.fresh(kiosk_id, START, all_sealed=True)
    folder.mkdir(exist_ok=True)
    file = folder / f"{kiosk_id}.key"
    file.touch(mode=0o600)
    file.write_text(ring.to_text(), encoding="utf-8")
    return ring


def sealed(by: SealedArchives, passphrase: str | None = None, **facts: str) -> bytes:
    target = io.BytesIO()
    by.seal(target, FACTS | facts, PIECES, passphrase)
    return target.getvalue()


def opened(by: SealedArchives, archive: bytes, passphrase: str | None = None) -> list[bytes]:
    return list(by.open(io.BytesIO(archive), passphrase).pieces())


@pytest.fixture
def here(tmp_path: Path) -> SealedArchives:
    """Return the archives of a machine that has the keys of a kiosk."""
    keys(tmp_path / "keys")
    return archives(tmp_path / "keys")


@pytest.mark.parametrize("passphrase", [None, PASSPHRASE])
def test_an_archive_opens_where_its_keys_are(here: SealedArchives, passphrase: str | None) -> None:
    archive = sealed(here, PASSPHRASE)
    assert opened(here, archive, passphrase) == PIECES


@pytest.mark.parametrize(
    ("before", "after"), [(b'"0003"', b'"0002"'), (b'"1.0"', b'"9.0"'), (b"manual", b"restor")]
)
def test_no_fact_in_the_header_can_be_altered(
    here: SealedArchives, before: bytes, after: bytes
) -> None:
    archive = sealed(here, PASSPHRASE)
    assert archive.count(before) == 1
    for passphrase in (None, PASSPHRASE):
        with pytest.raises(BackupUnusable, match="altered"):
            opened(here, archive.replace(before, after), passphrase)


def test_an_end_cannot_be_cut_off_and_declared_one(here: SealedArchives) -> None:
    archive = sealed(here)
    # Behind the list of contents: a length of four bytes, and a tag of sixteen behind each piece.
    last = len(archive) - (4 + len(PIECES[1]) + 16)
    first = last - (4 + len(PIECES[0]) + 16)
    length = struct.pack(">I", (len(PIECES[0]) + 16) | 1 << 31)
    with pytest.raises(BackupUnusable, match="altered"):
        opened(here, archive[:first] + length + archive[first + 4 : last])


def test_who_knows_the_identity_of_a_kiosk_cannot_make_its_archives(
    here: SealedArchives, tmp_path: Path
) -> None:
    keys(tmp_path / "forger")
    forged = sealed(archives(tmp_path / "forger"), PASSPHRASE)
    for passphrase in (None, PASSPHRASE):
        with pytest.raises(BackupUnusable) as told:
            opened(here, forged, passphrase)
    assert "forged" in told.value.message
    # Where that kiosk has no keys, nobody can tell.
    assert opened(archives(tmp_path / "new"), forged, PASSPHRASE) == PIECES


def test_the_slot_of_the_kiosk_must_hold_the_same_key_as_that_of_the_passphrase(
    here: SealedArchives, tmp_path: Path
) -> None:
    from kiosk.vault.backup.header import KIOSK, Header

    # Somebody who was given a passphrase, and so the keys, makes the other slot of an old archive.
    one, other = sealed(here, PASSPHRASE), sealed(here, PASSPHRASE)
    header = Header.read(io.BytesIO(one))
    mixed = Header.of(
        header.facts, header.slots | {KIOSK: Header.read(io.BytesIO(other)).slots[KIOSK]}
    )
    with pytest.raises(BackupUnusable, match="damaged"):
        opened(here, mixed.raw + one[len(header.raw) :], PASSPHRASE)


def test_the_keys_that_an_archive_carries_must_be_those_of_its_kiosk(
    here: SealedArchives, tmp_path: Path
) -> None:
    keys(tmp_path / "forger", OTHER)
    forged = sealed(archives(tmp_path / "forger", OTHER), PASSPHRASE)
    with pytest.raises(BackupUnusable, match="another kiosk"):
        opened(here, forged, PASSPHRASE)


@pytest.mark.parametrize("kiosk_id", ["", "../" + "0" * 29, "0" * 31, "0" * 33, "G" * 32])
def test_an_identity_is_never_a_path(here: SealedArchives, kiosk_id: str) -> None:
    archive = sealed(here, PASSPHRASE, kiosk_id=kiosk_id)
    for passphrase in (None, PASSPHRASE):
        with pytest.raises(BackupUnusable):
            opened(here, archive, passphrase)


def test_keys_that_cannot_be_read_are_not_taken_for_missing_ones(
    here: SealedArchives, tmp_path: Path
) -> None:
    archive = sealed(here, PASSPHRASE)
    (tmp_path / "keys" / f"{KIOSK_ID}.key").chmod(0o644)
    fresh = archives(tmp_path / "keys")
    for passphrase in (None, PASSPHRASE):
        with pytest.raises(KeyUnavailable, match="others"):
            opened(fresh, archive, passphrase)


def test_asking_whether_there_are_keys_makes_none(tmp_path: Path) -> None:
    vault = vault_of(KIOSK_ID, Choice("file", None, tmp_path), FixedClock())
    assert isinstance(vault, Vault)
    assert not vault.exists()
    assert list(tmp_path.iterdir()) == []
    keys(tmp_path)
    assert vault.exists()
