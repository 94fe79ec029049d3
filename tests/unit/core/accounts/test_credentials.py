from __future__ import annotations

import pytest

from kiosk.core.accounts.credentials import ApiKey, Right, clean_key_name, key_id_of
from kiosk.core.errors import InvalidInput
from tests.fakes.clock import START


def key(*rights: Right) -> ApiKey:
    return ApiKey("000000000000", "test", frozenset(rights), "f" * 64, START)


def test_a_key_permits_its_rights() -> None:
    held = key(Right.VERIFY, Right.PEOPLE)
    assert [right for right in Right if held.permits(right)] == [Right.VERIFY, Right.PEOPLE]
    assert not any(key().permits(right) for right in Right)


def test_an_administrator_may_do_everything_but_read_voiceprints() -> None:
    held = key(Right.ADMIN)
    assert {right for right in Right if not held.permits(right)} == {Right.VOICEPRINTS}
    assert key(Right.ADMIN, Right.VOICEPRINTS).permits(Right.VOICEPRINTS)


def test_the_hash_is_not_shown() -> None:
    assert "ffff" not in repr(key())


@pytest.mark.parametrize(
    ("text", "key_id"),
    [
        ("vk_abcdef012345_" + "Ab1" * 14 + "z", "abcdef012345"),
        ("vk_abcdef012345_" + "Ab1" * 14, None),
        ("vk_abcdef012345_" + "Ab1" * 15, None),
        ("vk_ABCDEF012345_" + "Ab1" * 14 + "z", None),
        ("vk_abcdef012345_" + "Ab1" * 14 + "ä", None),
        ("vk_abcdef012345_" + "Ab1" * 14 + "z\n", None),
        (" vk_abcdef012345_" + "Ab1" * 14 + "z", None),
        ("", None),
    ],
)
def test_the_id_in_a_key(text: str, key_id: str | None) -> None:
    assert key_id_of(text) == key_id


def test_names_are_tidied() -> None:
    assert clean_key_name("  front \t desk ") == "front desk"


@pytest.mark.parametrize("name", ["", "  ", "x" * 121, "a\x07b"])
def test_names_that_cannot_be_used(name: str) -> None:
    with pytest.raises(InvalidInput):
        clean_key_name(name)
