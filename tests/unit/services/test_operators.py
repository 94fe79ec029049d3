from __future__ import annotations

import pytest

from kiosk.core.errors import DiskFull, InvalidInput, WrongPin
from kiosk.services.operators import Operators
from tests.fakes.clock import FixedClock
from tests.fakes.pins import FastPinHasher
from tests.fakes.storage import InMemoryDatabase

PIN, OTHER = "428617", "917364"


class Desk:
    def __init__(self) -> None:
        self.database = InMemoryDatabase()
        self.clock = FixedClock()
        self.hasher = FastPinHasher()
        self.operators = self.restarted()

    def restarted(self) -> Operators:
        """Return operators that know nothing but what is stored."""
        return Operators(self.database, self.hasher, self.clock)

    def wrong(self, times: int) -> None:
        for _ in range(times):
            with pytest.raises(WrongPin):
                self.operators.check(OTHER)


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.operators.set_pin(PIN)
    return made


def test_without_a_pin_nobody_gets_in() -> None:
    operators = Desk().operators
    assert not operators.has_pin()
    with pytest.raises(WrongPin, match="No operator PIN"):
        operators.check("")


def test_the_right_pin(desk: Desk) -> None:
    assert desk.operators.has_pin()
    desk.operators.check(PIN)


def test_the_pin_itself_is_not_stored(desk: Desk) -> None:
    assert PIN not in str(desk.database.state.preferences)


@pytest.mark.parametrize(
    "pin", ["", "12345", "1" * 13, "12a456", "428 617", "٤٢٨٦١٧", "111111", "123456", "987654"]
)
def test_pins_that_cannot_be_used(pin: str) -> None:
    operators = Desk().operators
    with pytest.raises(InvalidInput):
        operators.set_pin(pin)
    assert not operators.has_pin()


def test_a_pin_is_changed_by_whoever_knows_it(desk: Desk) -> None:
    for current in (None, OTHER):
        with pytest.raises(WrongPin):
            desk.operators.set_pin(OTHER, current=current)
    desk.operators.set_pin(OTHER, current=PIN)
    desk.operators.check(OTHER)
    with pytest.raises(WrongPin):
        desk.operators.check(PIN)


def test_four_wrong_pins_are_forgiven(desk: Desk) -> None:
    desk.wrong(4)
    desk.operators.check(PIN)
    desk.wrong(4)
    desk.operators.check(PIN)


def test_after_the_fifth_everybody_waits_and_longer_each_time(desk: Desk) -> None:
    desk.wrong(5)
    for delay in (30, 60, 120, 240, 480, 960, 1920, 3600, 3600):
        with pytest.raises(WrongPin, match="Too many") as told:
            desk.operators.check(PIN)
        assert told.value.hint == f"Try again in {delay + 1} seconds."
        desk.clock.advance(delay - 1)
        with pytest.raises(WrongPin, match="Too many"):
            desk.operators.check(PIN)
        desk.clock.advance(1)
        desk.wrong(1)


def test_waiting_ends_with_the_right_pin(desk: Desk) -> None:
    desk.wrong(6)
    desk.clock.advance(60)
    desk.operators.check(PIN)
    desk.wrong(4)
    desk.operators.check(PIN)


def test_a_restart_forgives_nothing(desk: Desk) -> None:
    desk.wrong(5)
    with pytest.raises(WrongPin, match="Too many"):
        desk.restarted().check(PIN)


def test_a_try_is_counted_before_it_is_judged(desk: Desk) -> None:
    desk.database.commit_error = DiskFull("No space is left.")
    with pytest.raises(DiskFull):
        desk.operators.check(PIN)


def test_guessing_the_present_pin_when_changing_it_is_slowed_too(desk: Desk) -> None:
    for _ in range(5):
        with pytest.raises(WrongPin):
            desk.operators.set_pin("550183", current=OTHER)
    with pytest.raises(WrongPin, match="Too many"):
        desk.operators.set_pin("550183", current=PIN)


def test_a_clock_that_was_set_back_blocks_nobody_for_years(desk: Desk) -> None:
    desk.wrong(5)
    desk.clock.advance(-20 * 365 * 86_400)
    with pytest.raises(WrongPin, match="Too many") as told:
        desk.operators.check(PIN)
    assert told.value.hint == "Try again in 3601 seconds."
    desk.clock.advance(3_599)
    with pytest.raises(WrongPin, match="Too many"):
        desk.operators.check(PIN)
    desk.clock.advance(1)
    desk.operators.check(PIN)


def test_of_two_who_set_the_first_pin_at_once_the_later_one_does_not_win(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk()
    plain = desk.hasher.hash

    def meanwhile(pin: str) -> str:
        monkeypatch.setattr(desk.hasher, "hash", plain)
        desk.restarted().set_pin(OTHER)
        return plain(pin)

    monkeypatch.setattr(desk.hasher, "hash", meanwhile)
    with pytest.raises(WrongPin, match="somebody else"):
        desk.operators.set_pin(PIN)
    desk.operators.check(OTHER)


def test_the_last_fraction_of_a_second_is_waited_for_too(desk: Desk) -> None:
    desk.wrong(5)
    desk.clock.advance(29.5)
    with pytest.raises(WrongPin, match="Too many") as told:
        desk.operators.check(PIN)
    assert told.value.hint == "Try again in 1 seconds."
