"""Choosing how many impostors may get in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QWidget

from kiosk.ui import accessibility
from kiosk.ui.operator.flow import FlowLayout
from kiosk.ui.operator.overlay import confirm
from kiosk.ui.operator.threshold import words
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.card import Card
from kiosk.ui.widgets.hearing.hint_banner import HintBanner
from kiosk.ui.widgets.labels import Text

if TYPE_CHECKING:
    from kiosk.ui.operator.threshold.presenter import Reading
    from kiosk.ui.theme.controller import ThemeController


class PolicyCard(Card):
    """The policy in force, and others to look at before one is set.

    Signals:
        looked_at: what another policy would mean is asked for: at most one impostor in so many.
        chosen: the policy shall hold from now on.

    Args:
        theme: gives looks.
    """

    looked_at = Signal(int)
    chosen = Signal(int)

    def __init__(self, theme: ThemeController) -> None:
        super().__init__(theme)
        self.setObjectName("threshold.policy")
        self._theme = theme
        self._reading: Reading | None = None
        self._in_force = Text("", "title")
        self._in_force.setObjectName("threshold.in_force")
        self._box = QComboBox()
        self._box.setObjectName("threshold.one_in")
        self._box.setMinimumHeight(theme.target("operator"))
        accessibility.name(self._box, self.tr("How strict the check is"))
        self._set = Button(theme, self.tr("Set"), "primary")
        self._set.setObjectName("threshold.set_policy")
        self._preview = HintBanner(theme)
        self._preview.setObjectName("threshold.preview")
        policy = self._preview.sizePolicy()
        policy.setRetainSizeWhenHidden(False)
        self._preview.setSizePolicy(policy)
        self._note = Text("", "caption", "muted")
        explanation = self.tr(
            "An impostor claims to be another person. The kiosk measures how impostors score "
            "here and accepts no more of them than you choose. The stricter it is, the more of "
            "your own people are rejected."
        )
        choosing = QWidget()
        row = FlowLayout(choosing, theme.space("s"))
        row.addWidget(self._box)
        row.addWidget(self._set)
        for part in (
            self._in_force,
            Text(explanation, "body", "muted"),
            choosing,
            self._preview,
            self._note,
        ):
            self.body.addWidget(part)
        self._box.activated.connect(self._on_chosen)
        self._set.clicked.connect(self._ask)

    def permit(self, *, setting: bool) -> None:
        """Offer setting it, or only looking at it."""
        self._set.setVisible(setting)
        self._note.setVisible(not setting)
        self._note.setText(
            self.tr("Only administrators can set it. You can preview other choices.")
        )

    def focus(self) -> QWidget:
        """Return what is used first."""
        return self._box

    def show_reading(self, reading: Reading) -> None:
        """Show what holds and what is looked at."""
        self._reading = reading
        now, then = reading.in_force, reading.looked_at
        held = self.tr("{0} is accepted").replace("{0}", words.policy(now.one_in))
        self._in_force.setText(held)
        self._box.clear()
        for one_in in sorted({*words.POLICIES, now.one_in, then.one_in}):
            text = words.policy(one_in)
            if one_in == now.one_in:
                text = self.tr("{0} (set)").replace("{0}", text)
            self._box.addItem(text, one_in)
        self._box.setCurrentIndex(self._box.findData(then.one_in))
        other = then.one_in != now.one_in
        self._set.setEnabled(other)
        if other:
            self._preview.show_hint(words.preview(now, then))
        else:
            self._preview.clear()

    @Slot(int)
    def _on_chosen(self, index: int) -> None:
        self._set.setEnabled(False)
        self.looked_at.emit(int(self._box.itemData(index)))

    @Slot()
    def _ask(self) -> None:
        if self._reading is None:
            return
        now, then = self._reading.in_force, self._reading.looked_at
        shut_out = self._reading.shut_out
        if then.one_in >= now.one_in and not shut_out.count:
            self.chosen.emit(then.one_in)
            return
        texts = (
            self.tr("Accept more impostors?"),
            self.tr("{0} instead of 1 in {1}.")
            .replace("{0}", words.policy(then.one_in))
            .replace("{1}", f"{now.one_in:,}"),
            self.tr("Set"),
        )
        if shut_out.count:
            texts = (words.turn_away(shut_out), words.turned_away(shut_out), self.tr("Set"))
        name = "threshold.policy_confirm"
        confirm(self._theme, self, name, texts, lambda: self.chosen.emit(then.one_in))
