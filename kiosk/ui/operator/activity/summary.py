"""Today in numbers, and the scores of what was decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kiosk.core.records.audit import AuditAction
from kiosk.ui.operator.flow import FlowLayout
from kiosk.ui.operator.parts import empty
from kiosk.ui.operator.people.history_plot import HistoryPlot
from kiosk.ui.widgets.card import Card
from kiosk.ui.widgets.labels import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.core.people.users import AttemptRecord
    from kiosk.ui.operator.activity.presenter import Activity
    from kiosk.ui.theme.controller import ThemeController

_PLOT_HEIGHT = 155
_LARGE = 125
"""Above this text scale in percent the words say what the plot would: the table needs the room."""


class Summary(QWidget):
    """How many of each decision there were today, and the latest scores against the threshold.

    Args:
        theme: gives looks.
    """

    def __init__(self, theme: ThemeController) -> None:
        super().__init__()
        self.setObjectName("activity.summary")
        counts = QWidget()
        self._flow = FlowLayout(counts, theme.space("l"))
        self._plot = HistoryPlot(theme)
        self._plot.setObjectName("activity.plot")
        self._plot.setFixedHeight(_PLOT_HEIGHT)
        self._words = Text("", "caption", "muted")
        card = Card(theme, "m")
        card.body.setSpacing(theme.space("s"))
        card.body.addWidget(counts)
        card.body.addWidget(self._plot)
        card.body.addWidget(self._words)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(card)
        self._theme = theme
        self._shown: tuple[dict[str, int], tuple[AttemptRecord, ...]] | None = None
        theme.follow(self._make_room)
        self.clear()

    def show_activity(self, activity: Activity) -> None:
        """Show the numbers of today, and the scores of the records that were read."""
        today, shown = activity.today, (activity.today, activity.attempts)
        if shown == self._shown:
            return
        self._shown = shown
        counted = (
            (self.tr("Verified"), (AuditAction.VERIFIED,)),
            (self.tr("Not verified"), (AuditAction.NOT_VERIFIED,)),
            (self.tr("Could not tell"), (AuditAction.INCONCLUSIVE,)),
            (self.tr("Locked or refused"), (AuditAction.LOCKED, AuditAction.REFUSED)),
            (self.tr("Enrolled"), (AuditAction.ENROLLED, AuditAction.REENROLLED)),
            (self.tr("Sign-ins refused"), (AuditAction.SIGN_IN_REFUSED,)),
        )
        self._show_counts(
            [(title, sum(today.get(action, 0) for action in actions)) for title, actions in counted]
        )
        self._plot.show_attempts(activity.attempts)
        self._make_room()
        self._words.setText(self._plot.spoken)

    def clear(self) -> None:
        """Show nothing."""
        self._shown = None
        self._show_counts(())
        self._plot.show_attempts(())
        self._make_room()
        self._words.setText("")

    def _show_counts(self, counts: Sequence[tuple[str, int]]) -> None:
        empty(self._flow)
        today = Text(self.tr("Today"), "title")
        today.setWordWrap(False)
        self._flow.addWidget(today)
        for title, count in counts:
            cell = QWidget()
            cell.setAccessibleName(f"{title}: {count}")
            box = QVBoxLayout(cell)
            box.setContentsMargins(0, 0, 0, 0)
            box.setSpacing(0)
            for text in (Text(title, "caption", "muted"), Text(str(count), "strong")):
                text.setWordWrap(False)
                box.addWidget(text)
            self._flow.addWidget(cell)

    @Slot()
    def _make_room(self) -> None:
        large = self._theme.text_scale > _LARGE
        self._plot.setVisible(bool(self._plot.points) and not large)
