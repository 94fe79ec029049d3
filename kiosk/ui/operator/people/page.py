"""The People page: the table, its search, and what can be done with a person."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from kiosk.ui import accessibility, messages
from kiosk.ui.operator.people.actions import Actions
from kiosk.ui.operator.people.detail import DetailView
from kiosk.ui.operator.people.doing import PersonActions
from kiosk.ui.operator.people.ending import EndingNotice
from kiosk.ui.operator.people.model import Column, columns, state_word
from kiosk.ui.operator.people.presenter import PeoplePresenter
from kiosk.ui.operator.people.stale import StaleNotice
from kiosk.ui.operator.screens import OperatorPage
from kiosk.ui.operator.tables.listing import Listing
from kiosk.ui.operator.tables.looks import TableLooks, sorted_by_header
from kiosk.ui.operator.tables.search import SearchField
from kiosk.ui.widgets.empty_state import EmptyState
from kiosk.ui.widgets.hearing.hint_banner import HintBanner
from kiosk.ui.widgets.labels import Text
from kiosk.ui.widgets.toast import Toast

if TYPE_CHECKING:
    from kiosk.core.errors import KioskError
    from kiosk.ui.navigation import Ui
    from kiosk.ui.operator.people.rows import Found, History, Row
    from kiosk.ui.operator.screens import Navigator


class PeoplePage(OperatorPage):
    """Everybody who is enrolled.

    Args:
        ui: the use-cases, threads and looks.
        navigator: leads to other screens.
        parent: Qt parent.
    """

    def __init__(self, ui: Ui, navigator: Navigator, parent: QWidget | None = None) -> None:
        super().__init__(ui, navigator, parent)
        self.presenter = PeoplePresenter(ui, self)
        self._doing = PersonActions(ui.theme, self, self.presenter)
        self._doing.reenroll.connect(self._reenroll)
        self._model: Listing[Row] = Listing(ui.theme, columns(), lambda row: row.user_id, self)
        self._people: int | None = None
        self._build()
        self._connect()
        self._show_count()

    # --- what the frame needs ----------------------------------------------------------------

    def entered(self) -> None:
        """The page is shown: read everybody anew."""
        self._error.clear()
        self.presenter.find(self._search.text())
        self._search.setFocus(Qt.FocusReason.OtherFocusReason)

    def left(self) -> None:
        """The page is left: names are not kept on a screen that nobody looks at."""
        self._show_list()
        self._search.forget()
        self.presenter.stop_reading()
        self.presenter.forget_stale()
        self._model.show(())
        self._toast.dismiss()

    # --- building ----------------------------------------------------------------------------

    def _build(self) -> None:
        theme = self.theme
        self._error = HintBanner(theme)
        self._error.setObjectName("people.error")
        policy = self._error.sizePolicy()
        policy.setRetainSizeWhenHidden(False)
        self._error.setSizePolicy(policy)
        self._search = SearchField(
            "people.search", self.tr("Search by ID or name"), self.tr("Search people")
        )
        self._search.setMaximumWidth(480)
        self._count = Text("", "body", "muted")
        self._count.setWordWrap(False)
        self._actions = Actions(theme, "people", show=True)
        self._table = self._make_table()
        listing = QWidget()
        box = QVBoxLayout(listing)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.space("m"))
        top = QHBoxLayout()
        top.setSpacing(theme.space("m"))
        top.addWidget(self._search, 1)
        top.addWidget(self._count)
        top.addStretch(1)
        self._nobody_found = Text(self.tr("Nobody matches. Try another spelling."), tone="muted")
        box.addLayout(top)
        box.addWidget(self._table, 1)
        box.addWidget(self._nobody_found)
        box.addWidget(self._actions)
        self._empty = EmptyState(
            theme,
            "users",
            self.tr("Nobody is enrolled yet. Enrolled people appear here."),
            self.tr("Enroll a person"),
            action_icon="user-plus",
        )
        self._empty.setObjectName("people.empty")
        self._detail: DetailView | None = None
        self._stack = QStackedWidget()
        for part in (listing, self._empty):
            self._stack.addWidget(part)
        self._listing = listing
        self._ending = EndingNotice(theme)
        self._stale = StaleNotice(theme, "people.stale")
        self.body.addWidget(self._error)
        self.body.addWidget(self._ending)
        self.body.addWidget(self._stale)
        self.body.addWidget(self._stack, 1)
        self._toast = Toast(theme, self)

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setObjectName("people.table")
        table.setModel(self._model)
        sorted_by_header(table, Column.ID, Qt.SortOrder.AscendingOrder)
        most = {number: each.most for number, each in enumerate(columns()) if each.most}
        TableLooks(self.theme, table, Column.NAME, most=most)
        accessibility.name(
            table, self.tr("People"), self.tr("Enter shows the person; arrows choose another")
        )
        return table

    def _connect(self) -> None:
        presenter = self.presenter
        presenter.loaded.connect(self._on_loaded)
        presenter.more.connect(self._model.append)
        self._model.more_wanted.connect(presenter.read_more)
        self._model.ordered.connect(self._on_ordered)
        presenter.history.connect(self._on_history)
        presenter.done.connect(self._on_done)
        presenter.failed.connect(self._on_failed)
        self._search.wanted.connect(presenter.find)
        self._search.returnPressed.connect(self._enter_table)
        self._empty.acted.connect(partial(self.navigator.go, "enroll"))
        self._stale.wanted.connect(self._on_stale)
        self._table.activated.connect(self._on_activated)
        self._table.selectionModel().selectionChanged.connect(self._show_actions)
        self._actions.chosen.connect(self._on_action)

    def _detailed(self) -> DetailView:
        """Return what shows one person; made when it is first wanted."""
        if self._detail is None:
            self._detail = DetailView(self.theme)
            self._detail.back.connect(self._show_list)
            self._detail.bar.chosen.connect(self._on_action)
            self._stack.addWidget(self._detail)
        return self._detail

    # --- what happens ------------------------------------------------------------------------

    def selected(self) -> Row | None:
        """Return the person who is selected, or shown in detail."""
        if self._detail is not None and self._stack.currentWidget() is self._detail:
            return self._detail.row
        chosen = self._table.selectionModel().selectedRows()
        return self._model.at(chosen[0].row()) if chosen else None

    @property
    def rows(self) -> int:
        """Return how many people there are, found or not."""
        return self._people or 0

    def shown_ids(self) -> list[str]:
        """Return the IDs in the table from top to bottom, as far as they were read."""
        return [row.user_id for row in self._model.rows()]

    def select(self, user_id: str) -> None:
        """Select a person in the table, if they can be seen there."""
        row = self._model.row_of(user_id)
        if row is not None:
            self._table.setCurrentIndex(self._model.index(row, 0))

    @property
    def waiting(self) -> list[tuple[str, str]]:
        """Return ID and name of those who must enroll again besides who is selected, as shown."""
        chosen = self.selected()
        rows = self._model.rows() if self.presenter.only_stale else []
        return [(row.user_id, row.summary.person.name) for row in rows if row != chosen]

    def show_stale(self) -> None:
        """Show only those who must enroll again."""
        self.presenter.show_stale(only=True)

    @Slot()
    def _on_stale(self) -> None:
        self.presenter.show_stale(only=not self.presenter.only_stale)

    @Slot()
    def _on_ordered(self) -> None:
        by = self._model.columns[self._model.order].order
        self.presenter.order(by, ascending=self._model.ascending)

    @Slot()
    def _enter_table(self) -> None:
        if self._model.rowCount():
            self._table.setFocus(Qt.FocusReason.TabFocusReason)
            self._table.setCurrentIndex(self._model.index(0, 0))

    @Slot(object)
    def _on_loaded(self, found: Found) -> None:
        before, self._people = self.selected(), found.people
        self._model.show(found.rows, len(found.user_ids))
        self._ending.show_ending(found.ending)
        self._stale.tell(found.stale, shown=self.presenter.only_stale)
        if self.presenter.only_stale and not found.stale:
            self.presenter.show_stale(only=False)  # the last of them has enrolled again
        if before is not None:
            self.select(before.user_id)
        if self._stack.currentWidget() is self._detail and before is not None:
            self.presenter.show_history(before.user_id)
        else:
            self._show_listing()
        self._show_count()
        self._show_actions()

    @Slot()
    def _show_list(self) -> None:
        self.presenter.forget_history()
        if self._detail is not None:
            self._detail.clear()
        self._show_listing()
        if self.isVisible() and self._stack.currentWidget() is self._listing:
            self._table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_listing(self) -> None:
        self._stack.setCurrentWidget(self._empty if self._people == 0 else self._listing)
        self.set_title(self.title)

    def _show_count(self) -> None:
        found, everybody = self._model.found, self._people or 0
        self._nobody_found.setVisible(bool(everybody) and not found)
        text = self.tr("1 person") if everybody == 1 else self.tr("{0} people")
        if found != everybody:
            text = self.tr("{0} of {1}").replace("{1}", f"{everybody:,}")
        self._count.setText(text.replace("{0}", f"{found:,}"))

    @Slot()
    def _show_actions(self) -> None:
        self._actions.show_for(self.selected())

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        self.presenter.show_history(self._model.at(index.row()).user_id)

    @Slot(object)
    def _on_history(self, history: History | None) -> None:
        if history is None:
            self._show_list()
            self.presenter.reload()
            return
        detail = self._detailed()
        detail.show_history(history, state_word(history.row.state))
        self.set_title(history.row.summary.person.name or history.row.user_id)
        if self._stack.currentWidget() is not detail:
            self._stack.setCurrentWidget(detail)
            detail.focus()

    @Slot(str)
    def _on_action(self, action: str) -> None:
        if (row := self.selected()) is not None:
            self._error.clear()
            self._doing.do(action, row)

    @Slot(str, str)
    def _reenroll(self, user_id: str, name: str) -> None:
        waiting = self.waiting  # while they are shown: nobody is once the page is left
        self.navigator.go("enroll", lambda page: page.reenroll(user_id, name, waiting))

    @Slot(str, str)
    def _on_done(self, what: str, user_id: str) -> None:
        self._toast.show_message(*self._doing.said(what, user_id))

    @Slot(object)
    def _on_failed(self, error: KioskError) -> None:
        message = messages.for_error(error)
        text = f"{message.title.rstrip('.')}. {message.hint} ({message.code})"
        self._error.show_hint(text, "negative", message.icon)
