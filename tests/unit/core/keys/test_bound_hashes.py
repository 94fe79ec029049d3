"""Hashes that say nothing without the secret of the kiosk, nor of anybody else."""

from __future__ import annotations

import pytest

from kiosk.core.keys.bound_hashes import BoundHasher, adopted_hash, mac_text
from kiosk.core.records.canonical import fingerprint
from tests.fakes.pins import FastPinHasher
from tests.fakes.records.audit import PlainSecret


def hasher(key: bytes = b"one", kind: str = "pin") -> BoundHasher:
    return BoundHasher(FastPinHasher(), PlainSecret(key), kind)


def test_only_the_text_of_its_owner_matches() -> None:
    stored = hasher().hash("anna", "7391")
    assert hasher().matches(stored, "anna", "7391")
    assert not hasher().matches(stored, "anna", "7392")
    assert not hasher().matches(stored, "bob", "7391")


def test_another_kiosk_or_kind_knows_nothing_of_it() -> None:
    stored = hasher().hash("anna", "7391")
    assert not hasher(b"another").matches(stored, "anna", "7391")
    assert not hasher(kind="account").matches(stored, "anna", "7391")


def test_the_slow_hash_alone_does_not_tell_which_text_it_was() -> None:
    slow = hasher().hash("anna", "7391").removeprefix("k:")
    assert not any(FastPinHasher().matches(slow, f"{number:04}") for number in range(10_000))


@pytest.mark.parametrize("stored", ["", "k:", "a:", "a::", "plain", FastPinHasher().hash("7391")])
def test_what_was_not_bound_matches_nothing(stored: str) -> None:
    assert not hasher().matches(stored, "anna", "7391")
    assert not hasher().matches(f"k:{stored}", "anna", "7391")
    assert not hasher().matches(f"a:{'A' * 43}:{stored}", "anna", "7391")


def test_a_hash_of_an_earlier_version_is_adopted_for_its_owner_alone() -> None:
    slow = FastPinHasher().hash("7391")
    stored = adopted_hash(PlainSecret(b"one"), "pin", "anna", slow)
    assert hasher().matches(stored, "anna", "7391")
    assert not hasher().matches(stored, "anna", "7392")
    assert not hasher().matches(stored, "bob", "7391")
    assert not hasher(b"another").matches(stored, "anna", "7391")
    assert adopted_hash(PlainSecret(b"one"), "pin", "anna", stored) == stored
    bound = hasher().hash("anna", "7391")
    assert adopted_hash(PlainSecret(b"one"), "pin", "anna", bound) == bound


def test_fields_are_kept_apart_and_any_text_can_be_one() -> None:
    secret = PlainSecret()
    assert mac_text(secret, "p", "ab", "c") != mac_text(secret, "p", "a", "bc")
    assert mac_text(secret, "p", "a\0b") != mac_text(secret, "p", "a", "b")
    assert len(mac_text(secret, "p", "\udcff")) == 43
    assert fingerprint("a") != fingerprint("b")
    assert len(fingerprint("\udcff")) == 32
