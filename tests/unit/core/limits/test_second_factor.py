from __future__ import annotations

import pytest

from kiosk.core.errors import InvalidInput
from kiosk.core.limits.second_factor import Factor, FactorKind, clean_badge, clean_pin


@pytest.mark.parametrize("pin", ["4711", "482913", "190255837164"])
def test_pins_of_4_to_12_digits_are_used(pin: str) -> None:
    assert clean_pin(pin, "anna") == pin


@pytest.mark.parametrize(
    "pin",
    ["", "471", "1902558371645", "47a1", "4 71", "٤٧١١", "0000", "1234", "9876543", "4711\n"],
)
def test_other_pins_and_those_that_anybody_would_try_are_not(pin: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        clean_pin(pin, "anna")
    assert not pin or pin not in str(refusal.value)


def test_a_pin_is_not_the_id_that_everybody_knows() -> None:
    with pytest.raises(InvalidInput, match="easy"):
        clean_pin("20731", "20731")


@pytest.mark.parametrize(
    ("typed", "badge"), [(" 04A2B3C4\n", "04A2B3C4"), ("%B1234^X?;12=3?", "%B1234^X?;12=3?")]
)
def test_what_readers_type_is_a_badge(typed: str, badge: str) -> None:
    assert clean_badge(typed) == badge


@pytest.mark.parametrize("text", ["", "12345", "letters", "04 A2B3C4", "0" * 129, "04Ä2B3C4"])
def test_anything_else_is_none(text: str) -> None:
    with pytest.raises(InvalidInput):
        clean_badge(text)


def test_what_is_typed_into_one_field_may_be_either() -> None:
    either, pin, badge = Factor("482913"), Factor("482913", FactorKind.PIN), Factor("4711")
    assert either.may_be_pin
    assert either.may_be_badge
    assert pin.may_be_pin
    assert not pin.may_be_badge
    assert badge.may_be_pin
    assert not badge.may_be_badge


def test_a_factor_never_shows_what_it_is() -> None:
    assert "482913" not in repr(Factor("482913"))
