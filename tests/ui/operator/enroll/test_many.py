"""Many people are enrolled from a file, and the window says what came of each."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, cast

import pytest
import soundfile
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QPlainTextEdit, QWidget

from kiosk.core.accounts.acting import Role
from kiosk.core.enroll.roster import read_roster
from kiosk.core.hearing.audio import MODEL_RATE
from kiosk.ui.accessibility import OPERATOR_TARGET, audit
from tests.ui.sound import utterance

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk.ui.operator.many.panel import ManyPanel
    from tests.ui.operator.desk import Desk


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Return a table of three people, of whom one has not agreed and one sounds like the first."""
    for speaker in (1, 4):
        for number, seconds in enumerate((3.4, 3.6, 3.8)):
            sound = utterance(speaker, seconds)
            soundfile.write(tmp_path / f"{speaker}-{number}.wav", sound, MODEL_RATE)
    files = {
        speaker: ";".join(f"{speaker}-{number}.wav" for number in range(3)) for speaker in (1, 4)
    }
    path = tmp_path / "people.csv"
    path.write_text(
        "id,name,consent,files\n"
        f"1001,Ada,yes,{files[1]}\n"
        f"1002,Ben,no,{files[4]}\n"
        f"1003,Cyd,yes,{files[1]}\n"
        f"1004,Dan,yes,{files[4]}\n",
        encoding="utf-8",
    )
    return path


def panel(desk: Desk) -> ManyPanel:
    return cast("ManyPanel", desk.find("many"))


def choose(desk: Desk, path: Path) -> None:
    """Choose a file in the dialog that is open."""
    (dialog,) = desk.frame.findChildren(QFileDialog)
    assert dialog.isVisible()
    dialog.setDirectory(str(path.parent))
    dialog.selectFile(path.name)
    dialog.fileSelected.emit(str(path))
    dialog.reject()
    desk.frame.activateWindow()
    desk.wait(desk.frame.isActiveWindow)


def begin(desk: Desk, table: Path) -> None:
    desk.click("enroll.many")
    desk.click("many.choose")
    choose(desk, table)


def report(desk: Desk) -> str:
    return cast("QPlainTextEdit", desk.find("many.report")).toPlainText()


def test_everybody_in_it_is_enrolled_or_named(desk: Desk, table: Path, tmp_path: Path) -> None:
    begin(desk, table)
    desk.wait(lambda: desk.shown("many.close"))
    assert desk.stored_ids() == ["1001", "1004"]
    assert desk.text("many.summary") == "2 people are enrolled. Not enrolled: 2."
    lines = report(desk).splitlines()
    assert [line.split(":")[0] for line in lines] == ["Line 3, 1002", "Line 4, 1003"]
    assert "no consent" in lines[0]
    assert "1001" in lines[1]
    desk.click("many.save")
    choose(desk, tmp_path / "enrolled.csv")
    desk.wait(lambda: desk.shown("many.hint"))
    with (tmp_path / "enrolled.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["line"], row["id"], row["result"]) for row in rows] == [
        ("2", "1001", "enrolled"),
        ("3", "1002", "refused"),
        ("4", "1003", "refused"),
        ("5", "1004", "enrolled"),
    ]
    assert rows[1]["why"] == "There is no consent of 1002."
    desk.click("many.close")
    assert not desk.frame.findChildren(QWidget, "many")


def test_it_goes_on_where_it_was_stopped(desk: Desk, table: Path) -> None:
    encoder = desk.kit.encoder
    encoder.started.clear()
    encoder.may_finish.clear()
    begin(desk, table)
    desk.wait(encoder.started.is_set)
    desk.click("many.stop")
    assert not desk.enabled("many.stop")
    encoder.may_finish.set()
    desk.wait(lambda: desk.shown("many.close"))
    assert desk.stored_ids() == ["1001"]
    assert desk.text("many.summary") == "1 person is enrolled. Not reached: 3. Use the file again."
    assert not desk.shown("many.report")
    desk.click("many.close")
    begin(desk, table)
    desk.wait(lambda: desk.shown("many.close"))
    assert desk.stored_ids() == ["1001", "1004"]
    assert desk.text("many.summary") == (
        "1 person is enrolled. Already enrolled: 1. Not enrolled: 2."
    )
    assert "Line 2, 1001: already enrolled" in report(desk)


def test_the_example_can_be_filled_in(desk: Desk, table: Path, tmp_path: Path) -> None:
    desk.click("enroll.many")
    desk.click("many.example")
    path = tmp_path / "example.csv"
    choose(desk, path)
    desk.wait(lambda: desk.shown("many.hint"))
    with path.open("a", encoding="utf-8") as file:
        file.write(table.read_text(encoding="utf-8").splitlines()[1] + "\n")
    (entry,) = read_roster(path.read_bytes())
    assert (entry.user_id, entry.error) == ("1001", None)


