"""The table of records, and finding and sorting in it."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Slot,
)

from kiosk.core.audit import AuditAction
from kiosk.ui.operator.activity.words import action_word, actor_word, why
from kiosk.ui.operator.people.model import plain
from kiosk.ui.operator.words import local_time, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.core.audit import AuditRecord
    from kiosk.ui.theme.controller import ThemeController

SORT_ROLE = Qt.ItemDataRole.UserRole + 1
SEQ_ROLE = Qt.ItemDataRole.UserRole + 2
_Index = QModelIndex | QPersistentModelIndex

_ICONS: dict[str, tuple[str, str]] = {
    AuditAction.VERIFIED: ("check-circle", "positive"),
    AuditAction.NOT_VERIFIED: ("x-circle", "negative"),
    AuditAction.INCONCLUSIVE: ("help-circle", "warning"),
    AuditAction.LOCKED: ("lock", "warning"),
    AuditAction.REFUSED: ("x-circle", "warning"),
    AuditAction.SIGN_IN_REFUSED: ("x-circle", "negative"),
    AuditAction.NOT_PERMITTED: ("x-circle", "negative"),
    AuditAction.API_KEY_REFUSED: ("x-circle", "negative"),
    AuditAction.ENROLLMENT_REFUSED: ("x-circle", "warning"),
    AuditAction.CHAIN_DAMAGED: ("alert-triangle", "negative"),
    AuditAction.STATE_DIFFERS: ("alert-triangle", "negative"),
}


class Column(IntEnum):
    """The columns from left to right."""

    WHEN = 0
    WHO = 1
    WHAT = 2
    ABOUT = 3
    SCORE = 4
    """With the threshold that it was compared with."""
    WHY = 5


_DIGITS = 3
"""Two would say of some rejections that the score is the threshold."""


class ActivityModel(QAbstractTableModel):
    """Rows of records; read only, replaced as a whole.

    Args:
        theme: gives the icons of outcomes.
        parent: Qt parent.
    """

    def __init__(self, theme: ThemeController, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._records: list[AuditRecord] = []
        self._texts: list[tuple[str, ...]] = []
        self._searched: list[str] = []
        theme.changed.connect(self._restyle)

    def set_records(self, records: Sequence[AuditRecord]) -> None:
        """Show other records."""
        self.beginResetModel()
        self._records = list(records)
        # Made once: sorting and searching ask for them again and again.
        self._texts = [_texts(record) for record in self._records]
        self._searched = [plain(" ".join(texts)) for texts in self._texts]
        self.endResetModel()

    def searched(self, row: int) -> str:
        """Return all words of a row, as :func:`kiosk.ui.operator.people.model.plain` has them."""
        return self._searched[row]

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._records)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(Column)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._titles()[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(Column(section))
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = index.row(), Column(index.column())
        record = self._records[row]
        if role == Qt.ItemDataRole.ToolTipRole and column is Column.WHEN:
            label = self.tr("Record {0}").replace("{0}", str(record.seq))
            return f"{record.at.astimezone():%Y-%m-%d %H:%M:%S} – {label}"
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._texts[row][column]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == Qt.ItemDataRole.DecorationRole and column is Column.WHAT:
            looks = _ICONS.get(record.action)
            return None if looks is None else self._theme.icon(*looks)
        if role == SORT_ROLE:
            return self._sort_key(row, column)
        if role == SEQ_ROLE:
            return record.seq
        return None

    def _titles(self) -> tuple[str, ...]:
        return (
            self.tr("When"),
            self.tr("Who"),
            self.tr("What"),
            self.tr("About"),
            self.tr("Score, threshold"),
            self.tr("Why, or details"),
        )

    def _sort_key(self, row: int, column: Column) -> tuple[float, str, int]:
        record = self._records[row]
        if column is Column.WHEN:
            return (record.seq, "", 0)
        if column is Column.SCORE:
            value = record.details.get("score")
            return (float(value) if isinstance(value, int | float) else -2.0, "", record.seq)
        return (0.0, plain(self._texts[row][column]), record.seq)

    @Slot()
    def _restyle(self) -> None:
        if self._records:
            last = self.index(len(self._records) - 1, len(Column) - 1)
            self.dataChanged.emit(self.index(0, 0), last)


class ActivityFilter(QSortFilterProxyModel):
    """Finds in all columns, without regard to case and accents."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Begin with everything, newest first."""
        super().__init__(parent)
        self._words: tuple[str, ...] = ()
        self.setSortRole(SORT_ROLE)

    @Slot(str)
    def search(self, text: str) -> None:
        """Keep the rows in which every word of the text occurs."""
        self.beginFilterChange()
        self._words = tuple(plain(text).split())
        self.endFilterChange()

    def filterAcceptsRow(self, source_row: int, source_parent: _Index) -> bool:
        del source_parent
        model = self.sourceModel()
        if not self._words or not isinstance(model, ActivityModel):
            return True
        text = model.searched(source_row)
        return all(word in text for word in self._words)

    def lessThan(self, source_left: _Index, source_right: _Index) -> bool:
        return bool(source_left.data(SORT_ROLE) < source_right.data(SORT_ROLE))


def _texts(record: AuditRecord) -> tuple[str, ...]:
    details = record.details
    return (
        local_time(record.at),
        actor_word(record),
        action_word(record),
        record.subject or "",
        _compared(details.get("score"), details.get("threshold")),
        why(record),
    )


def _compared(score: object, threshold: object) -> str:
    """Return a score and on which side of its threshold it is."""
    if not isinstance(score, int | float):
        return ""
    shown = number(float(score), _DIGITS)
    if not isinstance(threshold, int | float):
        return shown
    side = "\N{GREATER-THAN OR EQUAL TO}" if score >= threshold else "<"
    return f"{shown} {side} {number(float(threshold), _DIGITS)}"


def _alignment(column: Column) -> Qt.AlignmentFlag:
    right = column is Column.SCORE
    horizontal = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    return horizontal | Qt.AlignmentFlag.AlignVCenter
