"""The threshold of a voice model that was never calibrated: a cosine score."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from kiosk.ui import accessibility
from kiosk.ui.operator.flow import FlowLayout
from kiosk.ui.operator.overlay import confirm
from kiosk.ui.operator.parts import Field
from kiosk.ui.operator.threshold import words
from kiosk.ui.operator.threshold.cosine_presenter import CosinePresenter
from kiosk.ui.operator.threshold.meaning import BOUNDS, meaning, too_few
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.card import Card
from kiosk.ui.widgets.hearing.hint_banner import HintBanner
from kiosk.ui.widgets.labels import Text

if TYPE_CHECKING:
    from kiosk.ui.navigation import Ui
    from kiosk.ui.operator.threshold.cosine_presenter import Thresholds

_WIDEST = 480
_DIGITS = 3


class ThresholdCard(Card):
    """The threshold in force, what it means, and another one by number or by what it shall mean.

    Signals:
        failed: :class:`kiosk.core.errors.KioskError`.

    Args:
        ui: the use-cases, threads and looks.
    """

    failed = Signal(object)

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui.theme)
        self.setObjectName("threshold.cosine")
        self._theme = ui.theme
        self._shown: Thresholds | None = None
        self._presenter = CosinePresenter(ui, self)
        self._in_force = Text("", "strong")
        self._in_force.setObjectName("threshold.cosine_in_force")
        self._field = Field(
            ui.theme,
            self.tr("Another threshold"),
            "threshold.value",
            self.tr("A cosine score from 0.05 to 1, such as 0.687"),
        )
        self._field.setMaximumWidth(_WIDEST)
        self._meaning = HintBanner(ui.theme)
        self._meaning.setObjectName("threshold.meaning")
        self._bounds = self._make_bounds()
        self._set = Button(ui.theme, self.tr("Set the threshold"), "primary")
        self._set.setObjectName("threshold.set")
        self._default = Button(ui.theme, self.tr("Use the model default"), icon="refresh")
        self._default.setObjectName("threshold.default")
        self._build()
        self._field.line.textEdited.connect(self._on_typed)
        self._field.line.returnPressed.connect(self._ask)
        self._bounds.activated.connect(self._on_bound)
        self._set.clicked.connect(self._ask)
        self._default.clicked.connect(self._use_default)
        self._presenter.loaded.connect(self._show)
        self._presenter.failed.connect(self.failed)

    def _make_bounds(self) -> QComboBox:
        box = QComboBox()
        box.setObjectName("threshold.bound")
        box.setMinimumHeight(self._theme.target("operator"))
        box.addItem(self.tr("Choose by false-accept rate …"), 0)
        for one_in in BOUNDS:
            text = self.tr("At most 1 impostor in {0}").replace("{0}", f"{one_in:,}")
            box.addItem(text, one_in)
        accessibility.name(box, self.tr("Choose the threshold by false-accept rate"))
        return box

    def _build(self) -> None:
        explanation = self.tr(
            "Voices scoring this or higher are accepted. A higher threshold accepts fewer "
            "impostors and rejects more of your own people."
        )
        caveat = self.tr(
            "The impostors were recorded elsewhere, mostly from its training data. With your "
            "microphone and people more may be accepted. Measure that with 'kiosk evaluate' "
            "before you rely on it."
        )
        buttons = QWidget()
        row = FlowLayout(buttons, self._theme.space("s"))
        row.addWidget(self._set)
        row.addWidget(self._default)
        choosing = QHBoxLayout()
        choosing.addWidget(self._bounds)
        choosing.addStretch(1)
        self.body.addWidget(Text(self.tr("Threshold"), "title"))
        self.body.addWidget(Text(explanation, "body", "muted"))
        self.body.addWidget(self._in_force)
        self.body.addWidget(self._meaning)
        self.body.addLayout(choosing)
        self.body.addWidget(self._field)
        self.body.addWidget(buttons)
        self.body.addWidget(Text(caveat, "caption", "muted"))

    def reload(self) -> None:
        """Read what holds, and compare strangers anew."""
        self._shown = None
        self._set.setEnabled(False)
        self._presenter.load()

    def forget(self) -> None:
        """Drop what was typed: the page is left."""
        self._shown = None

    @Slot(object)
    def _show(self, found: Thresholds) -> None:
        self._shown = found
        own = found.in_force == found.default
        text = self.tr("{0} (model default)") if own else self.tr("{0} (model default: {1})")
        text = text.replace("{0}", _digits(found.in_force))
        self._in_force.setText(text.replace("{1}", _digits(found.default)))
        self._default.setEnabled(not own)
        self._bounds.setCurrentIndex(0)
        self._field.line.setText(_digits(found.in_force))
        self._explain(found.in_force)

    @Slot()
    def _on_typed(self) -> None:
        self._bounds.setCurrentIndex(0)
        value = self._value()
        if value is None:
            self._set.setEnabled(False)
        else:
            self._explain(value)

    @Slot(int)
    def _on_bound(self, index: int) -> None:
        one_in, found = int(self._bounds.itemData(index)), self._shown
        if not one_in or found is None:
            return
        value = found.test.threshold_for(1 / one_in)
        if value is None:
            self._set.setEnabled(False)
            self._meaning.show_hint(too_few(found.test, one_in), "warning")
            return
        self._field.line.setText(_digits(value))
        self._explain(value)

    def _explain(self, value: float) -> None:
        """Say what a threshold means, and offer it when it is another one."""
        found = self._shown
        if found is None:
            return
        self._field.complain("")
        self._meaning.show_hint(meaning(found.test, value), "neutral")
        self._set.setEnabled(_digits(value) != _digits(found.in_force))

    def _value(self) -> float | None:
        """Return what was typed; complains and returns None when it is no threshold."""
        try:
            value = float(self._field.line.text().strip().replace(",", "."))
        except ValueError:
            value = 0.0
        if 0.0 < value < 1.0:
            return value
        self._field.complain(self.tr("Type a number from 0.05 to 1."))
        return None

    @Slot()
    def _ask(self) -> None:
        value, found = self._value(), self._shown
        if value is None or found is None or not self._set.isEnabled():
            return
        self._ask_for(value, value, found)

    @Slot()
    def _use_default(self) -> None:
        found = self._shown
        if found is not None:
            self._ask_for(None, found.default, found)

    def _ask_for(self, wanted: float | None, value: float, found: Thresholds) -> None:
        """Set another threshold; ask first where strangers get in, or people are turned away."""
        old, new = _digits(found.in_force), _digits(value)
        if value < found.in_force:
            body = self.tr("{0} is lower than {1}, so more impostors are accepted.")
            body = f"{body} {meaning(found.test, value)}"
            texts = (self.tr("Lower the threshold?"), body, self.tr("Lower it"))
        elif (shut_out := found.standing.below(value)).count:
            body = words.turned_away(shut_out)
            texts = (words.turn_away(shut_out), body, self.tr("Raise it"))
        else:
            self._presenter.set(wanted)
            return
        title, body, action = texts
        texts = (title, body.replace("{0}", new).replace("{1}", old), action)
        confirm(self._theme, self, "threshold.confirm", texts, lambda: self._presenter.set(wanted))


def _digits(value: float) -> str:
    return f"{value:.{_DIGITS}f}"
