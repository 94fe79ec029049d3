"""Figures and dates as the operator pages write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

NOTHING = "\N{EN DASH}"
"""What stands where there is no value."""
_MINUS = "\N{MINUS SIGN}"


def number(value: float | None, digits: int = 2) -> str:
    """Return a figure with a real minus sign, or a dash for None."""
    return NOTHING if value is None else f"{value:.{digits}f}".replace("-", _MINUS)


def local_date(at: datetime | None) -> str:
    """Return a day in local time, year first so that it is read the same everywhere."""
    return NOTHING if at is None else f"{at.astimezone():%Y-%m-%d}"


def local_time(at: datetime | None) -> str:
    """Return a day and minute in local time."""
    return NOTHING if at is None else f"{at.astimezone():%Y-%m-%d %H:%M}"


def cosines(by_model: Mapping[str, float]) -> str:
    """Return the cosine score of each voice model."""
    return ", ".join(f"{number(value, 3)} {model_id}" for model_id, value in by_model.items())
