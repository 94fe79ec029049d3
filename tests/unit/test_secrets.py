from __future__ import annotations

import traceback

import pytest

from kiosk.core.errors import InvalidInput
from kiosk.secrets import Argon2PinHasher, _hasher


def test_a_guess_costs_what_is_recommended() -> None:
    # As it was imported: elsewhere the tests make it cheap.
    assert _hasher().hash("2468").startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_pin_matches_its_hash_and_no_other() -> None:
    hasher = Argon2PinHasher()
    hashed = hasher.hash("2468")
    assert hashed.startswith("$argon2id$")
    assert "2468" not in hashed
    assert hasher.matches(hashed, "2468")
    assert not hasher.matches(hashed, "2469")
    assert not hasher.matches(hashed, "")


def test_equal_pins_have_different_hashes() -> None:
    hasher = Argon2PinHasher()
    assert hasher.hash("2468") != hasher.hash("2468")


@pytest.mark.parametrize(
    "hashed",
    [
        "",
        "2468",
        "$argon2id$",
        "$argon2id$v=19$m=65536,t=3,p=4$AAAA$AAAA",
        "$argon2id$v=19$m=1,t=0,p=0$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0",
        "$2b$12$abcdefghijklmnopqrstuv",
        "ünïcode",
        "\udc80",
    ],
)
def test_what_is_no_hash_matches_nothing(hashed: str) -> None:
    assert not Argon2PinHasher().matches(hashed, "2468")


def test_a_pin_that_cannot_be_encoded_is_refused_without_quoting_it() -> None:
    hasher = Argon2PinHasher()
    pin = "24\udc8068"
    with pytest.raises(InvalidInput) as caught:
        hasher.hash(pin)
    shown = "".join(traceback.format_exception(caught.value))
    assert "udc80" not in shown
    assert "24" not in str(caught.value)
    assert not hasher.matches(hasher.hash("2468"), pin)
