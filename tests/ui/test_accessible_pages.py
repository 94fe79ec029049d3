"""Every page can be used without eyes, without a mouse, and with large text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from kiosk.core.accounts.acting import Role
from kiosk.core.errors import MicrophoneMissing
from kiosk.core.hearing.audio import AudioClip
from kiosk.core.hearing.speech import find_speech
from kiosk.core.limits.second_factor import FactorRule
from kiosk.ui.accessibility import PUBLIC_TARGET, audit
from tests.ui.sound import LevelDetector, utterance
from tests.ui.support import child

if TYPE_CHECKING:
    from tests.ui.support import Kit
    from tests.ui.visitor import Visitor

LOOKS = [("light", 100), ("dark", 100), ("contrast", 100), ("light", 200)]
SCREENS = [(1280, 800), (1080, 1920)]


def welcome(visitor: Visitor) -> None:
    assert visitor.page == "page.welcome"


def other_ways(visitor: Visitor) -> None:
    visitor.press("welcome.other_ways")


def who(visitor: Visitor) -> None:
    visitor.press("welcome.start")
    visitor.enter("who.id", "###")
    visitor.press("who.continue")
    visitor.sees("characters that are not allowed")


def speak(visitor: Visitor) -> None:
    visitor.claim("alice")


def verified(visitor: Visitor) -> None:
    visitor.claim("alice")
    visitor.speak(2)
    visitor.when("verified")


def not_verified(visitor: Visitor) -> None:
    visitor.claim("alice")
    visitor.speak(5)
    visitor.when("not_verified")


def inconclusive(visitor: Visitor) -> None:
    visitor.claim("alice")
    visitor.speak(2, seconds=1.0)
    visitor.when("inconclusive")


def confirming(visitor: Visitor) -> None:
    visitor.kit.kiosk.second_factors.set_rule(FactorRule.OPTIONAL)
    visitor.press("welcome.start")
    visitor.enter("who.id", "alice")
    visitor.press("who.continue")
    visitor.when("confirming")


def locked(visitor: Visitor) -> None:
    speech = find_speech(AudioClip(utterance(5, 3.0)), LevelDetector())
    for _ in range(5):
        visitor.kit.kiosk.verify("alice", speech, blind=True)
    visitor.press("welcome.start")
    visitor.enter("who.id", "alice")
    visitor.press("who.continue")
    visitor.when("locked")


def sign_in(visitor: Visitor) -> None:
    visitor.press("welcome.operator")
    visitor.sees("Enter the operator PIN or password")


def sign_in_with_login(visitor: Visitor) -> None:
    visitor.kit.kiosk.accounts.add("bruno", "", Role.OPERATOR)
    visitor.press("welcome.operator")
    visitor.sees("Enter your login")
    visitor.enter("signin.login", "nobody")
    visitor.enter("signin.pin", "000000")
    visitor.press("signin.submit")
    visitor.sees("is not right")


def first_account(visitor: Visitor) -> None:
    visitor.kit.database.state.operators.clear()
    visitor.press("welcome.operator")
    visitor.sees("Step 1 of 2")


def first_secret(visitor: Visitor) -> None:
    first_account(visitor)
    visitor.enter("signin.login", "anna")
    visitor.press("signin.submit")
    visitor.sees("Step 2 of 2")


def out_of_service(visitor: Visitor) -> None:
    visitor.application.monitor.fail(MicrophoneMissing("There is no microphone."))
    visitor.application.monitor.stop()  # or it recovers while a slow machine still looks


PAGES = [welcome, other_ways, who, speak, verified, not_verified, inconclusive, sign_in]
PAGES += [confirming, locked, sign_in_with_login, first_account, first_secret, out_of_service]


def cut_off(visitor: Visitor) -> list[str]:
    """Return the texts of visible buttons and one-line labels that do not fit into them."""
    window = visitor.shell
    wrong = []
    texts: list[QPushButton | QLabel] = [*window.findChildren(QPushButton)]
    texts += window.findChildren(QLabel)
    for widget in texts:
        if not widget.isVisible() or not widget.text():
            continue
        one_line = isinstance(widget, QPushButton) or not widget.wordWrap()
        needed = widget.fontMetrics().horizontalAdvance(widget.text())
        if one_line and needed > widget.width():
            wrong.append(f"{widget.text()!r} needs {needed} px of {widget.width()} px")
        right = widget.mapTo(window, widget.rect().bottomRight()).x()
        if right >= window.width():
            wrong.append(f"{widget.text()!r} ends at {right} px")
    return wrong


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.__name__)
def test_page(visitor: Visitor, kit: Kit, page: object) -> None:
    assert callable(page)
    kit.enroll("alice", 2)
    page(visitor)
    name = visitor.page
    found = []
    for theme, scale in LOOKS:
        for width, height in SCREENS:
            visitor.application.theme.set_theme(theme)
            visitor.application.theme.set_text_scale(scale)
            visitor.application.theme.settle()
            visitor.shell.resize(width, height)
            QApplication.processEvents()
            faults = audit(child(visitor.shell, name), target=PUBLIC_TARGET)
            faults += cut_off(visitor)
            found += [f"{theme} {scale} % {width} x {height}: {fault}" for fault in faults]
    assert visitor.page == name
    assert found == []
