"""The Activity page: find records, check them, hand them out."""

from __future__ import annotations

import csv
import stat
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest

from kiosk.core.accounts.acting import VISITOR, Actor, Role, acting_as
from kiosk.core.errors import StorageReadOnly
from kiosk.core.records import events as audit_events
from kiosk.core.records.audit import AuditAction, AuditEvent
from kiosk.ui.operator.activity.model import Column
from kiosk.ui.operator.activity.presenter import Kind, Period
from kiosk.ui.operator.activity.words import _ACTIONS

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QComboBox, QFileDialog, QTableView, QWidget

    from kiosk.core.records.audit import AuditRecord
    from kiosk.ui.operator.activity.page import ActivityPage
    from kiosk.ui.operator.people.history_plot import HistoryPlot
    from kiosk.ui.widgets.hearing.hint_banner import HintBanner
    from tests.ui.operator.desk import Desk

IDA = Actor("operator:ida", Role.ADMINISTRATOR)
EVENTS = (
    (VISITOR, audit_events.verification("anna", "verified", 0.8123, 0.5, "model-1")),
    (VISITOR, audit_events.verification("bob", "not_verified", -0.12, 0.5, "model-1")),
    (VISITOR, audit_events.verification("bob", "inconclusive", None, 0.5, "m", ("too_quiet",))),
    (IDA, audit_events.setting("theme", None, "dark")),
    (IDA, AuditEvent(AuditAction.ENROLLED, "zoë", {"takes": 3})),
)


def record(desk: Desk) -> None:
    for actor, event in EVENTS:
        with acting_as(actor), desk.kit.database() as work:
            work.audit.append(event)
            work.commit()


@pytest.fixture
def page(desk: Desk) -> ActivityPage:
    """Return the page after a few things have happened."""
    record(desk)
    desk.click("nav.activity")
    shown = cast("ActivityPage", desk.find("page.activity"))
    desk.wait(lambda: shown.rows >= len(EVENTS))
    return shown


def table(desk: Desk) -> QTableView:
    return cast("QTableView", desk.find("activity.table"))


def column(desk: Desk, which: Column) -> list[str]:
    model = table(desk).model()
    return [str(model.index(row, which).data()) for row in range(model.rowCount())]


def verdict(desk: Desk) -> HintBanner:
    return cast("HintBanner", desk.find("activity.verdict"))


def choose(desk: Desk, name: str, value: Kind | Period) -> None:
    box = cast("QComboBox", desk.find(name))
    box.setCurrentIndex(next(i for i in range(box.count()) if box.itemData(i) is value))


def test_who_what_when_and_why_newest_first(desk: Desk, page: ActivityPage) -> None:
    assert column(desk, Column.WHAT)[:5] == [
        "Enrolled",
        "Setting changed",
        "Could not tell",
        "Not verified",
        "Verified",
    ]
    assert column(desk, Column.WHO)[:5] == ["ida", "ida", "Visitor", "Visitor", "Visitor"]
    assert column(desk, Column.ABOUT)[:5] == ["zoë", "theme", "bob", "bob", "anna"]
    assert column(desk, Column.SCORE)[:5] == ["", "", "", "−0.120 < 0.500", "0.812 ≥ 0.500"]
    why = column(desk, Column.WHY)
    assert why[:3] == ["takes 3", "default → dark", "Speak a little louder"]
    del page


def test_a_search_looks_in_every_column(desk: Desk, page: ActivityPage) -> None:
    line = desk.line("activity.search")
    for text, found in (("ZOË", ["zoë"]), ("visitor bob", ["bob", "bob"]), ("louder", ["bob"])):
        line.setText(text)
        wanted = found
        desk.wait(lambda: column(desk, Column.ABOUT) == wanted)  # noqa: B023
    line.setText("nothing like that")
    desk.wait(lambda: desk.shown("activity.empty"))
    line.setText("")
    desk.wait(lambda: table(desk).model().rowCount() == page.rows)


