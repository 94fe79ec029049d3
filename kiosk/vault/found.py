"""What is found at the places of keys, and what is said of it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from kiosk.core.errors import DatabaseLocked, KeyUnavailable
from kiosk.vault.ring import KeyRing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from kiosk.vault.places import KeyPlace

_log = logging.getLogger(__name__)

LOST = (
    "Bring back the key from where it was, or import an export with 'kiosk keys import'. Without "
    "either, 'kiosk keys revoke' begins anew: everybody must be enrolled again."
)


def ring_in(
    places: Sequence[KeyPlace], kiosk_id: Callable[[], str]
) -> tuple[KeyRing, KeyPlace] | None:
    """Return the keys of a kiosk and the first place that holds some; None where none does.

    Args:
        places: in the order in which they are looked at.
        kiosk_id: asked when some were found.

    Raises:
        KeyUnavailable: they are those of another kiosk, or damaged.
    """
    for place in places:
        text = place.read()
        if text is not None:
            ring = ring_of(text, place)
            if ring.kiosk_id != kiosk_id():
                raise KeyUnavailable(
                    f"The keys in {place.where} are those of another kiosk.",
                    hint="Name its own keys, or another data folder.",
                )
            return ring, place
    return None


def tidy(places: Sequence[KeyPlace]) -> None:
    """Remove what an interrupted change has left; what cannot be removed is logged."""
    for place in places:
        try:
            place.tidy()
        except (KeyUnavailable, DatabaseLocked) as exc:
            _log.warning("%s %s", exc.message, exc.hint)


def ring_of(text: str, place: KeyPlace) -> KeyRing:
    """Return the keys that a place holds as text."""
    try:
        return KeyRing.from_text(text)
    except ValueError:
        raise KeyUnavailable(
            f"What is kept in {place.where} is not the kiosk's keys, or is damaged.", hint=LOST
        ) from None


def missing(key_id: str) -> KeyUnavailable:
    """Return the error about a template key that is missing."""
    return KeyUnavailable(f"The template key {key_id} is missing.", hint=LOST)


def warnings_about(place: KeyPlace | None, data: Sequence[Path]) -> list[str]:
    """Return what is not good about a place.

    Args:
        place: of the keys; None where they were not found yet.
        data: folders and files beside which a key file is no protection.
    """
    if place is None or place.kind != "file" or place.file is None:
        return []
    file = place.file.absolute()
    if any(folder == file.parent or folder in file.parents for folder in data):
        return [
            "The key file lies in the data folder: whoever copies that folder has both the "
            "encrypted voiceprints and the key. Set keys.file to another place."
        ]
    return []
