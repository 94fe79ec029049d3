"""How long people are kept, and when the clock is believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.errors import InvalidInput
from kiosk.core.people.retention import (
    CONFIRMED_AFTER,
    LONGEST_GAP,
    MAX_DAYS,
    SETBACK,
    ClockWatch,
    LastInteraction,
    Preset,
    RetentionPolicy,
    kept,
    parse_period,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
DECADES = st.floats(-7300, 7300).map(lambda days: NOW + timedelta(days=days))


@pytest.mark.parametrize(
    ("text", "days"),
    [("bipa", 1095), ("texas", 365), ("colorado", 730), ("none", None), ("custom:7", 7)],
)
def test_periods_come_back_as_they_were_stored(text: str, days: int | None) -> None:
    policy = parse_period(text)
    assert (policy.days, policy.stored) == (days, text)
    assert policy.due_at(NOW) == (None if days is None else NOW + days * DAY)


def test_no_preset_is_longer_than_its_law() -> None:
    # Of 3 years, one year and 24 months, the shortest there are.
    for preset, years in ((Preset.BIPA, 3), (Preset.TEXAS, 1), (Preset.COLORADO, 2)):
        policy = RetentionPolicy(preset)
        for month in range(1, 13):
            last = datetime(2021, month, 1, tzinfo=UTC)
            due = policy.due_at(last)
            assert due is not None
            assert due <= last.replace(year=last.year + years)


@pytest.mark.parametrize(
    "text", ["", "forever", "bipa:3", "custom", "custom:0", "custom:x", "custom:-1", "none:1"]
)
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_period(text)


def test_limits_of_the_numbers() -> None:
    assert parse_period(f"custom:{MAX_DAYS}").days == MAX_DAYS
    with pytest.raises(InvalidInput):
        parse_period(f"custom:{MAX_DAYS + 1}")
    with pytest.raises(InvalidInput):
        RetentionPolicy(warn_days=-1)
    with pytest.raises(InvalidInput):
        RetentionPolicy(warn_days=366)
    # A period that leads beyond the calendar never ends.
    assert parse_period(f"custom:{MAX_DAYS}").due_at(datetime(9990, 1, 1, tzinfo=UTC)) is None


def test_who_goes_first_comes_first() -> None:
    policy = RetentionPolicy(Preset.CUSTOM, 10, warn_days=3)
    people = [LastInteraction(name, "", NOW - days * DAY) for name, days in (("a", 1), ("b", 9))]
    first, second = kept(policy, people)
    assert (first.person.user_id, second.person.user_id) == ("b", "a")
    assert not first.due(NOW)
    assert first.due(NOW + DAY)
    assert first.warned(NOW, policy.warn_days)
    assert not second.warned(NOW, policy.warn_days)
    assert second.warned(NOW + 6 * DAY, policy.warn_days)
    forever = kept(RetentionPolicy(Preset.NONE), people)
    assert [each.person.user_id for each in forever] == ["a", "b"]
    assert not any(each.due(NOW + 9999 * DAY) for each in forever)


# --- the clock -------------------------------------------------------------------------------


def test_the_first_look_erases_nobody() -> None:
    assert ClockWatch().looked(NOW).holds


def test_a_clock_that_goes_on_is_believed() -> None:
    watch = ClockWatch().confirmed(NOW)
    for _ in range(400):
        now = watch.seen
        assert now is not None
        watch = watch.looked(now + LONGEST_GAP)
        assert not watch.holds


@pytest.mark.parametrize("step", [LONGEST_GAP + timedelta(seconds=1), 3650 * DAY, -2 * DAY])
def test_a_clock_that_jumps_is_not_believed_until_it_was_confirmed(step: timedelta) -> None:
    watch = ClockWatch().confirmed(NOW).looked(NOW + step)
    assert watch.holds
    assert not watch.confirmed(NOW + step).holds
    assert not watch.confirmed(NOW + step).looked(NOW + step + DAY).holds


def test_a_clock_that_returns_is_believed_again() -> None:
    watch = ClockWatch().confirmed(NOW).looked(NOW + 3650 * DAY)
    assert not watch.looked(NOW + DAY).holds


def test_a_small_correction_is_no_jump() -> None:
    watch = ClockWatch().confirmed(NOW).looked(NOW - SETBACK)
    assert not watch.holds
    # What was believed once is not forgotten: small steps back add up.
    assert watch.looked(NOW - 2 * SETBACK).holds


def test_a_kiosk_that_was_off_goes_on_after_two_weeks() -> None:
    start = NOW + 90 * DAY
    watch = ClockWatch().confirmed(NOW).looked(start)
    passed = timedelta(0)
    while passed < CONFIRMED_AFTER - timedelta(hours=6):
        passed += timedelta(hours=6)
        watch = watch.looked(start + passed)
        assert watch.holds
    assert not watch.looked(start + CONFIRMED_AFTER).holds


def test_a_second_jump_begins_the_two_weeks_anew() -> None:
    watch = ClockWatch().confirmed(NOW).looked(NOW + 90 * DAY)
    watch = watch.looked(NOW + 90 * DAY + CONFIRMED_AFTER - DAY)
    watch = watch.looked(NOW + 900 * DAY)
    assert watch.holds
    assert watch.looked(NOW + 900 * DAY + CONFIRMED_AFTER - DAY).holds


@given(st.lists(DECADES, min_size=1, max_size=30))
def test_whatever_the_clock_does_a_jump_is_never_believed_at_once(times: list[datetime]) -> None:
    watch = ClockWatch().confirmed(NOW)
    looks = [NOW]
    for now in times:
        before, watch = watch, watch.looked(now)
        assert before.trusted is not None
        if not watch.holds:
            goes_on = -SETBACK <= now - before.trusted <= LONGEST_GAP
            # Or it went on for two weeks, in steps none of which was a jump.
            steady = before.jumped is not None and now - before.jumped >= CONFIRMED_AFTER
            assert goes_on or (steady and now - looks[-1] <= LONGEST_GAP)
        looks.append(now)
