"""Enroll from a file: choose it, watch, read what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from kiosk.services.enroll.roster import RowState
from kiosk.ui import accessibility, messages
from kiosk.ui.operator.many import words
from kiosk.ui.operator.many.presenter import ManyPresenter
from kiosk.ui.operator.overlay import Overlay
from kiosk.ui.operator.windows import ask_existing, ask_file
from kiosk.ui.widgets.busy_bar import BusyBar
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.hearing.hint_banner import HintBanner
from kiosk.ui.widgets.labels import Text

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QKeyEvent

    from kiosk.core.errors import KioskError
    from kiosk.ui.navigation import Ui

_REPORT_HEIGHT = 144
_CHOOSE, _RUN, _DONE = "choose", "run", "done"


class ManyButton(Button):
    """Opens the panel over the page that it stands on.

    Args:
        ui: the use-cases, threads and looks.
    """

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui.theme, words.title(), "quiet", icon="users")
        self.setObjectName("enroll.many")
        self.clicked.connect(lambda: ManyPanel(ui, self))


class ManyPanel(Overlay):
    """Asks for a table, enrolls, and shows what came of each line; opens at once.

    Args:
        ui: the use-cases, threads and looks.
        anchor: a widget on the page that is covered.
    """

    WIDTH = 720

    def __init__(self, ui: Ui, anchor: QWidget) -> None:
        super().__init__(ui.theme, anchor, words.title(), "many")
        theme = ui.theme
        self.presenter = ManyPresenter(ui, self)
        self._about = Text(words.about())
        self._columns = Text(words.columns(), "body", "muted")
        self._example = self._button("many.example", self.tr("Save example …"), "download")
        self._busy = BusyBar(theme)
        self._busy.setObjectName("many.busy")
        self._waiting = Text(words.waiting(), "caption", "muted")
        self._summary = Text("", "strong")
        self._summary.setObjectName("many.summary")
        self._report = QPlainTextEdit()
        self._report.setObjectName("many.report")
        self._report.setReadOnly(True)
        self._report.setTabChangesFocus(True)
        self._report.setMinimumHeight(_REPORT_HEIGHT)
        self._report.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByKeyboard
            | Qt.TextInteractionFlag.TextSelectableByMouse
        )
        accessibility.name(self._report, self.tr("Not enrolled, and why"))
        self._hint = HintBanner(theme)
        self._hint.setObjectName("many.hint")
        _keep_place(self._hint, kept=False)
        for part in (
            self._hint,
            self._about,
            self._columns,
            self._example,
            self._busy,
            self._waiting,
            self._summary,
            self._report,
        ):
            self.body.addWidget(part)
        self.body.setAlignment(self._example, Qt.AlignmentFlag.AlignLeft)
        self._save = self.add_button(self._button("many.save", words.save_report(), "download"))
        self._cancel = self.add_cancel()
        self._stop = self.add_button(Button(theme, self.tr("Stop")))
        self._stop.setObjectName("many.stop")
        self._choose = self.add_button(
            Button(theme, self.tr("Choose file …"), "primary", icon="users")
        )
        self._choose.setObjectName("many.choose")
        self._close = self.add_button(Button(theme, self.tr("Close"), "primary"))
        self._close.setObjectName("many.close")
        self._connect()
        self._show(_CHOOSE)
        self.open(self._choose)

    def _button(self, name: str, text: str, icon: str) -> Button:
        button = Button(self._theme, text, icon=icon)
        button.setObjectName(name)
        return button

    def _connect(self) -> None:
        presenter = self.presenter
        self._example.clicked.connect(self._ask_example)
        self._choose.clicked.connect(self._ask_table)
        self._save.clicked.connect(self._ask_report)
        self._stop.clicked.connect(self._on_stop)
        self._close.clicked.connect(self.dismiss)
        self.closed.connect(presenter.drop)
        presenter.progressed.connect(self._on_progress)
        presenter.ended.connect(self._on_ended)
        presenter.saved.connect(self._on_saved)
        presenter.failed.connect(self._on_failed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Escape stop what is going on, before it closes the panel."""
        if event.key() == Qt.Key.Key_Escape and self._state == _RUN:
            self._on_stop()
            event.accept()
            return
        super().keyPressEvent(event)

    def _show(self, state: str) -> None:
        self._state = state
        for part in (self._about, self._columns, self._example, self._choose, self._cancel):
            part.setVisible(state == _CHOOSE)
        for part in (self._waiting, self._stop):
            part.setVisible(state == _RUN)
        for part in (self._summary, self._save, self._close):
            part.setVisible(state == _DONE)
        self._report.setVisible(state == _DONE and bool(self._report.toPlainText()))
        # It appears a moment later, and finds its place.
        _keep_place(self._busy, kept=state == _RUN)
        if state == _RUN:
            self._busy.start(words.reading(), can_cancel=False)
        else:
            self._busy.stop()
        self._fit()
        if self.isHidden():
            return
        {_CHOOSE: self._choose, _RUN: self._stop, _DONE: self._close}[state].setFocus(
            Qt.FocusReason.OtherFocusReason
        )

    # --- files -------------------------------------------------------------------------------

    @Slot()
    def _ask_table(self) -> None:
        texts = (words.title(), self.tr("Tables (CSV)"))
        ask_existing(self.host, "many.choose_dialog", texts, (".csv", ".tsv", ".txt"), self._begin)

    @Slot()
    def _ask_example(self) -> None:
        texts = (self.tr("Save an example"), self.tr("Tables (CSV)"))
        save = self.presenter.save_example
        ask_file(self.host, "many.example_dialog", texts, "people.csv", save)

    @Slot()
    def _ask_report(self) -> None:
        texts = (self.tr("Save the report"), self.tr("Tables (CSV)"))
        save = self.presenter.save_report
        ask_file(self.host, "many.save_dialog", texts, "enrolled.csv", save)

    # --- what happens ------------------------------------------------------------------------

    def _begin(self, table: Path) -> None:
        self._hint.clear()
        self._stop.setEnabled(True)
        self._show(_RUN)
        self.presenter.begin(table)

    @Slot()
    def _on_stop(self) -> None:
        self._stop.setEnabled(False)
        self._busy.set_progress(self._busy.share, words.stopping())
        self.presenter.stop()

    @Slot(int, int, str)
    def _on_progress(self, done: int, total: int, user_id: str) -> None:
        if self._stop.isEnabled():
            self._busy.set_progress(done / total, words.progress(done, total, user_id))

    @Slot()
    def _on_ended(self) -> None:
        results, total = self.presenter.results, self.presenter.total
        summary = words.summary(results, total)
        self._summary.setText(summary)
        self._report.setPlainText(words.report(results))
        self._save.setEnabled(bool(results))
        self._show(_DONE)
        refused = any(each.state is RowState.REFUSED for each in results)
        accessibility.announce(self, summary, urgent=refused)

    @Slot(str)
    def _on_saved(self, name: str) -> None:
        self._tell(words.saved(name), "positive", "check-circle")

    @Slot(object)
    def _on_failed(self, error: KioskError) -> None:
        if self._state == _RUN and self.presenter.results:
            self._on_ended()
        elif self._state == _RUN:
            self._show(_CHOOSE)
        message = messages.for_error(error)
        self._tell(message.sentence, "negative", message.icon)

    def _tell(self, text: str, tone: words.Tone, icon: str) -> None:
        self._hint.show_hint(text, tone, icon)
        self._fit()


def _keep_place(part: QWidget, *, kept: bool) -> None:
    policy = part.sizePolicy()
    policy.setRetainSizeWhenHidden(kept)
    part.setSizePolicy(policy)
