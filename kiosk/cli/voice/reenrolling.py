"""Who must enroll again since the voice model has changed, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.core.errors import ModelMissing
from kiosk.core.voice.comparing import Stale, stale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.core.voice.comparing import Comparing
    from kiosk.services.facade import Kiosk

_NAMED = 20


def deciding(kiosk: Kiosk) -> Comparing | None:
    """Return which models decide; None where there is none."""
    try:
        return kiosk.models.comparing()
    except ModelMissing:
        return None


def found_in(kiosk: Kiosk) -> Stale:
    """Return whom the models that decide do not know, or not all of them."""
    comparing = deciding(kiosk)
    return Stale((), ()) if comparing is None else stale(kiosk.people.everybody(), comparing)


def sentences(kiosk: Kiosk, found: Stale) -> list[str]:
    """Return what is to be done, nothing where everybody is known to the models that decide."""
    told = []
    if found.again:
        told.append(
            f"To be re-enrolled, for scores across models mean nothing: {_named(found.again)}."
        )
    if found.weaker:
        told.append(
            "Compared by one model where two decide, which is weaker, until they enroll again: "
            f"{_named(found.weaker)}."
        )
    kept = {each.user_id for each in kiosk.kept_takes.people()}
    by_itself = kept & {*found.again, *found.weaker}
    if by_itself:
        told.append(
            f"A running kiosk encodes the kept takes of {len(by_itself)} of them by itself; "
            "'kiosk recordings enroll-again' does it now."
        )
    return told


def _named(ids: Sequence[str]) -> str:
    named = ", ".join(ids[:_NAMED])
    return named if len(ids) <= _NAMED else f"{named} and {len(ids) - _NAMED} more"
