"""The vault: made once, never anew, and the same for every process."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from kiosk.core.errors import InvalidInput, KeyUnavailable
from kiosk.core.keys.ports import Binding, KeysNeeded
from kiosk.vault.places import Choice
from kiosk.vault.ring import KeyRing
from tests.fakes.clock import START
from tests.fakes.keys import KIOSK_ID, vault_at
from tests.fakes.samples import MODEL, embedding

if TYPE_CHECKING:
    from pathlib import Path

TAKE = Binding("test1", MODEL, "take", 0)


@pytest.mark.parametrize(
    "needed",
    [KeysNeeded(KIOSK_ID, key_ids=frozenset({"k"})), KeysNeeded(KIOSK_ID, chained=True)],
    ids=["templates", "audit"],
)
def test_a_lost_key_is_never_replaced_silently(tmp_path: Path, needed: KeysNeeded) -> None:
    with pytest.raises(KeyUnavailable, match="missing") as caught:
        vault_at(tmp_path, lambda: needed).unlock()
    assert "kiosk keys import" in caught.value.hint
    assert not list(tmp_path.glob("*.key"))


def test_a_database_of_an_earlier_version_does_not_need_a_key_yet(tmp_path: Path) -> None:
    vault = vault_at(tmp_path, lambda: KeysNeeded(KIOSK_ID, earlier=True))
    vault.unlock()
    assert not vault.all_sealed
    vault.set_all_sealed()
    assert vault_at(tmp_path).all_sealed


def test_the_keys_of_another_kiosk_are_refused(tmp_path: Path) -> None:
    vault_at(tmp_path).unlock()
    with pytest.raises(KeyUnavailable, match="another kiosk"):
        vault_at(tmp_path, lambda: KeysNeeded("f" * 32)).unlock()


def test_a_key_that_another_process_made_is_found(tmp_path: Path) -> None:
    here, there = vault_at(tmp_path), vault_at(tmp_path)
    here.unlock()
    there.unlock()
    key_id = there.add_key(START + timedelta(days=1))
    sealed = there.box.seal(embedding(1), TAKE, key_id)
    assert here.box.open(sealed, TAKE).vector == pytest.approx(embedding(1).vector, abs=1e-6)
    assert here.box.key_id != key_id
    here.activate(key_id)
    assert here.box.key_id == key_id


def test_a_destroyed_key_is_gone_for_every_process(tmp_path: Path) -> None:
    here, there = vault_at(tmp_path), vault_at(tmp_path)
    old = here.box.key_id
    sealed = here.box.seal(embedding(1), TAKE)
    assert there.box.open(sealed, TAKE).dim == 192
    here.activate(here.add_key(START + timedelta(days=1)))
    secret = KeyRing.from_text((tmp_path / "test.key").read_text()).get(old)
    assert secret is not None
    here.destroy([old])
    with pytest.raises(KeyUnavailable, match=old):
        here.box.open(sealed, TAKE)
    assert old not in there.key_ids()
    with pytest.raises(KeyUnavailable, match=old):
        there.box.open(sealed, TAKE)
    assert old not in (tmp_path / "test.key").read_text()


def test_the_key_in_use_cannot_be_destroyed(tmp_path: Path) -> None:
    vault = vault_at(tmp_path)
    with pytest.raises(ValueError, match="in use"):
        vault.destroy([vault.box.key_id])


def test_purposes_have_keys_of_their_own(tmp_path: Path) -> None:
    secret = vault_at(tmp_path).secret
    macs = {secret.mac(purpose, b"data") for purpose in ("audit", "badge", "")}
    assert len(macs) == 3
    assert all(len(mac) == 32 for mac in macs)
    assert secret.mac("audit", b"data") in macs
    assert secret.mac("audit", b"other") not in macs


def test_the_secret_does_not_change_with_the_keys(tmp_path: Path) -> None:
    vault = vault_at(tmp_path)
    before = vault.secret.mac("audit", b"data")
    old = vault.box.key_id
    vault.activate(vault.add_key(START + timedelta(days=1)))
    vault.destroy([old])
    assert vault_at(tmp_path).secret.mac("audit", b"data") == before


def test_carried_keys_open_everything_elsewhere(tmp_path: Path) -> None:
    here, there = vault_at(tmp_path / "here"), vault_at(tmp_path / "there")
    sealed = here.box.seal(embedding(1), TAKE)
    there.adopt(here.carried())
    assert there.box.open(sealed, TAKE).vector == pytest.approx(embedding(1).vector, abs=1e-6)
    assert there.secret.mac("audit", b"") == here.secret.mac("audit", b"")


def test_keys_are_adopted_beside_those_that_are_there(tmp_path: Path) -> None:
    vault = vault_at(tmp_path)
    carried, old = vault.carried(), vault.box.key_id
    new = vault.add_key(START + timedelta(days=1))
    vault.activate(new)
    vault.destroy([old])
    vault.adopt(carried)
    assert vault.key_ids() == [old, new]
    assert vault.box.key_id == new


def test_foreign_keys_are_not_adopted(tmp_path: Path) -> None:
    here, there = vault_at(tmp_path / "here"), vault_at(tmp_path / "there")
    there.unlock()
    with pytest.raises(KeyUnavailable, match="another secret"):
        there.adopt(here.carried())
    with pytest.raises(KeyUnavailable, match="another kiosk"):
        vault_at(tmp_path / "third", lambda: KeysNeeded("f" * 32)).adopt(here.carried())
    for junk in (b"", b"{}", b"\xff"):
        with pytest.raises(InvalidInput):
            here.adopt(junk)


def test_nothing_secret_is_shown(tmp_path: Path) -> None:
    vault = vault_at(tmp_path)
    ring = KeyRing.from_text((tmp_path / "test.key").read_text() if vault.key_ids() else "")
    shown = repr((vault, vault.ring(), ring, vault.facts(), vault.warnings(), vault.secret))
    for secret in (ring.root, *(key.secret for key in ring.keys)):
        assert secret.hex() not in shown
        assert repr(secret)[2:-1] not in shown


@pytest.mark.parametrize("kiosk_id", ["../x", "/tmp/x", "", "0" * 31, "F" * 32])
def test_an_altered_identity_names_no_file(tmp_path: Path, kiosk_id: str) -> None:
    folder = tmp_path / "keys"
    choice = Choice("file", None, folder)
    with pytest.raises(KeyUnavailable, match="altered"):
        choice.candidates(kiosk_id)
    assert not folder.exists()


@pytest.mark.parametrize(
    "changed",
    [
        {"kiosk_id": "../x"},
        {"kiosk_id": 5},
        {"kiosk_id": "0" * 31},
        {"version": [1]},
        {"keys": [{"id": "k", "key": "AA==", "created_at": "2026-01-01"}]},
    ],
)
def test_a_ring_of_anything_is_refused_in_words(tmp_path: Path, changed: dict[str, Any]) -> None:
    vault = vault_at(tmp_path)
    sound = json.loads(vault.carried())
    with pytest.raises(ValueError, match="no keys of a voice kiosk"):
        KeyRing.from_text(json.dumps(sound | changed))
    with pytest.raises(InvalidInput):
        vault.adopt(b"[" * 100_000)
