"""What a threshold means, in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from kiosk.core.measuring.false_accepts import strangers_needed

if TYPE_CHECKING:
    from kiosk.core.measuring.false_accepts import StrangerTest

BOUNDS = (50, 100, 200, 500, 1_000, 10_000)
"""Bounds to choose from: one in so many strangers."""
_FEW = 2
"""Of fewer nothing is said."""


def meaning(test: StrangerTest, threshold: float) -> str:
    """Return what a threshold means for strangers, and how sure that is.

    Args:
        test: strangers against everybody enrolled.
        threshold: cosine in (0, 1).
    """
    found = test.at(threshold)
    if found is None:
        return _tr("Enroll people first to estimate false accepts.")
    text = _tr(
        "At {0}, {1} of the claims of {2} impostors would be accepted ({3} supplied with the "
        "voice model, {4} people enrolled here, each claiming to be everyone else). With 95 % "
        "confidence it is {5}."
    )
    own = test.strangers - test.of_model
    values = (f"{threshold:.3f}", share(found.rate), test.strangers, test.of_model, own)
    for place, value in enumerate((*values, at_most(found.bound))):
        text = text.replace(f"{{{place}}}", str(value))
    return text


def too_few(test: StrangerTest, one_in: int) -> str:
    """Return why a bound cannot be claimed.

    Args:
        test: strangers against everybody enrolled.
        one_in: one in so many strangers.
    """
    needed = strangers_needed(1 / one_in)
    if test.strangers < needed:
        text = _tr(
            "{1} impostors are too few to show 1 in {0}; that takes {2}. Enroll more people, "
            "or install a voice model that comes with more."
        )
        text = text.replace("{1}", str(test.strangers)).replace("{2}", f"{needed:,}")
    else:
        text = _tr(
            "1 in {0} cannot be reached: people enrolled here sound too similar. Check whether "
            "somebody is enrolled twice."
        )
    return text.replace("{0}", f"{one_in:,}")


def at_most(bound: float) -> str:
    """Return a bound as one in so many strangers, rounded so that it still holds."""
    one_in = math.floor(1 / bound)
    if one_in < _FEW:
        return _tr("up to all of them")
    return _tr("at most 1 impostor in {0}").replace("{0}", f"{one_in:,}")


def share(rate: float) -> str:
    """Return a rate in percent."""
    return f"{100 * rate:.2f} %"


def _tr(text: str) -> str:
    return QCoreApplication.translate("ThresholdCard", text)
