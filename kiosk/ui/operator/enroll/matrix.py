"""How the takes compare with each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from kiosk.ui import accessibility
from kiosk.ui.operator.parts import empty
from kiosk.ui.operator.words import NOTHING, number
from kiosk.ui.widgets.card import SoftPanel
from kiosk.ui.widgets.labels import IconView, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.ui.theme.controller import ThemeController


class ConsistencyMatrix(QWidget):
    """A small table of scores; each cell has a number, a sign and a color.

    Args:
        theme: gives looks.
    """

    def __init__(self, theme: ThemeController) -> None:
        super().__init__()
        self._theme = theme
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(theme.space("s"))
        self.setObjectName("enroll.matrix")

    def show_scores(self, matrix: Sequence[Sequence[float]], threshold: float) -> None:
        """Show other scores.

        Args:
            matrix: scores of every take with every other, square and symmetric.
            threshold: least score of any two takes.
        """
        empty(self._grid)
        for index in range(len(matrix)):
            title = self.tr("Take {0}").replace("{0}", str(index + 1))
            top = Text(title, "caption", "muted", center=True)
            self._grid.addWidget(top, 0, index + 1)
            self._grid.addWidget(Text(title, "caption", "muted"), index + 1, 0)
            self._grid.setColumnStretch(index + 1, 1)
        for row, scores in enumerate(matrix):
            for column, score in enumerate(scores):
                cell = self._same() if row == column else self._cell(score, threshold)
                self._grid.addWidget(cell, row + 1, column + 1)
        accessibility.name(self, self.tr("Scores between the takes"), self._spoken(matrix))

    def _cell(self, score: float, threshold: float) -> QWidget:
        good = score >= threshold
        tone = "positive" if good else "negative"
        cell = SoftPanel("positive" if good else "negative")
        cell.setToolTip(self.tr("One voice") if good else self.tr("Too different"))
        row = QHBoxLayout(cell)
        row.setContentsMargins(*[self._theme.space("s")] * 4)
        row.setSpacing(self._theme.space("xs"))
        row.addStretch(1)
        icon = "check-circle" if good else "x-circle"
        row.addWidget(IconView(self._theme, icon, f"on-{tone}-soft", 20))
        text = Text(number(score), "strong")
        text.setWordWrap(False)
        text.set_tone("on-positive-soft" if good else "on-negative-soft")
        row.addWidget(text)
        row.addStretch(1)
        return cell

    def _same(self) -> QWidget:
        text = Text(NOTHING, "body", "muted", center=True)
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        return text

    def _spoken(self, matrix: Sequence[Sequence[float]]) -> str:
        said = self.tr("Takes {0} and {1}: {2}")
        pairs = []
        for one in range(len(matrix)):
            for other in range(one + 1, len(matrix)):
                values = (str(one + 1), str(other + 1), number(matrix[one][other]))
                text = said
                for place, value in enumerate(values):
                    text = text.replace(f"{{{place}}}", value)
                pairs.append(text)
        return ". ".join(pairs)
