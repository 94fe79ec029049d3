"""How it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QEasingCurve, QRectF, QSize, Qt, QVariantAnimation, Slot
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from kiosk.ui import accessibility
from kiosk.ui.widgets.labels import Text
from kiosk.ui.widgets.painting import PaintedWidget, painter_for

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from kiosk.ui.theme.controller import ThemeController
    from kiosk.ui.widgets.labels import Tone

Outcome = Literal[
    "verified", "not-verified", "inconclusive", "suspected", "locked", "out-of-service"
]
"""What can be shown; ``suspected`` is a recording, ``inconclusive`` is "could not tell"."""

_LOOKS: dict[Outcome, tuple[str, Tone]] = {
    "verified": ("check", "positive"),
    "not-verified": ("x", "negative"),
    "inconclusive": ("help", "warning"),
    "suspected": ("alert-triangle", "warning"),
    "locked": ("lock", "negative"),
    "out-of-service": ("tools", "warning"),
}


class _Disc(PaintedWidget):
    """An icon on a disc that grows to its size."""

    def __init__(self, theme: ThemeController, diameter: int, parent: QWidget | None) -> None:
        super().__init__(theme, parent)
        self._diameter = diameter
        self._looks: tuple[str, str] = ("check", "positive")
        self._grown = 1.0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._motion = QVariantAnimation(self)
        self._motion.setStartValue(0.7)
        self._motion.setEndValue(1.0)
        self._motion.setEasingCurve(QEasingCurve.Type.OutBack)
        self._motion.valueChanged.connect(self._grow)

    def set_looks(self, icon: str, role: str) -> None:
        self._looks = (icon, role)
        self._motion.stop()
        duration = self.theme.motion(long=True)
        self._grown = 1.0
        if duration and self.isVisible():
            self._motion.setDuration(duration)
            self._motion.start()
        self.update()

    @Slot("QVariant")
    def _grow(self, value: float) -> None:
        self._grown = float(value)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._diameter, self._diameter)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        icon, role = self._looks
        painter = painter_for(self)
        center = QRectF(self.rect()).center()
        # Nine tenths leave room for the overshoot of the motion.
        side = min(self.width(), self.height()) * 0.9 * self._grown
        disc = QRectF(0, 0, side, side)
        disc.moveCenter(center)
        painter.setBrush(self.theme.color(role))
        painter.drawEllipse(disc)
        inner = QRectF(0, 0, side * 0.56, side * 0.56)
        inner.moveCenter(center)
        self.theme.icons.paint(painter, icon, inner, self.theme.color(f"on-{role}"))
        painter.end()


class OutcomePanel(QWidget):
    """A large icon, a word in its color, and a sentence that says what it means.

    Args:
        theme: gives looks and motion.
        diameter: of the disc behind the icon, in pixels.
        parent: Qt parent.
    """

    def __init__(
        self, theme: ThemeController, diameter: int = 160, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._outcome: Outcome | None = None
        self._disc = _Disc(theme, diameter, self)
        self._word = Text("", "display", center=True)
        self._explanation = Text("", "body", "muted", center=True)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.space("m"))
        box.addWidget(self._disc, 0, Qt.AlignmentFlag.AlignHCenter)
        box.addSpacing(theme.space("s"))
        box.addWidget(self._word)
        box.addWidget(self._explanation)

    @property
    def outcome(self) -> Outcome | None:
        """Return what is shown."""
        return self._outcome

    def show_outcome(self, outcome: Outcome, word: str, explanation: str = "") -> None:
        """Show how it ended.

        Args:
            outcome: decides icon and color.
            word: a word or two, already translated.
            explanation: what it means and what to do, already translated.
        """
        self._outcome = outcome
        icon, tone = _LOOKS[outcome]
        self._disc.set_looks(icon, tone)
        self._word.set_tone(tone)
        self._word.setText(word)
        self._explanation.setText(explanation)
        self._explanation.setVisible(bool(explanation))
        accessibility.name(self, word, explanation)
        accessibility.announce(self, f"{word}. {explanation}".strip(), urgent=True)

    def explain(self, explanation: str, *, announced: bool = False) -> None:
        """Show another sentence about the same outcome.

        Args:
            explanation: already translated.
            announced: whether screen readers say it; not for what changes every second.
        """
        self._explanation.setText(explanation)
        self._explanation.setVisible(bool(explanation))
        accessibility.name(self, self._word.text(), explanation)
        if announced:
            accessibility.announce(self, explanation)
