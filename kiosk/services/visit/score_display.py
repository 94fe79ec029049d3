"""Which scores visitors see at the public screen; operators see them on their pages always.

A rejection tells whoever does not belong here something: how near they came, and, over several
voices, whether there is anybody under the ID at all. So a score is shown by default only to whoever
was verified. Under supervision, as in a trial run with an operator beside the kiosk, rejections may
show theirs; an ID that nobody has gets a made-up one then, see :mod:`kiosk.core.voice.decoys`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from kiosk.services.preferences import SHOW_SCORE

if TYPE_CHECKING:
    from kiosk.services.preferences import Preferences


class ScoreDisplay(StrEnum):
    """After which decisions the score is shown; the value is what is stored."""

    NEVER = "no"
    VERIFIED = "yes"
    """The default."""
    ALWAYS = "always"
    """After rejections too."""

    def shows(self, *, verified: bool) -> bool:
        """Return whether a score is shown after a decision."""
        return self is ScoreDisplay.ALWAYS or (self is ScoreDisplay.VERIFIED and verified)


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
