"""The Preferences page: a real service, switched from the window."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from typing import TYPE_CHECKING, cast
from urllib.request import urlopen

import pytest

from kiosk.api.background import BackgroundService
from kiosk.core.api_policy import ApiPolicy
from kiosk.core.errors import StorageError
from kiosk.services.service_switch import SERVICE, ServiceSwitch
from kiosk.ui.accessibility import OPERATOR_TARGET, audit
from kiosk.ui.operator.frame import OperatorFrame
from tests.api.support import Lines
from tests.support.patience import PATIENCE_MS, PATIENCE_S
from tests.ui.operator.desk import Desk
from tests.ui.support import Kit, Stage, dispose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QCheckBox
    from pytestqt.qtbot import QtBot

    from kiosk.ui.operator.parts import IconText
    from kiosk.ui.widgets.hearing.hint_banner import HintBanner
    from tests.ui.visitor import Visitor

    Open = Callable[..., Desk]


@pytest.fixture
def open_desk(qtbot: QtBot, qapp: object, data_dir: Path) -> Iterator[Open]:
    """Return what opens an operator's desk that has a service to switch."""
    opened: list[tuple[Desk, ServiceSwitch]] = []

    def open_one(port: int = 0) -> Desk:
        stage = Stage(Kit(data_dir))
        stage.start(qtbot)
        kiosk, policy = stage.kit.kiosk, ApiPolicy(port=port)
        service = ServiceSwitch(
            kiosk.preferences, lambda: BackgroundService(kiosk, policy, Lines())
        )
        frame = OperatorFrame(replace(stage.ui, service=service))
        frame.resize(1280, 800)
        frame.show()
        frame.activateWindow()
        qtbot.waitUntil(frame.isActiveWindow, timeout=PATIENCE_MS)
        frame.entered()
        desk = Desk(qtbot, stage, frame)
        desk.click("nav.preferences")
        opened.append((desk, service))
        return desk

    yield open_one
    for desk, service in opened:
        desk.frame.left()
        desk.stage.close()
        assert service.close()
        dispose(desk.frame)


def state(desk: Desk) -> str:
    return cast("IconText", desk.find("service.state")).text


def trouble(desk: Desk) -> str:
    return cast("HintBanner", desk.find("service.trouble")).hint


def ticked(desk: Desk) -> bool:
    return cast("QCheckBox", desk.find("service.wanted")).isChecked()


def tick(desk: Desk) -> None:
    cast("QCheckBox", desk.find("service.wanted")).click()


def stored(desk: Desk) -> str | None:
    return desk.kit.kiosk.preferences.get(SERVICE)


def test_it_is_off_at_first(open_desk: Open) -> None:
    desk = open_desk()
    assert (state(desk), ticked(desk), trouble(desk)) == ("Off", False, "")


def test_it_is_switched_on_and_off_again(open_desk: Open) -> None:
    desk = open_desk()
    desk.kit.enroll("1001", speaker=1)
    tick(desk)
    assert state(desk) == "One moment …"
    desk.wait(lambda: state(desk).startswith("Running at http://127.0.0.1:"))
    address = state(desk).removeprefix("Running at ")
    with urlopen(f"{address}/vv/list_enrollments", timeout=PATIENCE_S) as answer:
        assert json.load(answer) == {"ids": ["1001"]}
    assert stored(desk) == "on"
    tick(desk)
    desk.wait(lambda: state(desk) == "Off")
    assert stored(desk) == "off"
    with pytest.raises(OSError, match="refused"):
        urlopen(f"{address}/vv/list_enrollments", timeout=PATIENCE_S)


@pytest.mark.expects_log
def test_a_port_that_is_taken_is_told_and_can_be_tried_again(open_desk: Open) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        desk = open_desk(port)
        tick(desk)
        desk.wait(lambda: state(desk) == "Not running")
        assert f"port {port}: another program uses it" in trouble(desk)
        assert "section [api] of kiosk.toml" in trouble(desk)
        assert ticked(desk)
    tick(desk)
    desk.wait(lambda: state(desk) == "Off")
    assert trouble(desk) == ""
    tick(desk)
    desk.wait(lambda: state(desk) == f"Running at http://127.0.0.1:{port}")


def test_a_wish_that_cannot_be_stored_changes_nothing(open_desk: Open) -> None:
    desk = open_desk()
    desk.kit.database.commit_error = StorageError("The database failed.")
    tick(desk)
    desk.wait(lambda: trouble(desk) != "")
    assert (state(desk), ticked(desk)) == ("Off", False)


def test_the_page_can_be_used_without_seeing_it(open_desk: Open) -> None:
    desk = open_desk()
    assert audit(desk.frame, target=OPERATOR_TARGET) == []
    tick(desk)
    desk.wait(lambda: state(desk).startswith("Running"))
    assert audit(desk.frame, target=OPERATOR_TARGET) == []


def test_what_was_switched_on_runs_again_after_a_restart(
    kit: Kit, launch: Callable[..., Visitor], qtbot: QtBot
) -> None:
    kit.kiosk.preferences.set(SERVICE, "on")
    service = ServiceSwitch(
        kit.kiosk.preferences, lambda: BackgroundService(kit.kiosk, ApiPolicy(port=0), Lines())
    )
    try:
        launch(service=service).when("idle")
        qtbot.waitUntil(lambda: service.status.address is not None, timeout=PATIENCE_MS)
        with urlopen(f"{service.status.address}/vv/list_enrollments", timeout=PATIENCE_S) as answer:
            assert json.load(answer) == {"ids": []}
    finally:
        assert service.close()
