"""Which scores visitors see at the public screen; operators see them on their pages always."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.core.visit.telling import ScoreDisplay
from kiosk.services.preferences import SHOW_SCORE

if TYPE_CHECKING:
    from kiosk.services.preferences import Preferences


def score_display(preferences: Preferences) -> ScoreDisplay:
    """Return which scores are shown; none where what is stored cannot be read.

    Raises:
        StorageError: it cannot be asked.
    """
    stored = preferences.get(SHOW_SCORE)
    if stored is None:
        return ScoreDisplay.VERIFIED
    try:
        return ScoreDisplay(stored)
    except ValueError:
        return ScoreDisplay.NEVER


def set_score_display(preferences: Preferences, wanted: ScoreDisplay) -> None:
    """Choose which scores are shown; recorded.

    Raises:
        NotPermitted: who acts may not change settings.
        StorageError: nothing was stored.
    """
    default = wanted is ScoreDisplay.VERIFIED
    preferences.set(SHOW_SCORE, None if default else wanted.value)
