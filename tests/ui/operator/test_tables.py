"""Tables of thousands of rows ask for what is seen and for nothing else."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTableView

from kiosk.resources import resources_dir
from kiosk.ui.operator.tables.listing import Column, Listing
from kiosk.ui.operator.tables.looks import TableLooks, sorted_by_header
from kiosk.ui.theme.controller import ThemeController
from kiosk.ui.widgets.page import Page
from tests.fakes.samples import person

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from tests.ui.operator.desk import Desk

ROWS = 2_000
MOST = 5_000
"""Calls of ``data`` that a change may take: a screen of cells in all their roles, and the sample of
which widths are measured. Every cell of the table is 12,000, in one role."""


class Counted(Listing[int]):
    calls = 0

    def data(self, index: Any, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        self.calls += 1
        return super().data(index, role)


def _column(number: int) -> Column[int]:
    return Column(f"Column {number}", lambda row: f"{row}:{number}", order=number)


class Shown:
    """A table of 2,000 rows on a page.

    Attributes:
        theme: its looks.
        model: counts what it is asked.
        table: shows it.
    """

    def __init__(self, qtbot: QtBot, theme: ThemeController) -> None:
        self.qtbot = qtbot
        self.theme = theme
        columns = [_column(n) for n in range(5)]
        columns.append(Column("Fixed", str))
        self.model = Counted(theme, columns, str)
        self.table = QTableView()
        self.table.setModel(self.model)
        sorted_by_header(self.table, 0, Qt.SortOrder.AscendingOrder)
        TableLooks(theme, self.table, 1)
        self.page = Page(theme, "People", face="operator")
        self.page.body.addWidget(self.table)
        self.page.resize(1280, 800)
        qtbot.addWidget(self.page)
        self.page.show()

    def calls(self, happens: Any) -> int:
        """Return how often the model was asked because of something."""
        self.model.calls = 0
        happens()
        self.theme.settle()
        self.qtbot.wait(50)
        self.page.grab()
        return self.model.calls


@pytest.fixture
def shown(qtbot: QtBot, qapp: QApplication) -> Iterator[Shown]:
    theme = ThemeController(qapp, resources_dir())
    theme.set_reduced_motion(True)
    yield Shown(qtbot, theme)
    theme.close()


def test_nothing_asks_for_every_cell(shown: Shown) -> None:
    assert shown.calls(lambda: shown.model.show(range(ROWS))) < MOST
    assert shown.calls(shown.table.scrollToBottom) < MOST
    assert shown.calls(lambda: shown.theme.set_theme("dark")) < MOST
    assert shown.calls(lambda: shown.theme.set_text_scale(150)) < MOST
    assert shown.calls(lambda: shown.page.resize(1024, 600)) < MOST
    shown.calls(lambda: shown.theme.set_text_scale(100))
    header = shown.table.horizontalHeader()
    assert sum(header.sectionSize(n) for n in range(6)) <= shown.table.viewport().width()


def test_two_thousand_people_are_not_asked_one_by_one(
    monkeypatch: pytest.MonkeyPatch, desk: Desk
) -> None:
    calls: list[object] = []
    data = Listing.data

    def counted(self: Any, index: Any, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        calls.append(index)
        return data(self, index, role)

    monkeypatch.setattr(Listing, "data", counted)
    with desk.kit.database() as work:
        for number in range(ROWS):
            work.people.add(person(f"p{number:04}", name=f"Anna {number}"))
        work.commit()
    theme = desk.stage.ui.theme

    def asked(happens: Callable[[], object], until: Callable[[], object] = lambda: True) -> int:
        calls.clear()
        happens()
        theme.settle()
        desk.wait(until)
        desk.qtbot.wait(50)
        desk.frame.grab()
        return len(calls)

    def found() -> int:
        return cast("Listing[Any]", table.model()).found

    assert asked(lambda: desk.click("nav.people"), lambda: desk.find("people.table")) < MOST
    table = cast("QTableView", desk.find("people.table"))
    desk.wait(lambda: found() == ROWS)
    assert asked(table.scrollToBottom, lambda: table.model().rowCount() > 100) < MOST
    search = desk.line("people.search")
    assert asked(lambda: search.setText("1"), lambda: found() < ROWS) < MOST
    assert asked(search.clear, lambda: found() == ROWS) < MOST
    for column in range(table.model().columnCount()):
        down = Qt.SortOrder.DescendingOrder
        assert asked(partial(table.sortByColumn, column, down)) < MOST
    for name in ("dark", "light"):
        assert asked(partial(theme.set_theme, name)) < MOST
    for scale in (150, 100):
        assert asked(partial(theme.set_text_scale, scale)) < MOST
    assert asked(lambda: desk.click("nav.enroll")) < MOST
    assert asked(lambda: desk.click("nav.people"), lambda: found() == ROWS) < MOST


def test_rows_are_read_when_their_end_is_near(shown: Shown) -> None:
    wanted: list[int] = []
    shown.model.more_wanted.connect(lambda: wanted.append(shown.model.rowCount()))
    shown.calls(lambda: shown.model.show(range(100), ROWS))
    assert wanted == []
    shown.calls(shown.table.scrollToBottom)
    assert wanted == [100]
    shown.model.append(range(100, 200))
    shown.calls(shown.table.scrollToBottom)
    assert wanted == [100, 200]
    # Somebody was erased meanwhile: there are no more after all.
    shown.model.append(())
    assert shown.model.found == shown.model.rowCount() == 200


def test_what_cannot_be_ordered_by_keeps_the_order(shown: Shown) -> None:
    told: list[tuple[int, bool]] = []
    shown.model.ordered.connect(lambda: told.append((shown.model.order, shown.model.ascending)))
    header = shown.table.horizontalHeader()
    shown.table.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    shown.table.sortByColumn(5, Qt.SortOrder.AscendingOrder)
    assert told == [(2, False)]
    assert (header.sortIndicatorSection(), header.sortIndicatorOrder()) == (
        2,
        Qt.SortOrder.DescendingOrder,
    )
