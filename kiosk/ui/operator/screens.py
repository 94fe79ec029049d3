"""The screens of operators: which there are, and what each says about itself in its folder."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QCoreApplication

from kiosk.core.accounts.roles import Action
from kiosk.ui.widgets.page import Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from kiosk.ui.navigation import Ui

SCREENS = (
    "enroll",
    "people",
    "activity",
    "microphone",
    "threshold",
    "preferences",
    "accounts",
    "privacy",
    "help",
)
"""Folders beside this file, from top to bottom of the navigation; each has a ``SCREEN``.

A folder's name is the key of its screen: ``nav.people`` leads to ``page.people``.
"""


class Navigator(Protocol):
    """What a screen may ask of the frame around it."""

    @property
    def about(self) -> tuple[str, str]:
        """Topic and heading of the manual about the screen that was shown before this one."""

    def go(self, key: str, then: Callable[[Any], None] | None = None) -> None:
        """Show another screen, and then do something with it.

        Raises:
            KeyError: there is no such screen.
        """


class OperatorPage(Page):
    """What a screen shows; the frame gives it its name and title.

    Attributes:
        title: already translated.
        navigator: leads to other screens.

    Args:
        ui: the use-cases, threads and looks.
        navigator: the frame.
        parent: Qt parent, where it will be shown, so that it is dressed once.
    """

    def __init__(self, ui: Ui, navigator: Navigator, parent: QWidget | None = None) -> None:
        super().__init__(ui.theme, "", face="operator", parent=parent)
        self.title = ""
        self.navigator = navigator

    def entered(self) -> None:
        """It is shown now."""

    def left(self) -> None:
        """Something else is shown now: end what was going on, and forget what was shown."""

    def ask_to_leave(self, leave: Callable[[], None]) -> None:
        """Leave at once, or after a question where something would be lost."""
        leave()


@dataclass(frozen=True)
class OperatorScreen:
    """What a folder says about its screen.

    Attributes:
        title: marked for translation, in the context ``screens``.
        icon: as :mod:`kiosk.ui.theme.icons` names it.
        keys: leads there, in Qt's portable notation.
        load: imports the page; called when it is first wanted, or before that while nothing else
            is to be done: pyqtgraph alone takes longer than showing the window.
        needs: what somebody must be permitted to see it.
        about: topic and heading of the manual about it.
    """

    title: str
    icon: str
    keys: str
    load: Callable[[], type[OperatorPage]]
    needs: Action = Action.SETTINGS
    about: tuple[str, str] = ("", "")

    @property
    def text(self) -> str:
        """Return the title in the language of the window."""
        return QCoreApplication.translate("screens", self.title)


def screens() -> dict[str, OperatorScreen]:
    """Return all screens by key, from top to bottom."""
    return {key: import_module(f"{__package__}.{key}").SCREEN for key in SCREENS}
