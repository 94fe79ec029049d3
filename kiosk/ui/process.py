"""The process around the window: signals, uncaught exceptions, Qt's messages, one at a time."""

from __future__ import annotations

import logging
import signal
import socket
import sys
import threading
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QLockFile,
    QMessageLogContext,
    QObject,
    QSocketNotifier,
    QtMsgType,
    Signal,
    Slot,
    qInstallMessageHandler,
)

from kiosk.core.errors import DatabaseLocked, Defect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import FrameType, TracebackType

_log = logging.getLogger(__name__)
_qt_log = logging.getLogger("qt")
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


class TerminationSignals(QObject):
    """SIGTERM and SIGINT as a Qt signal, also while Qt's event loop sleeps.

    Python runs its handlers between two of its own instructions, of which there are none while Qt
    waits; so the interpreter writes each signal to a socket, which wakes the event loop.

    Signals:
        received: the number of the signal.
    """

    received = Signal(int)

    def __init__(self) -> None:
        """Take over; must be made in the main thread."""
        super().__init__()
        self._reader, self._writer = socket.socketpair()
        for end in (self._reader, self._writer):
            end.setblocking(False)
        self._handlers = {
            number: signal.signal(number, _handled_by_wake_up)
            for number in (signal.SIGTERM, signal.SIGINT)
        }
        self._wake_up = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._read)

    def close(self) -> None:
        """Give back what was taken over."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._wake_up)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._reader.close()
        self._writer.close()

    @Slot()
    def _read(self) -> None:
        try:
            numbers = self._reader.recv(64)
        except BlockingIOError:
            return
        for number in numbers:
            self.received.emit(number)


def _handled_by_wake_up(number: int, frame: FrameType | None) -> None:
    """Do nothing: the handler only has to exist, see :class:`TerminationSignals`."""


class CrashHooks(QObject):
    """Whatever nobody caught is logged under a number, and told to whoever shows it.

    Signals:
        crashed: a ``Defect`` that names the incident; arrives in the GUI thread.
        interrupted: Ctrl-C reached Python code.
    """

    crashed = Signal(object)
    interrupted = Signal()

    def __init__(self) -> None:
        """Take over ``sys.excepthook`` and ``threading.excepthook``."""
        super().__init__()
        self._before = sys.excepthook, threading.excepthook
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception

    def close(self) -> None:
        """Give them back."""
        sys.excepthook, threading.excepthook = self._before

    def _on_exception(
        self, kind: type[BaseException], exc: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self.interrupted.emit()
            return
        incident = uuid.uuid4().hex[:8]
        _log.critical("incident %s", incident, exc_info=(kind, exc, trace))
        self.crashed.emit(Defect(f"Something went wrong (incident {incident})."))

    def _on_thread_exception(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self._on_exception(args.exc_type, args.exc_value, args.exc_traceback)


@contextmanager
def qt_messages_logged() -> Iterator[None]:
    """Send what Qt has to say to the log instead of the console."""
    before = qInstallMessageHandler(_on_qt_message)
    try:
        yield
    finally:
        qInstallMessageHandler(before)


def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    _qt_log.log(_LEVELS.get(kind, logging.WARNING), "%s: %s", context.category or "qt", text)


@contextmanager
def single_instance(data_dir: Path) -> Iterator[None]:
    """Hold the data folder: two kiosks would fight over microphone and screen.

    Raises:
        DatabaseLocked: another kiosk runs on this folder.
    """
    folder_missing = False
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        folder_missing = True
    lock = QLockFile(str(data_dir / "kiosk.lock"))
    # A lock does not age; one whose process is gone is taken over all the same.
    lock.setStaleLockTime(0)
    if not lock.tryLock(0):
        if not folder_missing and lock.error() == QLockFile.LockError.LockFailedError:
            raise DatabaseLocked(
                f"The kiosk is already running with the data folder {data_dir}.",
                hint="Use the window that is open, or choose another folder with --data-dir.",
            )
        # Not writable. The start-up will say so on the screen, and try again.
        _log.warning("the data folder %s cannot be locked", data_dir)
    try:
        yield
    finally:
        lock.unlock()
