"""A PIN or a badge that comes with a recording."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form

from kiosk.core.limits.second_factor import Factor, FactorKind

MAX_SHOWN = 128
PIN_WORDS = "The person's PIN, where the site asks for a second factor."
BADGE_WORDS = "The number of the person's badge, where the site asks for a second factor."

Pin = Annotated[str | None, Form(max_length=MAX_SHOWN, description=PIN_WORDS)]
Badge = Annotated[str | None, Form(max_length=MAX_SHOWN, description=BADGE_WORDS)]


def shown_factors(pin: str | None, badge: str | None) -> tuple[Factor, ...]:
    """Return what was sent; empty fields of a form count as nothing."""
    sent = ((pin, FactorKind.PIN), (badge, FactorKind.BADGE))
    return tuple(Factor(text.strip(), kind) for text, kind in sent if text and text.strip())
