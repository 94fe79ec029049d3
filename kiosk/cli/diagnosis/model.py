"""Which voice model is in use, with the figures of its manifest."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kiosk.services.facade import Kiosk

_MANIFEST = "manifest.json"


def _threshold(kiosk: Kiosk) -> str:
    from kiosk.services.voice.scoring import one_in_force

    if not kiosk.models.calibrated():
        return f"{kiosk.preferences.threshold(kiosk.models.card()):.3f}"
    with kiosk.preferences.begin() as work:
        return f"at most 1 impostor in {one_in_force(work)}"


def facts(kiosk: Kiosk) -> list[tuple[str, str]]:
    """Return the model in use, its threshold and what that was found on, and the other models.

    Raises:
        KioskError: the database or the model cannot be read.
    """
    card = kiosk.models.card()
    manifest = (card.folder / _MANIFEST).read_bytes()
    rows = [
        ("in use", f"{card.model_id}: {card.title}"),
        ("architecture", f"{card.architecture}, {card.dim} dimensions"),
        ("lies in", str(card.folder)),
        ("comes with the program", "yes" if card.builtin else "no"),
        ("licence", card.licence),
        ("SHA-256 of its manifest", hashlib.sha256(manifest).hexdigest()),
        ("threshold of the manifest", f"{card.threshold:.3f}"),
        ("found on", card.threshold_basis),
        ("threshold in force", _threshold(kiosk)),
        ("loaded", "yes" if kiosk.engine.ready else "no"),
    ]
    also = kiosk.models.also()
    rows.append(("people are enrolled with, too", also or "no other"))
    others = [each.model_id for each in kiosk.models.installed() if each.model_id != card.model_id]
    rows.append(("also installed", ", ".join(others) or "none"))
    return rows
