"""Quality figures of a recording in words, each with the limit that it has to keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from kiosk.core.hearing.quality import Reason
from kiosk.ui.operator.parts import empty
from kiosk.ui.operator.words import number
from kiosk.ui.widgets.labels import IconView, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.core.hearing.gates.gate import Display, Gate
    from kiosk.core.hearing.quality import QualityReport
    from kiosk.core.policies import QualityPolicy
    from kiosk.ui.theme.controller import ThemeController


@dataclass(frozen=True)
class Figure:
    """One measurement.

    Attributes:
        title: what was measured, translated.
        value: with its unit.
        limit: what it has to be, translated; empty when there is no limit.
        failed: whether it is why the recording was refused.
    """

    title: str
    value: str
    limit: str
    failed: bool


def figures(
    report: QualityReport, policy: QualityPolicy, reasons: Sequence[Reason]
) -> tuple[Figure, ...]:
    """Return the measurements that are shown for a recording.

    Args:
        report: the measurements.
        policy: the limits.
        reasons: why the recording was refused.
    """
    shown = [
        (display, gate, report.value(measure))
        for gate in (each.gate for each in Reason)
        if (display := gate.display) and (measure := gate.measure)
    ]
    marked = {reason.gate.shown_at or reason.gate for reason in reasons}
    return tuple(
        Figure(
            _tr(display.title),
            _with_unit(display, value, display.digits),
            _limit(gate, display, policy),
            gate in marked,
        )
        for display, gate, value in sorted(shown, key=lambda each: each[0].place)
    )


class FigureGrid(QWidget):
    """Measurements in columns; a failed one has a sign beside it.

    Args:
        theme: gives looks.
        columns: how many stand beside each other.
    """

    def __init__(self, theme: ThemeController, columns: int = 3) -> None:
        super().__init__()
        self._theme = theme
        self._columns = columns
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.space("m"))
        self._grid.setVerticalSpacing(theme.space("xs"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def show_figures(self, shown: Sequence[Figure]) -> None:
        """Show these in the place of those before."""
        empty(self._grid)
        for place, figure in enumerate(shown):
            row, column = divmod(place, self._columns)
            self._grid.addWidget(self._cell(figure), row, column, Qt.AlignmentFlag.AlignTop)
        for index in range(self._columns):
            self._grid.setColumnStretch(index, 1)
        needed = [f"{one.title} {one.limit}" for one in shown if one.failed and one.limit]
        if needed:
            text = _tr("Needed: {0}").replace("{0}", ", ".join(needed))
            below = Text(text, "caption", "negative")
            self._grid.addWidget(below, self._grid.rowCount(), 0, 1, self._columns)

    def _cell(self, figure: Figure) -> QWidget:
        cell = QWidget()
        spoken = f"{figure.title}: {figure.value}"
        cell.setAccessibleName(f"{spoken}, {figure.limit}" if figure.limit else spoken)
        cell.setToolTip(f"{figure.title}: {figure.limit}" if figure.limit else "")
        box = QVBoxLayout(cell)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(Text(figure.title, "caption", "muted"))
        row = QHBoxLayout()
        row.setSpacing(self._theme.space("xs"))
        if figure.failed:
            row.addWidget(IconView(self._theme, "x-circle", "negative", 18))
        row.addWidget(Text(figure.value, "strong", "negative" if figure.failed else "normal"), 1)
        box.addLayout(row)
        return cell


def _with_unit(display: Display, value: float, digits: int) -> str:
    return f"{number(display.convert(value), digits)}\N{NO-BREAK SPACE}{display.unit}"


def _limit(gate: Gate, display: Display, policy: QualityPolicy) -> str:
    limit = gate.limit(policy)
    if limit is None:
        return ""
    digits = display.digits if display.limit_digits is None else display.limit_digits
    return _tr(gate.bound.value).replace("{0}", _with_unit(display, limit, digits))


def _tr(text: str) -> str:
    return QCoreApplication.translate("figures", text)
