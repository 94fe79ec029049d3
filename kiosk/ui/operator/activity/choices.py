"""Lists from which is chosen which records are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QComboBox

from kiosk.ui import accessibility
from kiosk.ui.operator.activity.presenter import Kind, Period

if TYPE_CHECKING:
    from collections.abc import Sequence


def kinds() -> QComboBox:
    """Return the list of kinds of records."""
    items = (
        (_tr("Everything"), Kind.EVERYTHING),
        (_tr("Decisions"), Kind.DECISIONS),
        (_tr("People and consent"), Kind.PEOPLE),
        (_tr("Operators"), Kind.OPERATORS),
        (_tr("Settings and API keys"), Kind.SETTINGS),
        (_tr("Keys, backups, program"), Kind.DATA),
    )
    return _choice("activity.kind", _tr("Kind of record"), items)


def periods() -> QComboBox:
    """Return the list of periods; the last week is chosen."""
    items = (
        (_tr("Today"), Period.TODAY),
        (_tr("Last 7 days"), Period.WEEK),
        (_tr("Last 30 days"), Period.MONTH),
        (_tr("All time"), Period.EVER),
    )
    made = _choice("activity.period", _tr("Period"), items)
    made.setCurrentIndex(1)
    return made


def _choice(name: str, label: str, items: Sequence[tuple[str, Kind | Period]]) -> QComboBox:
    box = QComboBox()
    box.setObjectName(name)
    for text, value in items:
        box.addItem(text, value)
    accessibility.name(box, label)
    return box


def _tr(text: str) -> str:
    return QCoreApplication.translate("activity", text)
