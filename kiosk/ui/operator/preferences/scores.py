"""The part of Preferences that says which scores visitors see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from kiosk.core.visit.telling import ScoreDisplay
from kiosk.services.visit.score_display import score_display, set_score_display
from kiosk.ui.operator.preferences.choosing import ChoiceCard

if TYPE_CHECKING:
    from kiosk.ui.navigation import Ui


class ScoresCard(ChoiceCard[ScoreDisplay]):
    """After which decisions the score is shown at the public screen.

    Args:
        ui: the use-cases, threads and looks.
    """

    def __init__(self, ui: Ui) -> None:
        self._preferences = ui.kiosk.preferences
        explanation = _tr(
            "A score after a rejection tells people how close they came and, after several "
            "tries, who is enrolled. Show it only while a member of staff is present. An "
            "unknown ID then gets a made-up score. Operators see all scores on the People and "
            "Activity pages."
        )
        super().__init__(
            ui,
            "scores",
            (_tr("Scores on the public screen"), explanation),
            (
                ("verified", ScoreDisplay.VERIFIED, _tr("After a successful verification")),
                (
                    "always",
                    ScoreDisplay.ALWAYS,
                    _tr("After rejections too, while staff are present"),
                ),
                ("never", ScoreDisplay.NEVER, _tr("Never")),
            ),
        )

    def read(self) -> ScoreDisplay:
        """Return what holds."""
        return score_display(self._preferences)

    def write(self, value: ScoreDisplay) -> None:
        """Choose; recorded."""
        set_score_display(self._preferences, value)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Preferences", text)
