"""The People page: find, show, change, export, erase."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from kiosk.core.enroll.kept_takes import to_sound
from kiosk.core.errors import StorageError
from kiosk.core.hearing.audio import AudioClip
from kiosk.ui.operator.people.model import Column
from kiosk.ui.operator.people.state import PersonState
from kiosk.ui.widgets.toast import Toast
from tests.fakes.samples import attempt, person, quality, voiceprint
from tests.ui.sound import MODEL, utterance

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QFileDialog, QTableView, QTableWidget

    from kiosk.ui.operator.enroll.page import EnrollPage
    from kiosk.ui.operator.people.history_plot import HistoryPlot
    from kiosk.ui.operator.people.page import PeoplePage
    from kiosk.ui.widgets.hearing.hint_banner import HintBanner
    from tests.ui.operator.desk import Desk

PEOPLE = (("b2", "Émile Zola"), ("a1", "zoë Kravitz"), ("c3", "Ada Lovelace"))


@pytest.fixture
def page(desk: Desk) -> PeoplePage:
    """Return the page with three people, of whom one has tried to verify."""
    now = desk.kit.clock.now()
    with desk.kit.database() as work:
        for number, (user_id, name) in enumerate(PEOPLE):
            work.people.add(person(user_id, name=name))
            work.people.save_voiceprint(
                user_id, voiceprint(number, model_id=MODEL.model_id), quality(), now
            )
        outcomes = (("verified", 0.8), ("not_verified", 0.3), ("inconclusive", None))
        for number, (outcome, score) in enumerate(outcomes):
            work.people.add_attempt(
                replace(
                    attempt(number, "c3", outcome=outcome, score=score),
                    at=now + timedelta(hours=number),
                    reasons=() if score is not None else ("noisy",),
                )
            )
        work.commit()
    return desk.open_people(3)


def table(desk: Desk) -> QTableView:
    return cast("QTableView", desk.find("people.table"))


def cell(desk: Desk, row: int, column: Column) -> str:
    model = table(desk).model()
    return str(model.index(row, column).data())


def test_nobody_yet_says_what_to_do_first(desk: Desk) -> None:
    desk.open_people(0)
    desk.wait(lambda: desk.shown("people.empty"))
    desk.find("people.empty").acted.emit()  # type: ignore[attr-defined]
    assert desk.shown("page.enroll")


def test_two_models_leave_room_for_the_score(desk: Desk, page: PeoplePage) -> None:
    second = "a-second-model-with-a-rather-long-name-of-its-own"
    with desk.kit.database() as work:
        for number, (user_id, _) in enumerate(PEOPLE):
            made = voiceprint(number, model_id=second)
            work.people.save_voiceprint(user_id, made, quality(), desk.kit.clock.now())
        work.commit()
    shown = table(desk)
    before = shown.model().index(0, Column.MODEL).data()
    page.presenter.reload()
    desk.wait(lambda: shown.model().index(0, Column.MODEL).data() != before)
    index = shown.model().index(0, Column.MODEL)
    needed = shown.fontMetrics().horizontalAdvance(index.data())
    # Cut with an ellipsis, and whole in the tooltip.
    desk.wait(lambda: shown.columnWidth(Column.MODEL) < needed)
    assert shown.textElideMode() is Qt.TextElideMode.ElideRight
    assert second in index.data(Qt.ItemDataRole.ToolTipRole)
    assert MODEL.model_id in index.data(Qt.ItemDataRole.ToolTipRole)
    assert sum(shown.columnWidth(each) for each in Column) <= shown.viewport().width()


def test_a_model_chosen_by_another_process_decides_who_is_ready(
    desk: Desk, page: PeoplePage
) -> None:
    desk.kit.kiosk.preferences.set("model", "another")
    page.presenter.reload()
    desk.wait(lambda: cell(desk, 0, Column.STATE) == "Re-enroll needed")


def test_everybody_is_listed_by_id(desk: Desk, page: PeoplePage) -> None:
    assert page.shown_ids() == ["a1", "b2", "c3"]
    assert cell(desk, 2, Column.NAME) == "Ada Lovelace"
    assert cell(desk, 2, Column.STATE) == "Ready"
    assert cell(desk, 2, Column.TAKES) == "3"
    assert cell(desk, 2, Column.MODEL) == MODEL.model_id
    assert cell(desk, 2, Column.SCORE) == "0.30"
    assert cell(desk, 0, Column.SCORE) == "–"
    assert table(desk).model().index(2, Column.STATE).data(Qt.ItemDataRole.DecorationRole)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("emile", ["b2"]),
        ("ZOË", ["a1"]),
        ("zo", ["a1", "b2"]),
        ("C3", ["c3"]),
        ("lovelace ada", ["c3"]),
        ("nobody", []),
        ("", ["a1", "b2", "c3"]),
    ],
)
def test_search_ignores_case_and_accents(
    desk: Desk, page: PeoplePage, typed: str, found: list[str]
) -> None:
    QTest.keyClicks(desk.line("people.search"), typed) if typed.isascii() else desk.line(
        "people.search"
    ).setText(typed)
    desk.wait(lambda: page.shown_ids() == found)


def test_columns_sort_by_what_they_mean(desk: Desk, page: PeoplePage) -> None:
    table(desk).sortByColumn(Column.NAME, Qt.SortOrder.AscendingOrder)
    desk.wait(lambda: page.shown_ids() == ["c3", "b2", "a1"])
    table(desk).sortByColumn(Column.SCORE, Qt.SortOrder.DescendingOrder)
    desk.wait(lambda: page.shown_ids()[0] == "c3")


def test_rename(desk: Desk, page: PeoplePage) -> None:
    page.select("c3")
    desk.click("people.rename")
    field = desk.line("people.new_name")
    assert field.text() == "Ada Lovelace"
    field.setText("Ada King")
    desk.click("people.rename_dialog.confirm")
    desk.wait(lambda: cell(desk, 2, Column.NAME) == "Ada King")
    assert desk.kit.database.state.people["c3"].name == "Ada King"
    row = page.selected()
    assert row is not None
    assert row.user_id == "c3"


def test_a_name_that_cannot_be_used_is_refused_in_the_dialog(desk: Desk, page: PeoplePage) -> None:
    page.select("c3")
    desk.click("people.rename")
    desk.line("people.new_name").setText("x" * 121)
    desk.click("people.rename_dialog.confirm")
    assert desk.line("people.new_name").property("state") == "negative"
    assert desk.kit.database.state.people["c3"].name == "Ada Lovelace"


def test_disable_and_enable(desk: Desk, page: PeoplePage) -> None:
    page.select("c3")
    desk.click("people.toggle")
    desk.wait(lambda: cell(desk, 2, Column.STATE) == "Disabled")
    assert not desk.kit.database.state.people["c3"].enabled
    assert any("disabled" in toast.message for toast in page.findChildren(Toast))
    desk.click("people.toggle")
    desk.wait(lambda: cell(desk, 2, Column.STATE) == "Ready")


def test_another_model_means_re_enroll(desk: Desk, page: PeoplePage) -> None:
    with desk.kit.database() as work:
        work.people.add(person("d4"))
        old = voiceprint(9, model_id="an-older-model")
        work.people.save_voiceprint("d4", old, quality(), desk.kit.clock.now())
        work.people.add(person("e5", consent=False))
        work.people.add(person("f6"))
        for number, model_id in enumerate((MODEL.model_id, "a-second-model")):
            both = voiceprint(10 + number, model_id=model_id)
            work.people.save_voiceprint("f6", both, quality(), desk.kit.clock.now())
        work.commit()
    page.presenter.reload()
    desk.wait(lambda: page.rows == 6)
    assert cell(desk, 3, Column.STATE) == "Re-enroll needed"
    assert cell(desk, 4, Column.STATE) == "No voiceprint"
    # The newest voiceprint is of the other model, and the one in use has its own.
    assert cell(desk, 5, Column.STATE) == "Ready"
    assert cell(desk, 5, Column.MODEL) == f"a-second-model, {MODEL.model_id}"


def test_people_who_must_enroll_again_are_named_and_follow_one_after_the_other(
    desk: Desk, page: PeoplePage
) -> None:
    with desk.kit.database() as work:
        for number, user_id in enumerate(("d4", "e5")):
            work.people.add(person(user_id, name=f"Old {number}"))
            old = voiceprint(9 + number, model_id="an-older-model")
            work.people.save_voiceprint(user_id, old, quality(), desk.kit.clock.now())
        work.commit()
    desk.click("nav.enroll")
    notice = cast("HintBanner", desk.find("operator.stale"))
    desk.wait(lambda: notice.hint == "2 people must enroll again: the voice model has changed.")
    desk.click("operator.stale.show")
    desk.wait(lambda: page.shown_ids() == ["d4", "e5"])
    assert not notice.hint
    assert cast("HintBanner", desk.find("people.stale")).hint.startswith("2 people")
    page.select("d4")
    desk.click("people.reenroll")
    assert desk.line("enroll.id").text() == "d4"
    enroll = cast("EnrollPage", desk.find("page.enroll"))
    assert enroll.waiting == [("e5", "Old 1")]
    enroll.enroll_next()
    assert desk.line("enroll.id").text() == "e5"
    assert enroll.waiting == []
    desk.click("nav.people")
    desk.wait(lambda: len(page.shown_ids()) == 5)
    desk.click("people.stale.show")
    desk.wait(lambda: page.shown_ids() == ["d4", "e5"])
    desk.click("people.stale.show")
    desk.wait(lambda: len(page.shown_ids()) == 5)


def test_re_enroll_goes_to_the_form_with_the_person_filled_in(desk: Desk, page: PeoplePage) -> None:
    page.select("c3")
    desk.click("people.reenroll")
    assert desk.shown("page.enroll")
    assert desk.line("enroll.id").text() == "c3"
    assert desk.line("enroll.name").text() == "Ada Lovelace"
    desk.click("enroll.next")
    desk.wait(lambda: desk.state == "consent")


def test_detail_shows_scores_and_attempts(desk: Desk, page: PeoplePage) -> None:
    page.select("c3")
    desk.click("people.show")
    desk.wait(lambda: desk.shown("people.detail"))
    plot = cast("HistoryPlot", desk.find("people.plot"))
    assert plot.points == 2
    assert plot.accessibleDescription() == (
        "1 of 2 attempts verified; scores from 0.30 to 0.80; threshold 0.35 now."
    )
    attempts = cast("QTableWidget", desk.find("people.attempts"))
    outcomes = [cast("str", attempts.model().index(row, 1).data()) for row in range(3)]
    assert outcomes == ["Could not tell", "Not verified", "Verified"]
    assert attempts.model().index(0, 4).data() == "It is too noisy here"
    desk.click("people.back")
    assert desk.shown("people.table")


def test_enter_shows_the_person_and_the_search_leads_to_the_table(
    desk: Desk, page: PeoplePage
) -> None:
    search = desk.line("people.search")
    QTest.keyClicks(search, "zola")
    desk.wait(lambda: page.shown_ids() == ["b2"])
    QTest.keyClick(search, Qt.Key.Key_Return)
    assert table(desk).hasFocus()
    QTest.keyClick(table(desk), Qt.Key.Key_Return)
    desk.wait(lambda: desk.shown("people.detail"))
    row = page.selected()
    assert row is not None
    assert row.user_id == "b2"
    assert row.state is PersonState.READY


def test_erasing_needs_the_typed_id(desk: Desk, page: PeoplePage) -> None:
    page.select("c3")
    desk.click("people.erase")
    assert not desk.enabled("people.erase_dialog.confirm")
    field = desk.line("people.erase_id")
    QTest.keyClicks(field, "c")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert desk.shown("people.erase_dialog")
    assert not desk.enabled("people.erase_dialog.confirm")
    desk.click("people.erase_dialog.cancel")
    assert desk.stored_ids() == ["a1", "b2", "c3"]

    desk.click("people.erase")
    QTest.keyClicks(desk.line("people.erase_id"), "c3")
    desk.click("people.erase_dialog.confirm")
    desk.wait(lambda: page.rows == 2)
    assert desk.stored_ids() == ["a1", "b2"]
    assert desk.kit.database.state.attempts == {}
    assert page.shown_ids() == ["a1", "b2"]


def test_erasing_from_the_detail_returns_to_the_table(desk: Desk, page: PeoplePage) -> None:
    page.select("c3")
    desk.click("people.show")
    desk.wait(lambda: desk.shown("people.detail"))
    desk.click("person.erase")
    QTest.keyClicks(desk.line("people.erase_id"), "c3")
    QTest.keyClick(desk.line("people.erase_id"), Qt.Key.Key_Return)
    desk.wait(lambda: desk.shown("people.table"))
    assert desk.stored_ids() == ["a1", "b2"]


def test_export_writes_a_private_file(desk: Desk, page: PeoplePage, tmp_path: Path) -> None:
    page.select("c3")
    desk.click("people.export")
    dialog = cast("QFileDialog", desk.find("people.export_dialog"))
    file = tmp_path / "ada.json"
    dialog.fileSelected.emit(str(file))
    dialog.close()
    desk.wait(file.exists)
    exported = json.loads(file.read_text(encoding="utf-8"))
    assert exported["name"] == "Ada Lovelace"
    assert len(exported["attempts"]) == 3
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_recordings_are_written_beside_it_or_nothing_is(
    desk: Desk, page: PeoplePage, tmp_path: Path
) -> None:
    now = desk.kit.clock.now()
    with desk.kit.database() as work:
        sound = to_sound(AudioClip(utterance(1, 2.0)))
        work.kept_takes.replace("c3", [sound], now, now + timedelta(days=1))
        work.commit()
    (tmp_path / "ada-take-1.wav").write_text("somebody else's", encoding="utf-8")
    page.presenter.export("c3", tmp_path / "ada.json")
    banner = cast("HintBanner", desk.find("people.error"))
    desk.wait(lambda: "A file ada-take-1.wav exists already" in banner.hint)
    assert [one.name for one in tmp_path.iterdir()] == ["ada-take-1.wav"]
    assert (tmp_path / "ada-take-1.wav").read_text(encoding="utf-8") == "somebody else's"
    page.presenter.export("c3", tmp_path / "ada-2.json")
    desk.wait(lambda: (tmp_path / "ada-2-take-1.wav").exists())
    assert stat.S_IMODE((tmp_path / "ada-2-take-1.wav").stat().st_mode) == 0o600


def test_a_failing_change_says_so_and_changes_nothing(desk: Desk, page: PeoplePage) -> None:
    desk.kit.database.commit_error = StorageError("The database failed.")
    page.select("c3")
    desk.click("people.toggle")
    banner = cast("HintBanner", desk.find("people.error"))
    desk.wait(lambda: "DB-001" in banner.hint)
    assert desk.kit.database.state.people["c3"].enabled


def test_names_do_not_stay_in_the_search_of_the_next_operator(desk: Desk, page: PeoplePage) -> None:
    desk.line("people.search").setText("ada")
    desk.frame.left()
    assert desk.line("people.search").text() == ""
    assert page.shown_ids() == []
    desk.frame.entered()
    desk.click("nav.people")
    desk.wait(lambda: len(page.shown_ids()) == 3)
