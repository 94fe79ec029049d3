"""Step 5: it is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kiosk.ui.widgets.card import Card, line
from kiosk.ui.widgets.labels import IconView, Text

if TYPE_CHECKING:
    from kiosk.ui.operator.enroll.presenter import EnrollPresenter
    from kiosk.ui.theme.controller import ThemeController


class DoneStep(QWidget):
    """Who was enrolled, with what, and what comes next.

    Args:
        theme: gives looks.
        presenter: knows who.
    """

    def __init__(self, theme: ThemeController, presenter: EnrollPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        middle = Qt.AlignmentFlag.AlignHCenter
        self._title = Text("", "display", center=True)
        self._title.setObjectName("enroll.summary")
        self._facts = Text("", "body", "muted", center=True)
        card = Card(theme, "xl")
        card.body.addWidget(IconView(theme, "check-circle", "positive", 72), 0, middle)
        card.body.addWidget(self._title)
        card.body.addWidget(self._facts)
        card.body.addWidget(line())
        card.body.addWidget(
            Text(
                self.tr(
                    "The person can verify at the kiosk from now on. The recordings are deleted; "
                    "only the voiceprint is kept."
                ),
                center=True,
            )
        )
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(card)
        box.addStretch(1)

    def show_state(self) -> None:
        """Show what the presenter knows."""
        presenter = self._presenter
        saved = presenter.saved
        if saved is None:
            return
        who = f"{saved.name} ({saved.user_id})" if saved.name else saved.user_id
        said = self.tr("{0} is re-enrolled") if saved.replaced else self.tr("{0} is enrolled")
        self._title.setText(said.replace("{0}", who))
        facts = self.tr("{0} takes, lowest score between them {1}, voice model {2}")
        for place, value in enumerate((str(saved.takes), saved.lowest, saved.model_id)):
            facts = facts.replace(f"{{{place}}}", value)
        self._facts.setText(facts)
