"""The desktop program: everything that lives as long as the window, in the right order."""

from __future__ import annotations

import logging
import os
import sys
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from kiosk.core.errors import ResourcesMissing
from kiosk.core.supervision import Supervisor, Unsupervised
from kiosk.resources import resources_dir
from kiosk.services.preferences import TEXT_SCALE, THEME
from kiosk.ui.hearing.listener_bridge import ListenerBridge
from kiosk.ui.hearing.prompts import load_prompts
from kiosk.ui.hearing.recognition_thread import RecognitionThread
from kiosk.ui.heartbeat import Heartbeat
from kiosk.ui.navigation import Route
from kiosk.ui.process import (
    CrashHooks,
    TerminationSignals,
    qt_messages_logged,
    single_instance,
)
from kiosk.ui.service_monitor import RETRY_MS, ServiceMonitor
from kiosk.ui.shell import OPERATOR_IDLE_S, SELF_SERVICE_IDLE_S, Shell
from kiosk.ui.smooth import Smooth
from kiosk.ui.theme.controller import ThemeController

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.services.facade import Kiosk
    from kiosk.services.service_switch import ServiceSwitch

_log = logging.getLogger(__name__)
_HUNG = 70
"""Exit status when a thread did not end: ``EX_SOFTWARE`` of sysexits.h."""
_PATIENCE_MS = 2_000


