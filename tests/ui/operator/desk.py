"""What an operator does at the desk, in words of one test step each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from tests.support.patience import PATIENCE_MS
from tests.ui.sound import utterance
from tests.ui.support import Stage, child

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QAbstractButton, QCheckBox, QLabel, QLineEdit, QWidget
    from pytestqt.qtbot import QtBot

    from kiosk.core.accounts.acting import Role
    from kiosk.core.hearing.audio import Samples
    from kiosk.ui.operator.enroll.page import EnrollPage
    from kiosk.ui.operator.enroll.presenting.presenter import EnrollPresenter
    from kiosk.ui.operator.frame import OperatorFrame
    from kiosk.ui.operator.microphone.page import MicrophonePage
    from kiosk.ui.operator.people.page import PeoplePage


class Desk:
    """An operator frame and whoever sits in front of it.

    Attributes:
        stage: the kiosk, its threads and looks.
        kit: the fakes behind the ports.
        frame: what is tested.
    """

    def __init__(self, qtbot: QtBot, stage: Stage, frame: OperatorFrame) -> None:
        self.qtbot = qtbot
        self.stage = stage
        self.kit = stage.kit
        self.frame = frame

    def wait(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE_MS)

    def find(self, name: str) -> QWidget:
        return child(self.frame, name)

    def line(self, name: str) -> QLineEdit:
        return cast("QLineEdit", self.find(name))

    def click(self, name: str) -> None:
        button = cast("QAbstractButton", self.find(name))
        assert button.isVisible(), f"{name} cannot be seen"
        assert button.isEnabled(), f"{name} is disabled"
        button.click()

    def shown(self, name: str) -> bool:
        return self.find(name).isVisible()

    def enabled(self, name: str) -> bool:
        return self.find(name).isEnabled()

    def text(self, name: str) -> str:
        return cast("QLabel", self.find(name)).text()

    def become(self, role: Role) -> None:
        """Sign in again, with an account of this role."""
        account = self.stage.ui.session.account
        assert account is not None
        self.frame.left()
        changed = replace(account, role=role)
        self.kit.database.state.operators[account.login] = changed
        self.stage.ui.session.begin(changed)
        self.frame.entered()

    # --- enroll ------------------------------------------------------------------------------

    @property
    def enroll_page(self) -> EnrollPage:
        return cast("EnrollPage", self.find("page.enroll"))

    @property
    def enroll(self) -> EnrollPresenter:
        return self.enroll_page.presenter

    @property
    def state(self) -> str:
        return str(self.find("enroll").property("kioskState"))

    def describe(self, user_id: str, name: str = "") -> None:
        self.line("enroll.id").setText(user_id)
        self.line("enroll.name").setText(name)
        self.click("enroll.next")

    def agree(self) -> None:
        self.wait(lambda: self.state == "consent")
        cast("QCheckBox", self.find("enroll.consent")).click()
        self.click("enroll.next")
        assert self.state == "ready"

    def begin_voice(self, user_id: str = "1001", name: str = "Ada") -> None:
        self.describe(user_id, name)
        self.agree()

    def say(self, samples: Samples) -> None:
        """Record a take of these samples and wait until it is judged."""
        self.click("enroll.record")
        assert self.state == "listening"
        self.kit.microphone.feed(samples)
        self.wait(lambda: self.state in ("ready", "review"))

    def record_takes(self, *speakers: int) -> None:
        for speaker in speakers:
            self.say(utterance(speaker, 3.5))

    # --- people ------------------------------------------------------------------------------

    def open_people(self, count: int) -> PeoplePage:
        self.click("nav.people")
        page = cast("PeoplePage", self.find("page.people"))
        self.wait(lambda: page.rows == count)
        return page

    def ids(self) -> list[str]:
        return cast("PeoplePage", self.find("page.people")).shown_ids()

    def stored_ids(self) -> list[str]:
        return sorted(self.kit.database.state.people)

    # --- microphone --------------------------------------------------------------------------

    def open_microphone(self) -> MicrophonePage:
        self.click("nav.microphone")
        return cast("MicrophonePage", self.find("page.microphone"))
