"""Live hints neither flicker nor linger."""

from __future__ import annotations

from kiosk.core.hearing.quality import Reason
from kiosk.ui.verify.presenting.hints import SETTLE_S, HintFilter


def test_a_hint_is_shown_when_it_lasts() -> None:
    hints = HintFilter()
    assert not hints.feed(Reason.TOO_QUIET, 0.0)
    assert not hints.feed(Reason.TOO_QUIET, SETTLE_S - 0.1)
    assert hints.feed(Reason.TOO_QUIET, SETTLE_S)
    assert not hints.feed(Reason.TOO_QUIET, SETTLE_S + 0.1)
    assert hints.shown is Reason.TOO_QUIET


def test_what_comes_and_goes_is_never_shown() -> None:
    hints = HintFilter()
    at = 0.0
    for turn in range(40):
        assert not hints.feed(Reason.CLIPPED if turn % 3 else None, at)
        at += 0.1
    assert hints.shown is None


def test_a_hint_stays_until_all_has_been_well_for_a_while() -> None:
    hints = HintFilter()
    hints.feed(Reason.NOISY, 0.0)
    hints.feed(Reason.NOISY, 1.0)
    assert not hints.feed(None, 1.1)
    assert not hints.feed(Reason.NOISY, 1.2)
    assert not hints.feed(None, 1.3)
    assert hints.shown is Reason.NOISY
    assert hints.feed(None, 1.4 + SETTLE_S)
    assert hints.shown is None


def test_another_attempt_begins_without_a_hint() -> None:
    hints = HintFilter()
    hints.feed(Reason.NOISY, 0.0)
    hints.feed(Reason.NOISY, 1.0)
    hints.reset()
    assert hints.shown is None
    assert not hints.feed(None, 1.1)
