"""Step 5: it is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kiosk.ui import messages
from kiosk.ui.operator.receipts import Receipts
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.card import Card, line
from kiosk.ui.widgets.hearing.hint_banner import HintBanner
from kiosk.ui.widgets.labels import IconView, Text

if TYPE_CHECKING:
    from kiosk.core.errors import KioskError
    from kiosk.ui.navigation import Ui
    from kiosk.ui.operator.enroll.presenting.presenter import EnrollPresenter
    from kiosk.ui.operator.enroll.presenting.records import Saved


class DoneStep(QWidget):
    """Who was enrolled, with what, the receipt of their consent, and what comes next.

    Args:
        ui: the use-cases, threads and looks.
        presenter: knows who.
    """

    def __init__(self, ui: Ui, presenter: EnrollPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self._receipts = Receipts(ui, self)
        self._shown: Saved | None = None
        theme = ui.theme
        middle = Qt.AlignmentFlag.AlignHCenter
        self._title = Text("", "display", center=True)
        self._title.setObjectName("enroll.summary")
        self._facts = Text("", "body", "muted", center=True)
        self._decided = Text("", "body", center=True)
        self._decided.setObjectName("enroll.decided")
        self._receipt = Button(theme, self.tr("Save consent receipt"), icon="download")
        self._receipt.setObjectName("enroll.receipt")
        self._receipt.clicked.connect(self._ask_receipt)
        self._said = HintBanner(theme)
        self._said.setObjectName("enroll.receipt_said")
        card = Card(theme, "xl")
        card.body.addWidget(IconView(theme, "check-circle", "positive", 72), 0, middle)
        for part in (self._title, self._facts, self._decided):
            card.body.addWidget(part)
        card.body.addWidget(line())
        self._next = Text("", center=True)
        self._next.setObjectName("enroll.next_words")
        card.body.addWidget(self._next)
        card.body.addWidget(self._receipt, 0, middle)
        card.body.addWidget(
            Text(
                self.tr(
                    "A PDF of the agreed text, to print or hand over. You can also save it "
                    "later on the People page."
                ),
                "caption",
                "muted",
                center=True,
            )
        )
        card.body.addWidget(self._said)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(card)
        box.addStretch(1)
        self._receipts.written.connect(self._on_written)
        self._receipts.failed.connect(self._on_failed)

    def show_state(self) -> None:
        """Show what the presenter knows."""
        saved = self._presenter.saved
        if saved is None or saved is self._shown:
            return
        self._shown = saved
        self._said.clear()
        who = f"{saved.name} ({saved.user_id})" if saved.name else saved.user_id
        said = self.tr("{0} is re-enrolled") if saved.replaced else self.tr("{0} is enrolled")
        self._title.setText(said.replace("{0}", who))
        facts = self.tr("{0} takes, lowest score between them {1}, voice model {2}")
        for place, value in enumerate((str(saved.takes), saved.lowest, saved.model_id)):
            facts = facts.replace(f"{{{place}}}", value)
        self._facts.setText(facts)
        self._next.setText(self._what_is_kept(saved))
        decided = self.tr("Decided: not the same person as {0}. Reason: {1}")
        decided = decided.replace("{0}", ", ".join(saved.like)).replace("{1}", saved.reason)
        self._decided.setText(decided)
        self._decided.setVisible(bool(saved.like))

    def _what_is_kept(self, saved: Saved) -> str:
        if saved.kept:
            return self.tr(
                "The person can verify at the kiosk from now on. The recordings are kept, "
                "encrypted, for the period set here. So nobody has to come back when the voice "
                "model changes."
            )
        return self.tr(
            "The person can verify at the kiosk from now on. The recordings are deleted. Only "
            "the voiceprint is kept."
        )

    @Slot()
    def _ask_receipt(self) -> None:
        if self._shown is not None:
            self._receipts.ask(self, self._shown.user_id)

    @Slot(str)
    def _on_written(self, name: str) -> None:
        text = self.tr("Receipt saved: {0}").replace("{0}", name)
        self._said.show_hint(text, "positive")

    @Slot(object)
    def _on_failed(self, error: KioskError) -> None:
        message = messages.for_error(error)
        self._said.show_hint(message.sentence, "negative", message.icon)
