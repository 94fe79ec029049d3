from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.errors import InvalidInput
from kiosk.core.users import clean_name, clean_user_id


@pytest.mark.parametrize(
    "text", ["a", "7", "anna", "anna.b", "a_b-c@site.org", "Пётр", "名前", "x" * 64]
)
def test_ids_that_can_be_used(text: str) -> None:
    assert clean_user_id(f"  {text}\n") == text


@pytest.mark.parametrize(
    "text",
    [
        *(".a", "a.", "-a", "_a", "a_", "@a"),
        *("a b", "a/b", "..", "a\nb", "a\x00b", "a\x1b[31mb", "a;b", "a'b", "a\u202eb"),
    ],
)
def test_ids_that_cannot_be_used(text: str) -> None:
    with pytest.raises(InvalidInput, match="characters that cannot be used") as caught:
        clean_user_id(text)
    assert "@" in caught.value.hint


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_an_empty_id_is_told_as_such(text: str) -> None:
    with pytest.raises(InvalidInput, match="empty"):
        clean_user_id(text)


def test_a_long_id_is_told_as_such() -> None:
    with pytest.raises(InvalidInput, match="too long"):
        clean_user_id("x" * 65)


def test_an_id_is_the_same_however_its_accents_were_typed() -> None:
    assert clean_user_id("u\u0308na") == clean_user_id("\u00fcna") == "\u00fcna"


@given(st.text(max_size=80))
def test_an_accepted_id_is_safe_in_logs_and_file_names(text: str) -> None:
    try:
        value = clean_user_id(text)
    except InvalidInput:
        return
    assert 1 <= len(value) <= 64
    assert value.isprintable()
    assert not set(value) & set("/\\:*?\"<>| '\n")
    assert value[0].isalnum()
    assert value[-1].isalnum()
    assert clean_user_id(value) == value


def test_names_are_tidied() -> None:
    assert clean_name("  Ada   Lovelace\t") == "Ada Lovelace"
    assert clean_name("") == ""
    assert clean_name("x" * 120) == "x" * 120


@pytest.mark.parametrize("text", ["x" * 121, "a\x07b", "a\u202eb", "a\x1bb"])
def test_names_that_cannot_be_used(text: str) -> None:
    with pytest.raises(InvalidInput, match="name"):
        clean_name(text)
