"""The table of people, and finding and sorting in it."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
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

from kiosk.ui.operator.people.presenter import PersonState
from kiosk.ui.operator.words import local_date, local_time, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.ui.operator.people.presenter import Row
    from kiosk.ui.theme.controller import ThemeController

SORT_ROLE = Qt.ItemDataRole.UserRole + 1
ID_ROLE = Qt.ItemDataRole.UserRole + 2
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_Index = QModelIndex | QPersistentModelIndex

STATE_ICONS: dict[PersonState, tuple[str, str]] = {
    PersonState.READY: ("check-circle", "positive"),
    PersonState.REENROLL: ("refresh", "warning"),
    PersonState.NO_VOICE: ("microphone-off", "warning"),
    PersonState.DISABLED: ("minus", "text-muted"),
    PersonState.LOCKED: ("lock", "warning"),
}
"""Icon and the role of its color for each state."""


class Column(IntEnum):
    """The columns from left to right."""

    ID = 0
    NAME = 1
    STATE = 2
    TAKES = 3
    MODEL = 4
    ENROLLED = 5
    VERIFIED = 6
    SCORE = 7


_NUMBERS = {Column.TAKES, Column.SCORE}


class PeopleModel(QAbstractTableModel):
    """Rows of people; read only, replaced as a whole.

    Args:
        theme: gives the icons of the states.
        parent: Qt parent.
    """

    def __init__(self, theme: ThemeController, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: list[Row] = []
        theme.changed.connect(self._restyle)

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show other people."""
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def row_at(self, index: int) -> Row:
        """Return one person."""
        return self._rows[index]

    def row_of(self, user_id: str) -> int | None:
        """Return where a person stands, or None."""
        return next((i for i, row in enumerate(self._rows) if row.user_id == user_id), None)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(Column)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._titles()[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            tips = {Column.VERIFIED: self.tr("Last verified"), Column.SCORE: self.tr("Last score")}
            return tips.get(Column(section))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(Column(section))
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], Column(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(row, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == Qt.ItemDataRole.DecorationRole and column is Column.STATE:
            return self._theme.icon(*STATE_ICONS[row.state])
        if role == SORT_ROLE:
            return _sort_key(row, column)
        if role == ID_ROLE:
            return row.user_id
        return None

    def state_word(self, state: PersonState) -> str:
        """Return the word for a state."""
        return {
            PersonState.READY: self.tr("Ready"),
            PersonState.REENROLL: self.tr("Re-enroll needed"),
            PersonState.NO_VOICE: self.tr("No voiceprint"),
            PersonState.DISABLED: self.tr("Disabled"),
            PersonState.LOCKED: self.tr("Locked"),
        }[state]

    def _titles(self) -> tuple[str, ...]:
        return (
            self.tr("ID"),
            self.tr("Name"),
            self.tr("State"),
            self.tr("Takes"),
            self.tr("Model"),
            self.tr("Enrolled"),
            self.tr("Verified"),
            self.tr("Score"),
        )

    def _text(self, row: Row, column: Column) -> str:
        one = row.summary
        match column:
            case Column.ID:
                return row.user_id
            case Column.NAME:
                return one.person.name
            case Column.STATE:
                return self.state_word(row.state)
            case Column.TAKES:
                return str(one.takes) if one.takes else "–"
            case Column.MODEL:
                return ", ".join(one.model_ids) or "–"
            case Column.ENROLLED:
                return local_date(one.enrolled_at)
            case Column.VERIFIED:
                return local_date(one.last_verified_at)
            case Column.SCORE:
                return number(one.last_score)

    def _tip(self, row: Row, column: Column) -> str | None:
        if column is Column.STATE and row.state is PersonState.REENROLL:
            return self.tr("Enrolled with another voice model than the one in use.")
        if column is Column.STATE and row.state is PersonState.LOCKED:
            return self.tr("After too many failures.")
        if column is Column.VERIFIED:
            return local_time(row.summary.last_verified_at)
        if column is Column.ENROLLED:
            return local_time(row.summary.enrolled_at)
        if column in (Column.NAME, Column.MODEL, Column.ID):
            return self._text(row, column)
        return None

    @Slot()
    def _restyle(self) -> None:
        if self._rows:
            last = self.index(len(self._rows) - 1, len(Column) - 1)
            self.dataChanged.emit(self.index(0, 0), last)


class PeopleFilter(QSortFilterProxyModel):
    """Finds by ID and name, without regard to case and accents; sorts by what is meant."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Begin with everybody, by ID."""
        super().__init__(parent)
        self._words: tuple[str, ...] = ()
        self.setSortRole(SORT_ROLE)

    @Slot(str)
    def search(self, text: str) -> None:
        """Keep those in whose ID or name every word of the text occurs."""
        self.beginFilterChange()
        self._words = tuple(plain(text).split())
        self.endFilterChange()

    def filterAcceptsRow(self, source_row: int, source_parent: _Index) -> bool:
        del source_parent
        model = self.sourceModel()
        if not self._words or not isinstance(model, PeopleModel):
            return True
        person = model.row_at(source_row).summary.person
        text = plain(f"{person.user_id} {person.name}")
        return all(word in text for word in self._words)

    def lessThan(self, source_left: _Index, source_right: _Index) -> bool:
        # Qt compares datetimes and None in its own way; these keys are all of one kind.
        return bool(source_left.data(SORT_ROLE) < source_right.data(SORT_ROLE))


def plain(text: str) -> str:
    """Return a text without case and accents, as it is compared in a search."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _sort_key(row: Row, column: Column) -> Any:
    one = row.summary
    match column:
        case Column.ID:
            return plain(row.user_id)
        case Column.NAME:
            return plain(one.person.name)
        case Column.STATE:
            return row.state.value
        case Column.TAKES:
            return one.takes
        case Column.MODEL:
            return ", ".join(one.model_ids)
        case Column.ENROLLED:
            return (one.enrolled_at or _LONG_AGO).isoformat()
        case Column.VERIFIED:
            return (one.last_verified_at or _LONG_AGO).isoformat()
        case Column.SCORE:
            return -2.0 if one.last_score is None else one.last_score


def _alignment(column: Column) -> Qt.AlignmentFlag:
    horizontal = Qt.AlignmentFlag.AlignRight if column in _NUMBERS else Qt.AlignmentFlag.AlignLeft
    return horizontal | Qt.AlignmentFlag.AlignVCenter
