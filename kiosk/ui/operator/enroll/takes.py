"""The takes beside the Voice and Check steps: what was recorded, how good it is, retake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk.ui import messages
from kiosk.ui.operator.figures import FigureGrid, figures
from kiosk.ui.operator.parts import IconText
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.card import Card
from kiosk.ui.widgets.labels import Text

if TYPE_CHECKING:
    from kiosk.core.visit.outcomes import TakeAccepted, TakeRefused
    from kiosk.ui.operator.enroll.presenting.presenter import EnrollPresenter
    from kiosk.ui.theme.controller import ThemeController


class TakeCard(Card):
    """One take: its state, its figures, and the button to record it again.

    Args:
        theme: gives looks.
        presenter: told to drop the take.
        slot: which one, from 0.
    """

    def __init__(self, theme: ThemeController, presenter: EnrollPresenter, slot: int) -> None:
        super().__init__(theme, "m")
        self._presenter = presenter
        self._slot = slot
        self._shown: object = None
        title = self.tr("Take {0}").replace("{0}", str(slot + 1))
        self._state = IconText(theme)
        self._retake = Button(
            theme,
            self.tr("Retake"),
            "quiet",
            icon="refresh",
            name=self.tr("Record take {0} again").replace("{0}", str(slot + 1)),
        )
        self._retake.setObjectName(f"enroll.retake.{slot}")
        self._retake.clicked.connect(lambda: presenter.retake(slot))
        # The row keeps its height whether or not there is a button in it.
        hold = self._retake.sizePolicy()
        hold.setRetainSizeWhenHidden(True)
        self._retake.setSizePolicy(hold)
        self._figures = FigureGrid(theme)
        self._advice = Text("", "body")
        head = QHBoxLayout()
        head.setSpacing(theme.space("s"))
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(Text(title, "caption", "muted"))
        names.addWidget(self._state)
        head.addLayout(names, 1)
        head.addWidget(self._retake, 0, Qt.AlignmentFlag.AlignTop)
        self.body.setSpacing(theme.space("xs"))
        self.body.addLayout(head)
        self.body.addWidget(self._figures)
        self.body.addWidget(self._advice)

    def show_state(self) -> None:
        """Show what the presenter knows about this take."""
        presenter = self._presenter
        session = presenter.session
        take = presenter.slots[self._slot]
        mine = presenter.slots.target == self._slot
        refused = presenter.refused if mine else None
        weakest = self._is_weakest()
        state = session.state_id
        self._retake.setVisible(take is not None and state in ("ready", "review"))
        key = (take, refused, weakest, mine, state)
        if key == self._shown:
            return
        self._shown = key
        if take is not None:
            self._show_accepted(take, weakest=weakest)
        elif refused is not None:
            self._show_refused(refused)
        else:
            self._show_missing(mine=mine, state=state)

    def _is_weakest(self) -> bool:
        presenter = self._presenter
        if presenter.session.wanted or presenter.session.consistent():
            return False
        return presenter.slots.weakest()[0] == self._slot

    def _show_accepted(self, take: TakeAccepted, *, weakest: bool) -> None:
        if weakest:
            self._state.set_state(self.tr("Differs from the others"), "alert-triangle", "warning")
        else:
            self._state.set_state(self.tr("Accepted"), "check-circle", "positive")
        quality = self._presenter.session.policy.quality
        self._figures.show_figures(figures(take.quality, quality, ()))
        self._figures.show()
        self._advice.hide()

    def _show_refused(self, refused: TakeRefused) -> None:
        self._state.set_state(self.tr("Not good enough"), "x-circle", "negative")
        quality = self._presenter.session.policy.quality
        self._figures.show_figures(figures(refused.quality, quality, refused.reasons))
        self._figures.show()
        advice = (messages.for_reason(reason) for reason in refused.reasons)
        self._advice.setText("\n".join(f"{one.title}. {one.hint}" for one in advice))
        self._advice.show()

    def _show_missing(self, *, mine: bool, state: str) -> None:
        if mine and state == "listening":
            self._state.set_state(self.tr("Listening"), "microphone", "accent")
        elif mine and state == "checking":
            self._state.set_state(self.tr("Checking"), "activity", "accent")
        elif mine:
            self._state.set_state(self.tr("Next"), "arrow-right", "accent")
        else:
            self._state.set_state(self.tr("Not recorded yet"), "minus", "muted")
        self._figures.hide()
        self._advice.hide()


class TakesPanel(QWidget):
    """All takes below each other.

    Args:
        theme: gives looks.
        presenter: knows the takes.
    """

    def __init__(self, theme: ThemeController, presenter: EnrollPresenter) -> None:
        super().__init__()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.space("s"))
        self._cards = [
            TakeCard(theme, presenter, slot) for slot in range(presenter.session.policy.takes)
        ]
        for card in self._cards:
            box.addWidget(card)
        box.addStretch(1)

    def show_state(self) -> None:
        """Show what the presenter knows."""
        for card in self._cards:
            card.show_state()
