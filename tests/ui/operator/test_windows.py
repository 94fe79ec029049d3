"""Dialogs that ask for a file: nothing can be changed in them, and they go with the operator."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QComboBox,
    QDialogButtonBox,
    QFileDialog,
    QLineEdit,
    QMessageBox,
    QWidget,
)

from kiosk.core.accounts.acting import Role
from kiosk.ui.navigation import Route
from tests.ui.support import LOGIN, PIN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kiosk.ui.widgets.hearing.hint_banner import HintBanner
    from tests.ui.operator.desk import Desk
    from tests.ui.support import Kit
    from tests.ui.visitor import Visitor

    Launch = Callable[..., Visitor]

DIALOGS = ["people.export", "people.receipt", "activity.export", "enroll.receipt", "many.choose"]


def open_dialog(desk: Desk, button: str) -> QFileDialog:
    if button == "enroll.receipt":
        desk.begin_voice("1001", "Ada")
        desk.record_takes(1, 1, 1)
        desk.click("enroll.save")
        desk.wait(lambda: desk.state == "done")
    elif button == "activity.export":
        desk.click("nav.activity")
    elif button == "many.choose":
        desk.click("enroll.many")
    else:
        desk.kit.enroll("1001", 1, "Ada")
        desk.open_people(1).select("1001")
    desk.click(button)
    (dialog,) = desk.frame.findChildren(QFileDialog)
    assert dialog.isVisible()
    return dialog


def others(window: QWidget) -> list[QWidget]:
    """Return every window that can be seen beside one."""
    return [w for w in QApplication.topLevelWidgets() if w.isVisible() and w is not window]


@pytest.mark.parametrize("button", DIALOGS)
def test_a_dialog_changes_no_file_and_goes_with_the_operator(desk: Desk, button: str) -> None:
    dialog = open_dialog(desk, button)
    assert dialog.testOption(QFileDialog.Option.ReadOnly)
    for view in dialog.findChildren(QAbstractItemView):
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(5, 5), QPoint(5, 5))
        QApplication.sendEvent(view.viewport(), event)
        assert QApplication.activePopupWidget() is None
    desk.frame.left()
    assert others(desk.frame) == []


def test_a_file_cannot_be_deleted_or_renamed_in_it(desk: Desk, tmp_path: Path) -> None:
    dialog = open_dialog(desk, "people.export")
    (tmp_path / "kiosk.json").touch()
    dialog.setDirectory(str(tmp_path))
    view = dialog.findChild(QAbstractItemView, "listView")
    assert isinstance(view, QAbstractItemView)
    model = view.model()
    desk.wait(lambda: model.rowCount(view.rootIndex()) == 1)
    index = model.index(0, 0, view.rootIndex())
    view.setCurrentIndex(index)
    assert not model.setData(index, "renamed.json")
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert others(desk.frame) == [dialog]
    assert [one.name for one in tmp_path.iterdir()] == ["kiosk.json"]


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_what_is_open_within_a_dialog_goes_too(desk: Desk) -> None:
    dialog = open_dialog(desk, "people.export")
    question = QMessageBox(dialog)
    question.setText("Replace it?")
    question.open()
    combo = dialog.findChild(QComboBox, "lookInCombo")
    assert isinstance(combo, QComboBox)
    combo.showPopup()
    assert QApplication.activePopupWidget() is not None
    assert len(others(desk.frame)) >= 3
    desk.frame.left()
    assert others(desk.frame) == []


def test_a_name_that_is_taken_is_refused_without_a_question(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "ada.json").write_text("old", encoding="utf-8")
    dialog = open_dialog(desk, "people.export")
    name = dialog.findChild(QLineEdit, "fileNameEdit")
    buttons = dialog.findChild(QDialogButtonBox)
    assert isinstance(name, QLineEdit)
    assert isinstance(buttons, QDialogButtonBox)
    name.setText(str(tmp_path / "ada.json"))
    buttons.button(QDialogButtonBox.StandardButton.Save).click()
    banner = cast("HintBanner", desk.find("people.error"))
    desk.wait(lambda: "A file ada.json exists already" in banner.hint)
    assert (tmp_path / "ada.json").read_text(encoding="utf-8") == "old"
    assert [
        each for each in desk.kit.database.state.audit if each.action == "person.exported"
    ] == []


@pytest.mark.parametrize("way", ["idle", "disabled"])
def test_nothing_stays_over_the_welcome_page(launch: Launch, kit: Kit, way: str) -> None:
    kit.enroll("1001", 1, "Ada")
    _, pin = kit.kiosk.accounts.add("anna", "", Role.ADMINISTRATOR)
    kit.sign_in_once("anna", pin, "lantern-94-xylophone")
    visitor = launch().when("idle")
    visitor.press("welcome.operator")
    visitor.until(lambda: visitor.can_see("signin.login"))
    visitor.enter("signin.login", LOGIN)
    visitor.enter("signin.pin", PIN)
    visitor.press("signin.submit")
    visitor.at(Route.OPERATOR).press("nav.activity")
    visitor.press("activity.export")
    assert [type(w) for w in others(visitor.shell)] == [QFileDialog]
    if way == "idle":
        visitor.shell._on_idle()  # five minutes have passed
    else:
        kit.kiosk.accounts.set_enabled(LOGIN, enabled=False)
    visitor.at(Route.VERIFY)
    assert others(visitor.shell) == []
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert visitor.shell.findChildren(QFileDialog) == []
