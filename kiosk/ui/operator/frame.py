"""The operator's side of the window: navigation on the left, one page on the right."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from kiosk.services.preferences import THEME
from kiosk.ui import accessibility
from kiosk.ui.navigation import Route
from kiosk.ui.operator.accounts.change_pin import ChangePin
from kiosk.ui.operator.overlay import HOST, Overlay, confirm
from kiosk.ui.operator.parts import scrolling
from kiosk.ui.operator.people.stale import StaleNotice, StaleWatch
from kiosk.ui.operator.screens import screens
from kiosk.ui.operator.shortcuts import Keys, bind, bind_button, in_tool_tip
from kiosk.ui.operator.side import Appearance, Side, WhoIsThere
from kiosk.ui.operator.tampering import TamperingNotice
from kiosk.ui.operator.windows import close_windows
from kiosk.ui.theme.controller import set_face
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.card import line
from kiosk.ui.widgets.toast import Toast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kiosk.ui.navigation import Ui
    from kiosk.ui.operator.screens import OperatorPage

PEOPLE = "people"
"""Where those are found whom the notice above the pages counts."""


class OperatorFrame(QWidget):
    """The pages that the role of whoever has signed in permits, made when they are first wanted.

    Args:
        ui: what screens work with.
    """

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self.setObjectName("operator")
        self.setProperty(HOST, True)
        self.setProperty("kind", "window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        set_face(self, "operator")
        self._screens = screens()
        self._pages: dict[str, OperatorPage] = {}
        self._at: str | None = None
        self._before: str | None = None
        # No QButtonGroup: an exclusive one takes all but the checked button from the Tab key.
        self._nav: dict[str, Button] = {}
        self._stack = QStackedWidget()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._side())
        self._tampering = TamperingNotice(ui.theme)
        ui.theme.dress(self._tampering, "operator")
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self._tampering)
        notice = StaleNotice(ui.theme, "operator.stale")
        notice.wanted.connect(self._show_stale)
        self._stale = StaleWatch(ui, notice)
        column.addWidget(notice)
        column.addWidget(self._stack, 1)
        row.addLayout(column, 1)
        self._toast = Toast(ui.theme, self)
        ui.theme.dress(self._toast, "operator")

    # --- what the shell needs ----------------------------------------------------------------

    def entered(self) -> None:
        """Somebody has signed in: offer what they may do, and begin with the first of it."""
        self._who.show_account(self._ui.session.account)
        self._tampering.tell(self._ui.kiosk.audit.warnings)
        for key, button in self._nav.items():
            button.setVisible(self._permitted(key))
        # In a window its own frame closes it; full screen has nothing else to touch.
        self._close.setVisible(self.window().isFullScreen())
        self._show(next(filter(self._permitted, self._screens)))

    def left(self) -> None:
        """The operator is gone: nothing of what was going on stays."""
        for overlay in self.findChildren(Overlay):
            overlay.dismiss()
        close_windows(self)
        self._toast.dismiss()
        self._stale.look(wanted=False)
        if self._at is not None:
            self._page(self._at).left()
            self._at = None

    def make_pages(self) -> Iterator[None]:
        """Make the pages before they are wanted, in steps of which each is hardly noticed."""
        for key in self._nav:
            if key not in self._pages:
                self._screens[key].load()
                yield
                page = self._page(key)
                yield
                page.dress()
                yield

    # --- building ----------------------------------------------------------------------------

    def _side(self) -> QWidget:
        theme = self._ui.theme
        side = Side(theme)
        theme.dress(side, "operator")
        side.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        accessibility.name(side, self.tr("Navigation"))
        box = QVBoxLayout(side)
        edge = theme.space("m")
        box.setContentsMargins(edge, theme.space("l"), edge, edge)
        box.setSpacing(theme.space("xs"))
        self._who = WhoIsThere(theme)
        box.addWidget(self._who)
        # On a low screen the buttons scroll.
        column = QWidget()
        around, box = box, QVBoxLayout(column)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.space("xs"))
        for key, screen in self._screens.items():
            button = self._nav_button(screen.text, screen.icon, f"nav.{key}")
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, key=key: self.go(key))
            button.setToolTip(in_tool_tip(screen.text, screen.keys))
            bind(screen.keys, self, partial(self.go, key))
            self._nav[key] = button
            box.addWidget(button)
        box.addStretch(1)
        looks = Appearance(theme)
        looks.chosen.connect(self._set_theme)
        box.addWidget(looks)
        box.addWidget(line())
        pin = self._nav_button(self.tr("Change PIN"), "lock", "nav.pin")
        pin.clicked.connect(self._change_pin)
        leave = self._nav_button(self.tr("Sign out"), "sign-out", "nav.leave")
        leave.clicked.connect(self._sign_out)
        bind_button(Keys.SIGN_OUT, leave)
        self._close = self._nav_button(self.tr("Close the kiosk"), "x", "nav.close")
        self._close.clicked.connect(self._ask_close)
        for button in (pin, self._close):
            box.addWidget(button)
        around.addWidget(scrolling(theme, column, fixed_width=True), 1)
        around.addWidget(leave)
        return side

    def _nav_button(self, text: str, icon: str, name: str) -> Button:
        button = Button(self._ui.theme, text, "quiet", icon=icon)
        button.setObjectName(name)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.setStyleSheet("text-align: left;")
        return button

    def _page(self, key: str) -> OperatorPage:
        if key not in self._pages:
            screen = self._screens[key]
            page = screen.load()(self._ui, self, self._stack)
            page.setObjectName(f"page.{key}")
            page.title = screen.text
            page.set_title(page.title)
            self._pages[key] = page
            self._stack.addWidget(page)
        return self._pages[key]

    # --- what happens ------------------------------------------------------------------------

    @property
    def about(self) -> tuple[str, str]:
        """Return topic and heading of the manual about the screen that was shown before."""
        return ("", "") if self._before is None else self._screens[self._before].about

    def go(self, key: str, then: Callable[[Any], None] | None = None) -> None:
        """Show a screen, and then do something with it; the one that is shown is asked first.

        Raises:
            KeyError: there is no such screen.
        """
        self._mark()
        if not self._permitted(key):
            return
        if key != self._at:
            self._when_free(lambda: self._show(key, then))
        elif then is not None:
            then(self._page(key))

    def _permitted(self, key: str) -> bool:
        return self._ui.session.may(self._screens[key].needs)

    def _show(self, key: str, then: Callable[[Any], None] | None = None) -> None:
        if self._at is not None and self._at != key:
            self._page(self._at).left()
        self._before, self._at = self._at, key
        page = self._page(key)
        self._mark()
        self._stack.setCurrentWidget(page)
        page.entered()
        if then is not None:
            then(page)
        self._stale.look(wanted=key != PEOPLE)  # that page says so itself

    def _mark(self) -> None:
        for key, button in self._nav.items():
            button.setChecked(key == self._at)

    def _when_free(self, leave: Callable[[], None]) -> None:
        if self._at is None:
            leave()
        else:
            self._page(self._at).ask_to_leave(leave)

    @Slot()
    def _show_stale(self) -> None:
        self.go(PEOPLE, lambda page: page.show_stale())

    @Slot()
    def _sign_out(self) -> None:
        self._when_free(lambda: self._ui.go(Route.VERIFY))

    @Slot()
    def _ask_close(self) -> None:
        body = self.tr("Nobody can verify here until the kiosk is started again.")
        texts = (self.tr("Close the kiosk?"), body, self.tr("Close"))
        self._when_free(lambda: self._confirm_close(texts))

    def _confirm_close(self, texts: tuple[str, str, str]) -> None:
        def close() -> None:
            self.window().close()

        confirm(self._ui.theme, self, "nav.close_dialog", texts, close)

    @Slot()
    def _change_pin(self) -> None:
        ChangePin(
            self._ui, self, lambda: self._toast.show_message(self.tr("PIN or password changed."))
        )

    @Slot(str)
    def _set_theme(self, name: str) -> None:
        self._ui.theme.set_theme(name)
        preferences = self._ui.kiosk.preferences
        self._ui.recognition.submit(lambda _: preferences.set(THEME, name))
