"""One person: facts, scores over time, attempts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from kiosk.core.hearing.quality import Reason
from kiosk.ui import accessibility, messages
from kiosk.ui.operator.parts import IconText, scrolling
from kiosk.ui.operator.people.actions import Actions
from kiosk.ui.operator.people.history_plot import HistoryPlot
from kiosk.ui.operator.people.model import STATE_ICONS
from kiosk.ui.operator.tables.looks import TableLooks
from kiosk.ui.operator.words import NOTHING, local_date, local_time, number
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.card import Card
from kiosk.ui.widgets.labels import Text

if TYPE_CHECKING:
    from kiosk.core.people.users import AttemptRecord
    from kiosk.ui.operator.people.rows import History, Row
    from kiosk.ui.theme.controller import ThemeController
    from kiosk.ui.widgets.labels import Tone

_OUTCOME_ICONS = {
    "verified": ("check-circle", "positive"),
    "not_verified": ("x-circle", "negative"),
    "inconclusive": ("help-circle", "warning"),
}


class DetailView(QWidget):
    """Everything that is known about one person, but nothing of the voice itself.

    Signals:
        back: the operator wants to see everybody again.

    Attributes:
        row: the person shown, or None.
        bar: what can be done with the person.

    Args:
        theme: gives looks.
    """

    back = Signal()

    def __init__(self, theme: ThemeController) -> None:
        super().__init__()
        self.setObjectName("people.detail")
        self._theme = theme
        self.row: Row | None = None
        self._back = Button(theme, self.tr("All people"), "quiet", icon="arrow-left")
        self._back.setObjectName("people.back")
        self._back.clicked.connect(self.back)
        self.bar = Actions(theme, "person", show=False)
        self._state = IconText(theme)
        self._facts: dict[str, Text] = {}
        self._plot = HistoryPlot(theme)
        self._summary = Text("", "body", "muted")
        self._attempts = self._make_attempts()
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.space("m"))
        box.addWidget(self._facts_card())
        plot = Card(theme, "m")
        plot.body.addWidget(Text(self.tr("Scores against the threshold"), "title"))
        plot.body.addWidget(self._plot)
        plot.body.addWidget(self._summary)
        box.addWidget(plot)
        box.addWidget(Text(self.tr("Attempts"), "title"))
        box.addWidget(self._attempts, 1)
        head = QHBoxLayout()
        head.setSpacing(theme.space("m"))
        head.addWidget(self._back, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.bar, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(theme.space("m"))
        outer.addLayout(head)
        outer.addWidget(scrolling(theme, content), 1)
        theme.follow(self._restyle)

    def show_history(self, history: History, state_word: str) -> None:
        """Show a person.

        Args:
            history: the person and their attempts.
            state_word: the state in words, translated.
        """
        self.row = row = history.row
        one, person = row.summary, row.summary.person
        icon, role = STATE_ICONS[row.state]
        tones: dict[str, Tone] = {"positive": "positive", "warning": "warning"}
        self._state.set_state(state_word, icon, tones.get(role, "muted"))
        consent = person.consent
        agreed = NOTHING
        if consent is not None:
            agreed = self.tr("{0}, text version {1}").replace("{0}", local_date(consent.given_at))
            agreed = agreed.replace("{1}", consent.text_version)
        values = {
            "id": row.user_id,
            "consent": agreed,
            "takes": self._takes(row),
            "model": ", ".join(one.model_ids) or NOTHING,
            "enrolled": local_time(one.enrolled_at),
            "verified": local_time(one.last_verified_at),
            "kept": local_date(row.due_at),
        }
        for key, value in values.items():
            self._facts[key].setText(value)
        self.bar.show_for(row)
        self._plot.show_attempts(history.attempts)
        self._summary.setText(self._plot.spoken)
        self._fill(history.attempts)

    def _takes(self, row: Row) -> str:
        if not row.adapted:
            return str(row.summary.takes)
        text = self.tr("{0}, and {1} added later").replace("{0}", str(row.summary.takes))
        return text.replace("{1}", str(row.adapted))

    def clear(self) -> None:
        """Show nobody."""
        self.row = None
        self._attempts.setRowCount(0)
        self._plot.show_attempts(())
        for text in self._facts.values():
            text.setText("")

    def focus(self) -> None:
        """Put the focus on the way back."""
        self._back.setFocus(Qt.FocusReason.OtherFocusReason)

    def _facts_card(self) -> Card:
        card = Card(self._theme, "m")
        grid = QGridLayout()
        grid.setHorizontalSpacing(self._theme.space("l"))
        grid.setVerticalSpacing(self._theme.space("s"))
        titles = {
            "id": self.tr("ID"),
            "enrolled": self.tr("Enrolled"),
            "takes": self.tr("Takes"),
            "consent": self.tr("Consent"),
            "verified": self.tr("Last verified"),
            "model": self.tr("Voice model"),
            "kept": self.tr("Deleted on (later if verified again)"),
        }
        card.body.addWidget(self._state)
        for place, (key, title) in enumerate(titles.items()):
            self._facts[key] = Text("", "strong")
            cell = QVBoxLayout()
            cell.setSpacing(0)
            cell.addWidget(Text(title, "caption", "muted"))
            cell.addWidget(self._facts[key])
            grid.addLayout(cell, place // 3, place % 3)
            grid.setColumnStretch(place % 3, 1)
        card.body.addLayout(grid)
        return card

    def _make_attempts(self) -> QTableWidget:
        table = QTableWidget(0, 5)
        table.setObjectName("people.attempts")
        table.setHorizontalHeaderLabels(
            [
                self.tr("When"),
                self.tr("Outcome"),
                self.tr("Score"),
                self.tr("Threshold"),
                self.tr("Reasons"),
            ]
        )
        table.setMinimumHeight(220)
        TableLooks(self._theme, table, 4)
        header = table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        accessibility.name(table, self.tr("Attempts, newest first"))
        return table

    def _fill(self, attempts: tuple[AttemptRecord, ...]) -> None:
        words = {
            "verified": self.tr("Verified"),
            "not_verified": self.tr("Not verified"),
            "inconclusive": self.tr("Could not tell"),
        }
        self._attempts.setRowCount(len(attempts))
        for row, attempt in enumerate(attempts):
            texts = (
                local_time(attempt.at),
                words.get(attempt.outcome, attempt.outcome),
                number(attempt.score),
                number(attempt.threshold),
                ", ".join(_reason(value) for value in attempt.reasons),
            )
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                if column == 1:
                    item.setData(Qt.ItemDataRole.UserRole, attempt.outcome)
                self._attempts.setItem(row, column, item)
        self._restyle()

    @Slot()
    def _restyle(self) -> None:
        for row in range(self._attempts.rowCount()):
            item = self._attempts.item(row, 1)
            looks = _OUTCOME_ICONS.get(item.data(Qt.ItemDataRole.UserRole)) if item else None
            if item is not None and looks is not None:
                item.setIcon(self._theme.icon(*looks))


def _reason(value: str) -> str:
    reason = Reason.of(value)
    return messages.for_reason(reason).title if reason else value
