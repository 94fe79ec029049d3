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

    def failed(*of_these: Reason) -> bool:
        return any(reason in of_these for reason in reasons)

    bandwidth = policy.min_bandwidth_hz
    return (
        Figure(
            _tr("Speech"),
            _with_unit(number(report.net_speech_s, 1), "s"),
            _at_least(_with_unit(number(policy.min_net_s, 1), "s")),
            failed(Reason.TOO_SHORT, Reason.NO_SPEECH, Reason.MOSTLY_SILENCE),
        ),
        Figure(
            _tr("SNR"),
            _with_unit(number(report.snr_db, 0), "dB"),
            _at_least(_with_unit(number(policy.min_snr_db, 0), "dB")),
            failed(Reason.NOISY),
        ),
        Figure(
            _tr("Level"),
            _with_unit(number(report.level_dbfs, 0), "dBFS"),
            _at_least(_with_unit(number(policy.min_level_dbfs, 0), "dBFS")),
            failed(Reason.TOO_QUIET),
        ),
        Figure(
            _tr("Clipping"),
            _with_unit(number(100 * report.clipping, 1), "%"),
            _tr("below {0}").replace("{0}", _with_unit(number(100 * policy.max_clipping, 0), "%")),
            failed(Reason.CLIPPED),
        ),
        Figure(
            _tr("Bandwidth"),
            _with_unit(number(report.bandwidth_hz / 1000, 1), "kHz"),
            _at_least(_with_unit(number(bandwidth / 1000, 1), "kHz")) if bandwidth else "",
            failed(Reason.NARROW_BAND),
        ),
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


def _with_unit(value: str, unit: str) -> str:
    return f"{value}\N{NO-BREAK SPACE}{unit}"


def _at_least(value: str) -> str:
    return _tr("at least {0}").replace("{0}", value)


def _tr(text: str) -> str:
    return QCoreApplication.translate("figures", text)
