"""The one window: which face it shows, who may leave it, and what happens when nobody is there."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QLayout, QVBoxLayout, QWidget

from kiosk.ui.accounts.session import Session
from kiosk.ui.accounts.session_watch import SessionWatch
from kiosk.ui.ahead import Ahead
from kiosk.ui.fading_stack import FadingStack
from kiosk.ui.full_screen import FullScreen
from kiosk.ui.navigation import Route, Screen, Ui
from kiosk.ui.touches import Touches
from kiosk.ui.verify.presenting.presenter import VerifyPresenter
from kiosk.ui.verify.view import VerifyView

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QCloseEvent, QShowEvent

    from kiosk.core.accounts.operators import Account
    from kiosk.services.facade import Kiosk
    from kiosk.services.service_switch import ServiceSwitch
    from kiosk.ui.hearing.listener_bridge import ListenerBridge
    from kiosk.ui.hearing.prompts import Prompts
    from kiosk.ui.hearing.recognition_thread import RecognitionThread
    from kiosk.ui.operator.frame import OperatorFrame
    from kiosk.ui.out_of_service.view import OutOfServiceView
    from kiosk.ui.service_monitor import ServiceMonitor
    from kiosk.ui.sign_in.view import SignInView
    from kiosk.ui.theme.controller import ThemeController

_log = logging.getLogger(__name__)

SELF_SERVICE_IDLE_S = 60.0
OPERATOR_IDLE_S = 300.0
"""Without a touch for so many seconds a visit ends, and an operator is signed out."""


class Shell(QWidget):
    """Shows one route at a time; the operator's only to an operator who has signed in.

    In full screen it cannot be closed or left by a visitor. Before there is an account, nothing is
    shown but making the first one.

    Args:
        kiosk: the use-cases.
        recognition: started or not.
        bridge: of this kiosk.
        theme: gives looks.
        monitor: decides between Welcome and Out of service.
        prompts: the sentences to say.
        full_screen: kiosk mode.
        service: switches the HTTP service.
        self_service_idle_s: see :data:`SELF_SERVICE_IDLE_S`.
        operator_idle_s: see :data:`OPERATOR_IDLE_S`.

    Signals:
        exposed: the window is on the screen for the first time.
        went_idle: nobody has touched anything for a while; back at Welcome.
    """

    exposed = Signal()
    went_idle = Signal()

    def __init__(
        self,
        kiosk: Kiosk,
        recognition: RecognitionThread,
        bridge: ListenerBridge,
        theme: ThemeController,
        monitor: ServiceMonitor,
        prompts: Prompts,
        *,
        full_screen: bool = False,
        service: ServiceSwitch | None = None,
        self_service_idle_s: float = SELF_SERVICE_IDLE_S,
        operator_idle_s: float = OPERATOR_IDLE_S,
    ) -> None:
        super().__init__()
        self.setObjectName("shell")
        self.setWindowTitle(self.tr("Voice kiosk"))
        self.setProperty("kind", "window")
        self.session = Session(recognition, kiosk.operators)
        self._watch = SessionWatch(self.session, lambda: self.go(Route.VERIFY), self)
        self.ui = Ui(kiosk, recognition, bridge, theme, self.go, self.session, service)
        self._monitor = monitor
        self._whole: FullScreen | None = None
        self._set_up = True
        self._may_close = not full_screen
        self._idle_ms = {
            route: round(
                1000 * (operator_idle_s if route is Route.OPERATOR else self_service_idle_s)
            )
            for route in Route
        }
        self._presenter = VerifyPresenter(self.ui, monitor, prompts, self)
        self._verify = VerifyView(self.ui, self._presenter)
        self._screens: dict[Route, QWidget] = {Route.VERIFY: self._verify}
        self._route = Route.VERIFY
        self._stack = FadingStack(theme, self)
        self._stack.addWidget(self._verify)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._stack)
        # The window is as large as the screen, whatever a page would like; pages scroll.
        box.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        self.resize(QSize(1280, 800).boundedTo(self.screen().availableSize()))
        if full_screen:
            self.setWindowFlag(Qt.WindowType.FramelessWindowHint)
            self._whole = FullScreen(self, lambda: self._may_close or self.signed_in)
        self._ahead = Ahead(self)
        self._idle = QTimer(self, singleShot=True)
        self._idle.timeout.connect(self._on_idle)
        monitor.changed.connect(self._on_service)
        monitor.storage_ready.connect(self._look_for_accounts)
        self._touches = Touches(self)
        self._touches.touched.connect(self._restart_idle)
        self._touches.touched.connect(self._verify.touched)
        self._touches.exposed.connect(self.exposed)

    # --- where we are ------------------------------------------------------------------------

    @property
    def route(self) -> Route:
        """Return what is shown."""
        return self._route

    @property
    def signed_in(self) -> bool:
        """Return whether an operator is signed in."""
        return self.session.account is not None

    def present(self) -> None:
        """Show the window, in full screen when that was asked for."""
        if self._whole is not None:
            self._whole.enter()
        else:
            self.show()
        self._screen(Route.VERIFY).entered()
        self._restart_idle()

    def warm_up(self) -> None:
        """Make the self-service pages before somebody waits for them."""
        self._verify.warm_up()

    @Slot()
    def terminate(self) -> None:
        """Close, whoever is there: the machine or an operator's command wants it."""
        self._may_close = True
        self.close()

    def retire(self) -> None:
        """End timers and watching; the window is of no use afterwards."""
        self._touches.blockSignals(True)
        self._ahead.stop()
        self._idle.stop()
        self._screen(self._route).left()
        self.session.end()
        self._watch.follow()

    @Slot(object)
    def go(self, route: Route) -> None:
        """Show another route, or the one that has to be shown in its place.

        Nobody gets to the operator's route without having signed in, and leaving it signs out.
        """
        if (route is Route.OPERATOR and not self.signed_in) or not self._set_up:
            route = Route.SIGN_IN
        if route in (Route.VERIFY, Route.OUT_OF_SERVICE):
            out = self._monitor.trouble is not None
            route = Route.OUT_OF_SERVICE if out else Route.VERIFY
        if route is not Route.OPERATOR:
            self.session.end()
            self._watch.follow()
            if self._whole is not None and self.isVisible() and not self.isFullScreen():
                self._whole.enter()
        if route is self._route:
            return
        _log.info("showing %s", route.value)
        self._screen(self._route).left()
        fade = Route.OPERATOR not in (self._route, route)
        self._route = route
        screen = self._screen(route)
        self._stack.turn_to(self._screens[route], fade=fade)
        screen.entered()
        self._restart_idle()
        if route is Route.SIGN_IN:
            self._ahead.begin(self._prepare_operator())
        elif route is not Route.OPERATOR:
            self._ahead.stop()

    # --- the screens -------------------------------------------------------------------------

    def _screen(self, route: Route) -> Screen:
        if route not in self._screens:
            made = self._make(route)
            self._screens[route] = made
            self._stack.addWidget(made)
        return cast("Screen", self._screens[route])

    def _prepare_operator(self) -> Iterator[None]:
        """Make the operator's pages while somebody types their PIN."""
        frame = cast("OperatorFrame", self._screen(Route.OPERATOR))
        yield from frame.make_pages()

    def _make(self, route: Route) -> QWidget:
        """Make the screen of a route when it is first shown, so that starting does not wait."""
        if route is Route.SIGN_IN:
            from kiosk.ui.sign_in.view import SignInView

            sign_in = SignInView(self.ui)
            sign_in.signed_in.connect(self._on_signed_in)
            return sign_in
        if route is Route.OUT_OF_SERVICE:
            from kiosk.ui.out_of_service.view import OutOfServiceView

            view = OutOfServiceView(self.ui)
            self._tell_trouble(view)
            return view
        from kiosk.ui.operator.frame import OperatorFrame

        return OperatorFrame(self.ui)

    @Slot(object)
    def _on_signed_in(self, account: Account) -> None:
        if self._route is Route.SIGN_IN:
            _log.info("%s has signed in", account.actor.name)
            self._set_up = True
            self.session.begin(account)
            self._watch.follow()
            self.go(Route.OPERATOR)

    @Slot()
    def _look_for_accounts(self) -> None:
        self.ui.recognition.submit(lambda _: self.ui.kiosk.operators.any_account(), self._on_looked)

    def _on_looked(self, any_account: bool) -> None:
        if not any_account and not self.signed_in:
            _log.info("there is no account yet")
            self._set_up = False
            if self._route is not Route.SIGN_IN:
                cast("SignInView", self._screen(Route.SIGN_IN)).expect_first()
            self.go(Route.SIGN_IN)

    # --- in and out of service ---------------------------------------------------------------

    @Slot()
    def _on_service(self) -> None:
        view = self._screens.get(Route.OUT_OF_SERVICE)
        if view is not None:
            self._tell_trouble(cast("OutOfServiceView", view))
        # An operator is not thrown out: repairing it may be what they are doing.
        if self._route in (Route.VERIFY, Route.OUT_OF_SERVICE) and (
            self._monitor.trouble is not None or self._monitor.ready
        ):
            self.go(Route.VERIFY)

    def _tell_trouble(self, view: OutOfServiceView) -> None:
        if self._monitor.trouble is not None:
            view.show_error(self._monitor.trouble)

    # --- nobody there ------------------------------------------------------------------------

    @Slot()
    def _restart_idle(self) -> None:
        self._idle.start(self._idle_ms[self._route])

    @Slot()
    def _on_idle(self) -> None:
        if self._route is Route.VERIFY and self._presenter.hearing:
            self._restart_idle()
            return
        _log.info("nobody is there")
        if self._route in (Route.VERIFY, Route.OUT_OF_SERVICE):
            self._screen(self._route).left()
            self._screen(self._route).entered()
        elif not self._set_up:
            self._screen(self._route).entered()
        else:
            self.go(Route.VERIFY)
            self._idle.stop()
        self.went_idle.emit()

    def showEvent(self, event: QShowEvent) -> None:
        """Watch the window, which may be another one than before."""
        self._touches.watch(self.windowHandle())
        super().showEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stay, in full screen, unless an operator or the system closes it."""
        if self._may_close or self.signed_in:
            event.accept()
        else:
            event.ignore()
