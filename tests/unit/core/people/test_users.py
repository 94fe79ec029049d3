from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.errors import InvalidInput
from kiosk.core.people.users import clean_name, clean_user_id, fold_id, same_ids, typed_beside


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
    with pytest.raises(InvalidInput, match="characters that are not allowed") as caught:
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


@pytest.mark.parametrize(
    "spellings",
    [
        ("u1", "U1", "\uff35\uff11", "U\u0661", "u\u0967"),
        ("stra\u00dfe", "STRASSE", "Stra\u1e9ee"),
        ("\u03b1\u03c2", "\u0391\u03a3", "\u03b1\u03c3"),
        ("u\u200c1", "u1"),
    ],
)
def test_one_id_in_many_spellings(spellings: tuple[str, ...]) -> None:
    assert len({fold_id(each) for each in spellings}) == 1
    assert len({fold_id(clean_user_id(each)) for each in spellings}) == 1


@given(st.text(max_size=80))
def test_folding_ends_and_fits_the_column(text: str) -> None:
    folded = fold_id(text)
    assert len(folded) <= 64
    assert fold_id(folded) == folded


def test_ids_that_are_one_are_named_together() -> None:
    assert same_ids(["U1", "u2", "u1"]) == [["U1", "u1"]]


def test_the_keypad_offers_what_ids_use_and_the_rest_can_be_tapped_as_capitals() -> None:
    assert typed_beside(["u1", "X-9", "\uff35\u0661"]) == ()
    assert typed_beside(["\u00fcna", "a.b@c", "\u540d"]) == (".", "@", "\u00dc", "\u540d")


@pytest.mark.parametrize(
    "name",
    [
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian
        "\u0d9a\u0dca\u200d\u0dbb\u0dd2\u0dc3\u0dca\u0da7\u0dd2",  # Sinhala
        "\u0915\u094d\u200d\u0937",  # Hindi
    ],
)
def test_joiners_within_a_word_are_part_of_a_name(name: str) -> None:
    assert clean_name(f" {name}  X ") == f"{name} X"


def test_names_are_tidied() -> None:
    assert clean_name("  Ada   Lovelace\t") == "Ada Lovelace"
    assert clean_name("") == ""
    assert clean_name("x" * 120) == "x" * 120


@pytest.mark.parametrize(
    "text",
    [
        "x" * 121,
        "a\x07b",
        "a\u202eb",
        "a\x1bb",
        "\u200da",
        "a\u200c",
        "a\u200c\u200cb",
        "a \u200db",
    ],
)
def test_names_that_cannot_be_used(text: str) -> None:
    with pytest.raises(InvalidInput, match="name"):
        clean_name(text)
