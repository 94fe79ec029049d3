"""How people score at this site: the plot, the figures, and what can be claimed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from kiosk.ui.operator.threshold import words
from kiosk.ui.operator.threshold.plot import ScoresPlot
from kiosk.ui.widgets.card import Card
from kiosk.ui.widgets.hearing.hint_banner import HintBanner
from kiosk.ui.widgets.labels import Text

if TYPE_CHECKING:
    from kiosk.ui.operator.threshold.presenter import Reading
    from kiosk.ui.theme.controller import ThemeController


class _Figure(QWidget):
    """A title, a value, and what it was measured on."""

    def __init__(self, theme: ThemeController, title: str, name: str) -> None:
        super().__init__()
        self._title = title
        self._value = Text("", "title")
        self._value.setObjectName(name)
        self._note = Text("", "caption", "muted")
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.space("xs"))
        for part in (Text(title, "caption", "muted"), self._value, self._note):
            box.addWidget(part)
        box.addStretch(1)

    def show_value(self, value: str, note: str) -> None:
        self._value.setText(value)
        self._note.setText(note)
        self.setAccessibleName(f"{self._title}: {value}, {note}")


class SiteScoresCard(Card):
    """Scores of the people enrolled here.

    Args:
        theme: gives looks.
    """

    def __init__(self, theme: ThemeController) -> None:
        super().__init__(theme)
        self.setObjectName("threshold.scores")
        self._title = Text("", "title")
        self._title.setObjectName("threshold.title")
        self._plot = ScoresPlot(theme)
        self._claim = HintBanner(theme)
        self._claim.setObjectName("threshold.claim")
        self._accepts = _Figure(theme, self.tr("False accepts (FMR)"), "threshold.fmr")
        self._bound = _Figure(theme, self.tr("FMR with 95 % confidence"), "threshold.bound95")
        self._rejects = _Figure(theme, self.tr("False rejects (FNMR)"), "threshold.fnmr")
        figures = QWidget()
        row = QGridLayout(figures)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.space("m"))
        for column, figure in enumerate((self._accepts, self._bound, self._rejects)):
            row.addWidget(figure, 0, column)
            row.setColumnStretch(column, 1)
        caveat = self.tr(
            "Genuine scores come from takes of one enrollment. Voices differ from day to day, "
            "so expect more false rejects. The Activity page shows how many."
        )
        for part in (
            self._title,
            self._plot,
            figures,
            self._claim,
            Text(caveat, "caption", "muted"),
        ):
            self.body.addWidget(part)

    def show_reading(self, reading: Reading) -> None:
        """Show what was measured."""
        report = reading.looked_at
        title = self.tr("Scores at this site")
        if report.one_in != reading.in_force.one_in:
            title = self.tr("Scores at this site, at 1 in {0}").replace("{0}", f"{report.one_in:,}")
        self._title.setText(title)
        self._plot.setVisible(bool(len(report.genuine) or len(report.impostors)))
        self._plot.show_shares(reading.shares, report.line, words.spoken(report))
        on = self.tr("of {0} comparisons")
        impostors = on.replace("{0}", f"{len(report.impostors):,}")
        if report.fmr is None:
            impostors = self.tr("needs 2 people")
        genuine = on.replace("{0}", f"{len(report.genuine):,}")
        people = self.tr("1 person") if report.people == 1 else self.tr("{0} people")
        self._accepts.show_value(words.share(report.fmr), impostors)
        bound = words.share(report.bound)
        if report.bound is not None:
            bound = self.tr("at most {0}").replace("{0}", bound)
        self._bound.show_value(bound, people.replace("{0}", f"{report.people:,}"))
        self._rejects.show_value(words.share(report.fnmr), genuine)
        text, tone = words.claim(report)
        self._claim.show_hint(text, tone)

    def forget(self) -> None:
        """Show nothing: the page is left."""
        self._plot.show_shares(None, 0.0, "")