class Application(QObject):
    """Window, recognition thread and listener of one kiosk, without an event loop of its own.

    Everything heavy happens in the recognition thread after the window has appeared.

    Args:
        kiosk: the use-cases, nothing of which was started.
        full_screen: kiosk mode.
        start_operator: begin with the operator's PIN.
        service: switches the HTTP service; whoever made it closes it.
        retry_ms: how soon a failed start-up is tried again.
        self_service_idle_s: see :data:`kiosk.ui.shell.SELF_SERVICE_IDLE_S`.
        operator_idle_s: see :data:`kiosk.ui.shell.OPERATOR_IDLE_S`.

    Signals:
        begun: the window is on the screen, and the kiosk gets ready behind it.

    Attributes:
        shell: the window.
        theme: looks.
        recognition: the thread.
        bridge: from the listener.
        monitor: whether the kiosk is in service.

    Raises:
        ResourcesMissing: the program's own files are missing or damaged.
    """

    begun = Signal()

    def __init__(
        self,
        kiosk: Kiosk,
        *,
        full_screen: bool = False,
        start_operator: bool = False,
        service: ServiceSwitch | None = None,
        retry_ms: int = RETRY_MS,
        self_service_idle_s: float = SELF_SERVICE_IDLE_S,
        operator_idle_s: float = OPERATOR_IDLE_S,
    ) -> None:
        super().__init__()
        self._kiosk = kiosk
        self._start_operator = start_operator
        self._service = service
        self._started = False
        self._appearance_known = False
        resources = resources_dir()
        prompts = load_prompts(resources)
        try:
            self.theme = ThemeController(qt_application(), resources)
        except (OSError, ValueError, RuntimeError) as exc:
            raise ResourcesMissing("Themes, icons or fonts are missing or damaged.") from exc
        self.recognition = RecognitionThread()
        self.recognition.when_refused(kiosk.audit.refusals.note)
        self.bridge = ListenerBridge(kiosk, self.recognition)
        self.monitor = ServiceMonitor(kiosk, self.recognition, self.bridge, retry_ms=retry_ms)
        self.shell = Shell(
            kiosk,
            self.recognition,
            self.bridge,
            self.theme,
            self.monitor,
            prompts,
            full_screen=full_screen,
            service=service,
            self_service_idle_s=self_service_idle_s,
            operator_idle_s=operator_idle_s,
        )
        self.monitor.storage_ready.connect(self._on_storage_ready)
        self.shell.went_idle.connect(self.load_appearance)
        self.shell.exposed.connect(self._begin, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        """Show the window; what the kiosk needs is started once it is on the screen."""
        self.shell.present()
        if self._start_operator:
            self.shell.go(Route.SIGN_IN)
        # A display that is switched off exposes nothing; the kiosk gets ready all the same.
        QTimer.singleShot(_PATIENCE_MS, self, self._begin)

    def close(self) -> bool:
        """End everything: session, bridge, microphone, recognition thread, in this order.

        Returns:
            whether the recognition thread ended; if not, the process must not go on.
        """
        self._started = True
        self.shell.retire()
        self.shell.terminate()
        self.monitor.stop()
        self.bridge.close()
        self._kiosk.listener.stop()
        self._kiosk.housekeeping.stop()
        ended = self.recognition.stop()
        if ended:
            # The last job of its queue may have opened the microphone again.
            self._kiosk.listener.stop()
        else:
            _log.critical("the recognition thread did not end")
        self.shell.deleteLater()
        QCoreApplication.sendPostedEvents(self.shell, QEvent.Type.DeferredDelete.value)
        self.theme.close()
        return ended

    @Slot()
    def load_appearance(self) -> None:
        """Return to the looks that the operator has chosen, whatever a visitor preferred."""
        preferences = self._kiosk.preferences
        self.recognition.submit(
            lambda _: (preferences.get(THEME), preferences.get(TEXT_SCALE)), self._apply
        )

    @Slot()
    def _begin(self) -> None:
        if self._started:
            return
        self._started = True
        self.begun.emit()
        self.recognition.start()
        self.monitor.start()
        self.shell.warm_up()

    @Slot()
    def _on_storage_ready(self) -> None:
        if not self._appearance_known:
            self._appearance_known = True
            self.load_appearance()
            QTimer.singleShot(0, self, self._begin_housekeeping)
            if self._service is not None:
                # Behind what loads the voice model, which is submitted next: visitors come first.
                QTimer.singleShot(0, self, self._follow_service)

    @Slot()
    def _begin_housekeeping(self) -> None:
        # Behind what opens the keys, without which nothing that is done could be recorded.
        self.recognition.submit(lambda _: self._kiosk.housekeeping.start())

    @Slot()
    def _follow_service(self) -> None:
        service = self._service
        if service is not None:
            self.recognition.submit(lambda _: service.follow())

    def _apply(self, looks: tuple[str | None, str | None]) -> None:
        theme, scale = looks
        tokens = self.theme.tokens
        self.theme.set_theme(theme or tokens.default)
        percent = scale if scale is not None and scale.isdecimal() else str(tokens.scale_min)
        self.theme.set_text_scale(int(percent))


def qt_application() -> QApplication:
    """Return the process's QApplication; makes it when there is none."""
    found = QApplication.instance()
    app = found if isinstance(found, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("kiosk")
    app.setApplicationDisplayName("Voice kiosk")
    app.setDesktopFileName("voice-kiosk")
    if app.windowIcon().isNull():
        app.setWindowIcon(application_icon())
    return app


def application_icon() -> QIcon:
    """Return the icon of the program in all its sizes; an empty one when its files are missing."""
    icon = QIcon()
    with suppress(ResourcesMissing):  # told by whoever needs more of them than the icon
        for file in (resources_dir() / "app-icon").glob("voice-kiosk-*.png"):
            icon.addFile(str(file))
    return icon


def run(
    kiosk: Kiosk,
    *,
    full_screen: bool,
    start_operator: bool = False,
    service: ServiceSwitch | None = None,
    operator_idle_s: float = OPERATOR_IDLE_S,
    supervisor: Supervisor | None = None,
    on_window: Callable[[Shell], None] | None = None,
) -> int:
    """Run the desktop program until it is closed or told to end.

    Args:
        kiosk: the use-cases, nothing of which was started.
        full_screen: kiosk mode.
        start_operator: begin with the operator's PIN.
        service: switches the HTTP service; whoever made it closes it.
        operator_idle_s: see :data:`kiosk.ui.shell.OPERATOR_IDLE_S`.
        supervisor: restarts the program when its window hangs; nobody by default.
        on_window: called once with the window, when it has appeared.

    Returns:
        the exit status.

    Raises:
        DatabaseLocked: another kiosk runs on the same data folder.
        ResourcesMissing: the program's own files are missing or damaged.
    """
    with ExitStack() as stack:
        app = qt_application()
        stack.enter_context(qt_messages_logged())
        stack.enter_context(single_instance(kiosk.data_dir))
        application = Application(
            kiosk,
            full_screen=full_screen,
            start_operator=start_operator,
            service=service,
            operator_idle_s=operator_idle_s,
        )
        crashes, signals = CrashHooks(), TerminationSignals()
        heart = Heartbeat(supervisor or Unsupervised(), application.monitor)
        smooth = Smooth(application.monitor)
        stack.callback(crashes.close)
        stack.callback(signals.close)
        stack.callback(smooth.close)
        application.begun.connect(heart.take_up)
        crashes.crashed.connect(application.monitor.fail)
        crashes.interrupted.connect(application.shell.terminate)
        signals.received.connect(lambda _: application.shell.terminate())
        if on_window is not None:
            application.shell.exposed.connect(
                lambda: on_window(application.shell), Qt.ConnectionType.QueuedConnection
            )
        application.start()
        status = app.exec()
        _log.info("ending")
        heart.close()
        if not application.close():
            # Destroying a QThread that still runs aborts the process in the middle of anything.
            logging.shutdown()
            os._exit(_HUNG)
        return status
