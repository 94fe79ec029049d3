"""The way for those who cannot or do not want to speak."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Signal

from kiosk.ui.verify.column import Column
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.empty_state import EmptyState
from kiosk.ui.widgets.page import Page

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from kiosk.ui.theme.controller import ThemeController


def other_ways_button(theme: ThemeController, place: str) -> Button:
    """Return the button that offers this way, which every page of a visit has.

    Args:
        theme: gives looks.
        place: prefix of its object name.
    """
    text = QCoreApplication.translate("OtherWaysPage", "Other ways to identify")
    button = Button(theme, text, "quiet", icon="help-circle")
    button.setObjectName(f"{place}.other_ways")
    return button


class OtherWaysPage(Page):
    """Sends people to the desk.

    Args:
        theme: gives looks.
        place: prefix of the object names: two faces show this page.
        parent: Qt parent.

    Signals:
        left: back to where one came from.
    """

    left = Signal()

    def __init__(
        self, theme: ThemeController, place: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, "", parent=parent)
        self.set_title(self.tr("Other ways to identify"))
        self.setObjectName(f"page.{place}other_ways")
        words = self.tr(
            "Please ask at the desk. You never have to speak. Our staff can identify you with "
            "a document instead."
        )
        column = Column(theme, 720, self)
        column.body.addWidget(EmptyState(theme, "id-badge", words))
        self.body.addWidget(column, 1)
        back = Button(theme, self.tr("Back"), "secondary", icon="arrow-left")
        back.setObjectName(f"{place}other_ways.back")
        back.clicked.connect(self.left)
        self.add_footer(back, "left")
