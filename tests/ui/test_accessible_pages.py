"""Every page can be used without eyes, without a mouse, and with large text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from kiosk.core.errors import MicrophoneMissing
from kiosk.ui.accessibility import PUBLIC_TARGET, audit
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
    visitor.enter("who.id", "nobody")
    visitor.press("who.continue")
    visitor.sees("We do not know this ID")


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


def set_pin(visitor: Visitor) -> None:
    visitor.press("welcome.operator")
    visitor.sees("Choose the operator PIN")


def out_of_service(visitor: Visitor) -> None:
    visitor.application.monitor.fail(MicrophoneMissing("There is no microphone."))


PAGES = [welcome, other_ways, who, speak, verified, not_verified, inconclusive, set_pin]
PAGES += [out_of_service]


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
            visitor.shell.resize(width, height)
            QApplication.processEvents()
            faults = audit(child(visitor.shell, name), target=PUBLIC_TARGET)
            faults += cut_off(visitor)
            found += [f"{theme} {scale} % {width} x {height}: {fault}" for fault in faults]
    assert visitor.page == name
    assert found == []