@pytest.mark.parametrize("content", ["name\nAda\n", "\0\0", ""])
def test_what_is_no_table_is_told_and_another_can_be_chosen(
    desk: Desk, table: Path, tmp_path: Path, content: str
) -> None:
    other = tmp_path / "other.csv"
    other.write_text(content, encoding="utf-8")
    begin(desk, other)
    desk.wait(lambda: desk.shown("many.hint") and desk.shown("many.choose"))
    assert desk.stored_ids() == []
    desk.click("many.choose")
    choose(desk, table)
    assert not desk.shown("many.hint")
    desk.wait(lambda: desk.shown("many.close"))
    assert desk.stored_ids() == ["1001", "1004"]


def test_it_ends_with_the_session(desk: Desk, table: Path) -> None:
    encoder = desk.kit.encoder
    encoder.started.clear()
    encoder.may_finish.clear()
    begin(desk, table)
    desk.wait(encoder.started.is_set)
    desk.frame.left()
    encoder.may_finish.set()
    assert not desk.frame.findChildren(QWidget, "many")
    ended: list[None] = []
    desk.stage.recognition.submit(lambda _: None, ended.append)
    desk.wait(lambda: ended)
    assert set(desk.stored_ids()) <= {"1001"}
    desk.frame.entered()


def test_whoever_may_enroll_may_do_it_and_is_recorded(desk: Desk, table: Path) -> None:
    desk.become(Role.OPERATOR)
    begin(desk, table)
    desk.wait(lambda: desk.shown("many.close"))
    assert desk.stored_ids() == ["1001", "1004"]


def test_it_works_by_keyboard_alone(desk: Desk, table: Path) -> None:
    button = desk.find("enroll.many")
    button.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(button, Qt.Key.Key_Return)
    assert desk.find("many.choose").hasFocus()
    QTest.keyClick(desk.find("many.choose"), Qt.Key.Key_Return)
    choose(desk, table)
    assert desk.find("many.stop").hasFocus()
    QTest.keyClick(panel(desk), Qt.Key.Key_Escape)
    desk.wait(lambda: desk.shown("many.close"))
    assert desk.find("many.close").hasFocus()
    QTest.keyClick(panel(desk), Qt.Key.Key_Escape)
    assert not desk.frame.findChildren(QWidget, "many")
    assert button.hasFocus()


@pytest.mark.parametrize("size", [(800, 480), (1280, 800)])
@pytest.mark.parametrize("scale", [100, 200])
def test_everything_in_it_can_be_seen_and_named(
    desk: Desk, table: Path, size: tuple[int, int], scale: int
) -> None:
    desk.stage.theme.set_text_scale(scale)
    desk.frame.resize(*size)
    desk.click("enroll.many")
    assert audit(panel(desk), target=OPERATOR_TARGET) == []
    inside(panel(desk))
    desk.click("many.choose")
    choose(desk, table)
    assert audit(panel(desk), target=OPERATOR_TARGET) == []
    inside(panel(desk))
    desk.wait(lambda: desk.shown("many.close"))
    assert audit(panel(desk), target=OPERATOR_TARGET) == []
    inside(panel(desk))


def inside(whole: ManyPanel) -> None:
    """No button of the row below lies outside of the panel, or is cut."""
    QApplication.processEvents()
    for name in ("many.save", "many.cancel", "many.stop", "many.choose", "many.close"):
        button = whole.findChild(QWidget, name)
        assert button is not None
        if button.isVisible():
            corner = button.mapTo(whole, button.rect().bottomRight())
            assert whole.rect().contains(corner), name
            assert button.width() >= button.minimumSizeHint().width(), name


def test_of_a_long_table_the_first_are_shown_and_the_report_has_all(
    desk: Desk, tmp_path: Path
) -> None:
    path = tmp_path / "long.csv"
    rows = [f"{number},,no,a;b;c" for number in range(1000, 1300)]
    path.write_text("\n".join(["id,name,consent,files", *rows]), encoding="utf-8")
    begin(desk, path)
    desk.wait(lambda: desk.shown("many.close"))
    assert desk.text("many.summary") == "0 people are enrolled. Not enrolled: 300."
    lines = report(desk).splitlines()
    assert (len(lines), lines[-1]) == (101, "… and 200 more, in the report.")
    desk.click("many.save")
    choose(desk, tmp_path / "enrolled.csv")
    desk.wait(lambda: desk.shown("many.hint"))
    assert (tmp_path / "enrolled.csv").read_text(encoding="utf-8-sig").count("refused") == 300