def test_kinds_and_periods_are_read_anew(desk: Desk, page: ActivityPage) -> None:
    choose(desk, "activity.kind", Kind.DECISIONS)
    desk.wait(lambda: page.rows == 3)
    choose(desk, "activity.kind", Kind.SETTINGS)
    desk.wait(lambda: page.rows == 1)
    choose(desk, "activity.period", Period.TODAY)
    choose(desk, "activity.kind", Kind.EVERYTHING)
    desk.wait(lambda: page.rows >= len(EVENTS))


def test_every_action_belongs_to_one_kind_and_has_a_word() -> None:
    kinds = [kind for kind in Kind if kind is not Kind.EVERYTHING]
    for action in AuditAction:
        assert sum(action.value in kind.actions for kind in kinds) == 1, action
        assert _ACTIONS[action]
    assert Kind.EVERYTHING.actions == ()


def test_today_is_counted_and_scores_are_drawn(desk: Desk, page: ActivityPage) -> None:
    names = {w.accessibleName() for w in _below(desk.find("activity.summary"))}
    assert {"Verified: 1", "Not verified: 1", "Could not tell: 1", "Enrolled: 1"} <= names
    plot = cast("HistoryPlot", desk.find("activity.plot"))
    assert plot.points == 2
    assert "1 of 2 attempts verified" in plot.spoken
    del page


def _below(widget: QWidget) -> list[QWidget]:
    from PySide6.QtWidgets import QWidget

    return widget.findChildren(QWidget)


def test_an_untouched_chain_is_said_to_be_so(desk: Desk, page: ActivityPage) -> None:
    desk.click("activity.verify")
    desk.wait(lambda: desk.shown("activity.verdict"))
    assert verdict(desk).property("tone") == "positive"
    assert f"All {page.rows} records since " in verdict(desk).hint
    assert desk.enabled("activity.verify")


def test_a_changed_record_is_named(desk: Desk, page: ActivityPage) -> None:
    state = desk.kit.database.state
    changed = replace(state.audit[3], subject="mallory")
    state.audit = (*state.audit[:3], changed, *state.audit[4:])
    desk.click("activity.verify")
    desk.wait(lambda: desk.shown("activity.verdict"))
    assert verdict(desk).property("tone") == "negative"
    assert "Record 4 was changed" in verdict(desk).hint
    del page


def test_an_export_holds_what_was_chosen(desk: Desk, page: ActivityPage, tmp_path: Path) -> None:
    choose(desk, "activity.kind", Kind.DECISIONS)
    desk.wait(lambda: page.rows == 3)
    desk.click("activity.export")
    dialog = cast("QFileDialog", desk.find("activity.export_dialog"))
    file = tmp_path / "records.csv"
    dialog.fileSelected.emit(str(file))
    dialog.reject()
    desk.wait(file.exists)
    desk.wait(lambda: any(each.action == "audit.exported" for each in _stored(desk)))
    with file.open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert [row["action"] for row in rows] == [
        "verification.verified",
        "verification.not-verified",
        "verification.inconclusive",
    ]
    assert float(rows[0]["score"]) == 0.8123
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def _stored(desk: Desk) -> tuple[AuditRecord, ...]:
    return desk.kit.database.state.audit


def test_a_failure_is_told(desk: Desk, page: ActivityPage) -> None:
    desk.kit.database.begin_error = StorageReadOnly("The kiosk cannot write to its data folder.")
    desk.click("activity.verify")
    desk.wait(lambda: desk.shown("activity.verdict"))
    assert "DB-005" in verdict(desk).hint
    assert desk.enabled("activity.verify")
    desk.kit.database.begin_error = None
    del page


def test_nothing_stays_on_the_screen_when_the_page_is_left(desk: Desk, page: ActivityPage) -> None:
    desk.line("activity.search").setText("bob")
    desk.click("activity.verify")
    desk.click("nav.people")
    assert page.rows == 0
    assert desk.line("activity.search").text() == ""
    assert not desk.shown("activity.verdict")
    desk.click("nav.activity")
    desk.wait(lambda: page.rows >= len(EVENTS))
    assert desk.enabled("activity.verify")
