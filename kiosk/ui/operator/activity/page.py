"""The Activity page: who did what, when, and that the records of it are untouched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QSizePolicy,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from kiosk.core.accounts.roles import Action
from kiosk.core.errors import Cancelled
from kiosk.ui import accessibility, messages
from kiosk.ui.operator.activity.choices import kinds, periods
from kiosk.ui.operator.activity.model import Column, columns
from kiosk.ui.operator.activity.presenter import ActivityPresenter, Wanted
from kiosk.ui.operator.activity.summary import Summary
from kiosk.ui.operator.activity.verdict import verdict_words
from kiosk.ui.operator.flow import FlowLayout
from kiosk.ui.operator.parts import scrolling
from kiosk.ui.operator.screens import OperatorPage
from kiosk.ui.operator.tables.listing import Listing
from kiosk.ui.operator.tables.looks import TableLooks, sorted_by_header
from kiosk.ui.operator.tables.search import SearchField
from kiosk.ui.operator.windows import ask_file
from kiosk.ui.widgets.busy_bar import BusyBar
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.empty_state import EmptyState
from kiosk.ui.widgets.hearing.hint_banner import HintBanner
from kiosk.ui.widgets.labels import Text
from kiosk.ui.widgets.toast import Toast

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk.core.errors import KioskError
    from kiosk.core.records.audit import AuditRecord
    from kiosk.core.records.verdict import Verdict
    from kiosk.ui.navigation import Ui
    from kiosk.ui.operator.activity.presenter import Activity
    from kiosk.ui.operator.screens import Navigator


_TABLE_HEIGHT = 180


class ActivityPage(OperatorPage):
    """What was done at this kiosk.

    Args:
        ui: the use-cases, threads and looks.
        navigator: leads to other screens.
        parent: Qt parent.
    """

    def __init__(self, ui: Ui, navigator: Navigator, parent: QWidget | None = None) -> None:
        super().__init__(ui, navigator, parent)
        self._session = ui.session
        self.presenter = ActivityPresenter(ui, self)
        self._model: Listing[AuditRecord] = Listing(
            ui.theme, columns(), lambda record: str(record.seq), self
        )
        self._everything = 0
        self._arrived: Activity | None = None
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._show_rows)
        self._build()
        self._connect()

    # --- what the frame needs ----------------------------------------------------------------

    def entered(self) -> None:
        """The page is shown: read the records anew."""
        self._verdict.clear()
        self._export.setVisible(self._session.may(Action.EXPORT_AUDIT))
        self._load()
        self._search.setFocus(Qt.FocusReason.OtherFocusReason)

    def left(self) -> None:
        """The page is left: nothing of the records stays on a screen that nobody looks at."""
        self.presenter.stop_checking()
        self._busy.stop()
        self._verify.setEnabled(True)
        self._verdict.clear()
        self._search.forget()
        self.presenter.stop_reading()
        self._soon.stop()
        self._arrived = None
        self._everything = 0
        self._model.show(())
        self._summary.clear()
        self._toast.dismiss()

    # --- building ----------------------------------------------------------------------------

    def _build(self) -> None:
        theme = self.theme
        self._verdict = HintBanner(theme)
        self._verdict.setObjectName("activity.verdict")
        policy = self._verdict.sizePolicy()
        policy.setRetainSizeWhenHidden(False)
        self._verdict.setSizePolicy(policy)
        self._busy = BusyBar(theme)
        self._busy.setObjectName("activity.busy")
        policy.setVerticalPolicy(QSizePolicy.Policy.Fixed)
        self._busy.setSizePolicy(policy)
        hint = self.tr("Search in the records")
        self._search = SearchField("activity.search", hint, hint)
        self._search.setMinimumWidth(320)
        self._kind = kinds()
        self._period = periods()
        self._verify = Button(theme, self.tr("Verify chain"), "secondary", icon="check-circle")
        self._verify.setObjectName("activity.verify")
        self._export = Button(theme, self.tr("Export CSV"), "secondary", icon="download")
        self._export.setObjectName("activity.export")
        self._summary = Summary(theme)
        self._table = self._make_table()
        self._count = Text("", "body", "muted")
        self._whole = Text("", "body")
        self._whole.setObjectName("activity.whole")
        self._whole.hide()
        self._empty = EmptyState(
            theme,
            "activity",
            self.tr("No record matches. Choose a longer period or other records."),
        )
        self._empty.setObjectName("activity.empty")
        self._stack = QStackedWidget()
        self._stack.addWidget(self._table)
        self._stack.addWidget(self._empty)
        self._stack.setMinimumHeight(_TABLE_HEIGHT)
        # Large text needs more room than there is; the verdict and the buttons stay in sight.
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.space("m"))
        box.addWidget(self._summary)
        box.addWidget(self._filters())
        box.addWidget(self._stack, 1)
        box.addWidget(self._whole)
        self.body.addWidget(self._verdict)
        self.body.addWidget(self._busy)
        self.body.addWidget(scrolling(theme, content), 1)
        below = QHBoxLayout()
        below.setSpacing(theme.space("m"))
        below.addWidget(self._count, 1)
        below.addWidget(self._verify)
        below.addWidget(self._export)
        self.body.addLayout(below)
        self._toast = Toast(theme, self)

    def _filters(self) -> QWidget:
        filters = QWidget()
        row = FlowLayout(filters, self.theme.space("m"))
        for part in (self._search, self._kind, self._period):
            row.addWidget(part)
        return filters

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setObjectName("activity.table")
        table.setModel(self._model)
        sorted_by_header(table, Column.WHEN, Qt.SortOrder.DescendingOrder)
        most = {number: each.most for number, each in enumerate(columns()) if each.most}
        TableLooks(self.theme, table, Column.WHY, most=most)
        accessibility.name(table, self.tr("Records"))
        return table

    def _connect(self) -> None:
        presenter = self.presenter
        presenter.loaded.connect(self._on_loaded)
        presenter.more.connect(self._model.append)
        self._model.more_wanted.connect(self._read_more)
        self._model.ordered.connect(self._load)
        presenter.checking.connect(self._on_checking)
        presenter.checked.connect(self._on_checked)
        presenter.exported.connect(self._on_exported)
        presenter.failed.connect(self._on_failed)
        self._table.selectionModel().selectionChanged.connect(self._show_whole)
        self._search.wanted.connect(self._load)
        self._kind.currentIndexChanged.connect(self._load)
        self._period.currentIndexChanged.connect(self._load)
        self._verify.clicked.connect(self._on_verify)
        self._busy.cancelled.connect(self._on_given_up)
        self._export.clicked.connect(self._ask_export)

    # --- what happens ------------------------------------------------------------------------

    @property
    def rows(self) -> int:
        """Return how many records there are of the kind and period, found or not."""
        return self._everything

    @Slot()
    def _load(self) -> None:
        model = self._model
        wanted = Wanted(
            self._kind.currentData(),
            self._period.currentData(),
            self._search.text(),
            model.columns[model.order].order,
            model.ascending,
        )
        self.presenter.load(wanted)

    @Slot()
    def _read_more(self) -> None:
        self.presenter.read_from(self._model.rowCount())

    @Slot(object)
    def _on_loaded(self, activity: Activity) -> None:
        self._summary.show_activity(activity)
        # In a turn of its own: the plot takes as long to be painted as the table does.
        self._arrived = activity
        self._soon.start()

    @Slot()
    def _show_rows(self) -> None:
        activity = self._arrived
        if activity is not None:
            self._everything = activity.all
            self._model.show(activity.records, activity.found)
            self._show_count()

    def _show_count(self) -> None:
        found, everything = self._model.found, self._everything
        self._stack.setCurrentWidget(self._table if found else self._empty)
        text = self.tr("1 record") if found == 1 else self.tr("{0} records")
        if found != everything:
            text = self.tr("{0} of {1} records").replace("{1}", f"{everything:,}")
        self._count.setText(text.replace("{0}", f"{found:,}"))

    @Slot()
    def _show_whole(self) -> None:
        """Show the selected record in full: its row may be cut."""
        chosen = self._table.selectionModel().selectedRows()
        row = chosen[0].row() if chosen else -1
        texts = [column.text(self._model.at(row)) for column in columns()] if chosen else []
        self._whole.setText(" · ".join(text for text in texts if text))
        self._whole.setVisible(bool(chosen))

    @Slot()
    def _on_verify(self) -> None:
        self._verify.setEnabled(False)
        self._verdict.clear()
        self._busy.start(self.tr("Checking the records …"))
        self.presenter.verify()

    @Slot(int, int)
    def _on_checking(self, done: int, total: int) -> None:
        if not self._verify.isEnabled():
            self._busy.set_progress(done / total if total else 1.0)

    @Slot()
    def _on_given_up(self) -> None:
        self.presenter.stop_checking()
        self._end_check()

    def _end_check(self) -> None:
        self._busy.stop()
        self._verify.setEnabled(True)

    @Slot(object)
    def _on_checked(self, verdict: Verdict) -> None:
        self._end_check()
        self._verdict.show_hint(
            verdict_words(verdict), "positive" if verdict.intact else "negative"
        )

    @Slot()
    def _ask_export(self) -> None:
        texts = (self.tr("Export the records"), self.tr("CSV files"))
        ask_file(self, "activity.export_dialog", texts, "activity.csv", self._on_file)

    def _on_file(self, path: Path) -> None:
        self.presenter.export(self._kind.currentData(), self._period.currentData(), path)

    @Slot(int)
    def _on_exported(self, count: int) -> None:
        text = self.tr("1 record exported.") if count == 1 else self.tr("{0} exported.")
        self._toast.show_message(text.replace("{0}", str(count)), "download")
        self._load()

    @Slot(object)
    def _on_failed(self, error: KioskError) -> None:
        self._end_check()
        if not isinstance(error, Cancelled):
            message = messages.for_error(error)
            text = f"{message.title.rstrip('.')}. {message.hint} ({message.code})"
            self._verdict.show_hint(text, "negative", message.icon)
