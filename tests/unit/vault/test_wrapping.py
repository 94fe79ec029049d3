"""Files that leave the kiosk."""

from __future__ import annotations

import json

import pytest

from kiosk.core.errors import InvalidInput, KeyUnavailable, WrongPassphrase
from kiosk.vault.derivation import derived
from kiosk.vault.wrapping import _LANES, _MEMORY_KIB, _PASSES, Wrapper

PASSPHRASE = "correct horse battery"
DATA = b"what nobody should read" * 10


def wrapper(kiosk_id: str = "kiosk-1", secret: bytes = b"r" * 32) -> Wrapper:
    return Wrapper(lambda *purpose: derived(secret, *purpose), lambda: kiosk_id)


def test_a_passphrase_opens_it_on_any_kiosk() -> None:
    made = wrapper().wrap("keys", DATA, PASSPHRASE)
    assert DATA not in made
    assert wrapper("kiosk-2", b"q" * 32).unwrap("keys", made, PASSPHRASE) == DATA


def test_a_guess_costs_what_is_recommended(monkeypatch: pytest.MonkeyPatch) -> None:
    # As they were imported: elsewhere the tests make it cheap.
    assert (_MEMORY_KIB, _PASSES, _LANES) == (65_536, 3, 4)
    monkeypatch.setattr("kiosk.vault.wrapping._MEMORY_KIB", _MEMORY_KIB)
    monkeypatch.setattr("kiosk.vault.wrapping._PASSES", _PASSES)
    made = wrapper().wrap("keys", DATA, PASSPHRASE)
    assert b'"memory_kib": 65536, "passes": 3, "lanes": 4' in made
    assert wrapper("kiosk-2", b"q" * 32).unwrap("keys", made, PASSPHRASE) == DATA


def test_composed_and_decomposed_letters_are_one_passphrase() -> None:
    made = wrapper().wrap("keys", DATA, "Über alle Berge")
    assert wrapper().unwrap("keys", made, "U\N{COMBINING DIAERESIS}ber alle Berge") == DATA


def test_another_passphrase_opens_nothing() -> None:
    made = wrapper().wrap("keys", DATA, PASSPHRASE)
    with pytest.raises(WrongPassphrase):
        wrapper().unwrap("keys", made, PASSPHRASE + ".")
    with pytest.raises(InvalidInput, match="passphrase"):
        wrapper().unwrap("keys", made)


def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(InvalidInput, match="too short"):
        wrapper().wrap("keys", DATA, "hunter2")


def test_the_kiosk_opens_its_own_and_no_other_does() -> None:
    made = wrapper().wrap("backup", DATA)
    assert wrapper().unwrap("backup", made) == DATA
    with pytest.raises(KeyUnavailable, match="another kiosk"):
        wrapper("kiosk-2").unwrap("backup", made)
    with pytest.raises(KeyUnavailable):
        wrapper(secret=b"q" * 32).unwrap("backup", made)


def test_the_kind_is_part_of_it() -> None:
    made = wrapper().wrap("keys", DATA)
    with pytest.raises(InvalidInput, match="does not hold backup"):
        wrapper().unwrap("backup", made)
    with pytest.raises(KeyUnavailable):
        wrapper().unwrap("backup", made.replace(b'"keys"', b'"backup"'))


def test_every_byte_is_authenticated() -> None:
    made = wrapper().wrap("keys", DATA)
    for place in range(len(made)):
        altered = bytearray(made)
        altered[place] ^= 1
        with pytest.raises((InvalidInput, KeyUnavailable)):
            wrapper().unwrap("keys", bytes(altered))
    for length in range(0, len(made), 7):
        with pytest.raises((InvalidInput, KeyUnavailable)):
            wrapper().unwrap("keys", made[:length])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("memory_kib", 1 << 40),
        ("passes", 10**6),
        ("lanes", 0),
        ("salt", "%"),
        ("key", "none"),
        ("memory_kib", 1),
        ("memory_kib", 262_145),
        ("passes", 9),
        ("memory_kib", float("inf")),
    ],
)
def test_a_file_cannot_exhaust_the_machine(name: str, value: object) -> None:
    magic, header, rest = wrapper().wrap("keys", DATA, PASSPHRASE).split(b"\n", 2)
    fields = json.loads(header) | {name: value}
    forged = b"\n".join([magic, json.dumps(fields).encode(), rest])
    with pytest.raises(InvalidInput):
        wrapper().unwrap("keys", forged, PASSPHRASE)


@pytest.mark.parametrize(
    "header",
    [
        b"[" * 4000,
        b'{"a":' * 800,
        b'{"version": 1, "kind": "keys", "key": "argon2id", "memory_kib": 1e999, "passes": 3, '
        b'"lanes": 4, "salt": "c2FsdHNhbHRzYWx0c2FsdA=="}',
        b"9" * 4000,
        b"null",
    ],
    ids=["brackets", "braces", "infinite", "number", "null"],
)
def test_a_header_of_anything_is_refused_in_words(header: bytes) -> None:
    magic = wrapper().wrap("keys", DATA).split(b"\n", 1)[0]
    with pytest.raises(InvalidInput):
        wrapper().unwrap("keys", magic + b"\n" + header + b"\n" + bytes(60), PASSPHRASE)
