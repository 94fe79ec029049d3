"""The one QThread: everything that encodes speech or touches the database runs in it.

One long-lived thread and one worker object; jobs are run in the order in which they come. Nobody
waits for it: results return to the GUI thread as queued calls, those of cancelled jobs never.
"""

from __future__ import annotations

import logging
import threading
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot

from kiosk.core.accounts.acting import VISITOR, acting_as
from kiosk.core.errors import Defect, KioskError, NotPermitted

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.core.accounts.acting import Actor

T = TypeVar("T")
_log = logging.getLogger(__name__)
_STOP_WAIT_MS = 5_000


class Ticket:
    """A running or waiting job, for whoever may lose interest in it."""

    def __init__(self) -> None:
        """Begin wanted."""
        self.cancelled = threading.Event()

    def cancel(self) -> None:
        """Drop the result. Work that looks at :attr:`cancelled` stops early and stores nothing."""
        self.cancelled.set()


@dataclass(eq=False)
class _Job:
    work: Callable[[threading.Event], Any]
    done: Callable[[Any], None]
    failed: Callable[[KioskError], None]
    actor: Actor
    guard: Callable[[], None] | None
    ticket: Ticket = field(default_factory=Ticket)


class _Worker(QObject):
    finished = Signal(object, object, object)

    def __init__(self) -> None:
        super().__init__()
        self.refused: Callable[[str], None] | None = None

    @Slot(object)
    def run(self, job: _Job) -> None:
        result: Any = None
        error: KioskError | None = None
        try:
            # A job that was dropped while it waited is reported all the same: what it refers to,
            # such as a recording, must be let go.
            if not job.ticket.cancelled.is_set():
                with acting_as(job.actor):
                    result = self._done(job)
        except KioskError as exc:
            error = _without_frames(exc)
        except Exception:  # noqa: BLE001
            # An exception must never leave a slot: it would end in the GUI's excepthook with
            # nobody waiting for the answer any more.
            incident = uuid.uuid4().hex[:8]
            _log.exception("incident %s", incident)
            error = Defect(f"Something went wrong (incident {incident}).")
        self.finished.emit(job, result, error)

    def _done(self, job: _Job) -> Any:
        try:
            if job.guard is not None:
                job.guard()
            return job.work(job.ticket.cancelled)
        except NotPermitted as error:
            if self.refused is not None:
                self.refused(error.message)
            raise


class RecognitionThread(QObject):
    """Runs jobs one after the other and brings their results to the GUI thread.

    Each job is done by whoever was in front of the window when it was submitted.

    Attributes:
        actor: who is there now, a visitor unless somebody has signed in.
        guard: called within the thread before each job of theirs; raises a ``KioskError`` in the
            place of the job.
    """

    _queued = Signal(object)

    def __init__(self) -> None:
        """Begin stopped; must be made in the GUI thread."""
        super().__init__()
        self.actor = VISITOR
        self.guard: Callable[[], None] | None = None
        self._thread = QThread()
        self._thread.setObjectName("recognition")
        self._worker = _Worker()
        self._worker.moveToThread(self._thread)
        self._queued.connect(self._worker.run, Qt.ConnectionType.QueuedConnection)
        self._worker.finished.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._running: set[_Job] = set()
        self._lock = threading.Lock()

    def when_refused(self, told: Callable[[str], None]) -> None:
        """Tell somebody of every refusal, in the thread and as whoever was refused.

        To be called before the thread is started.

        Args:
            told: given the sentence in which it was refused.
        """
        self._worker.refused = told

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> bool:
        """Cancel everything and end the thread; False when it did not end within 5 s."""
        with self._lock:
            jobs, self._running = self._running, set()
        for job in jobs:
            job.ticket.cancel()
        self._thread.quit()
        return self._thread.wait(_STOP_WAIT_MS)

    def submit(
        self,
        work: Callable[[threading.Event], T],
        done: Callable[[T], None] | None = None,
        failed: Callable[[KioskError], None] | None = None,
        *,
        actor: Actor | None = None,
    ) -> Ticket:
        """Run something in the recognition thread. May be called from any thread.

        Args:
            work: given the event that says it is no longer wanted.
            done: called in the GUI thread with the result.
            failed: called in the GUI thread; an unforeseen exception arrives as a ``Defect``.
            actor: who does it; who is in front of the window when None.
        """
        guard = self.guard if actor is None else None
        job = _Job(work, done or _ignore, failed or _ignore, actor or self.actor, guard)
        with self._lock:
            self._running.add(job)
        self._queued.emit(job)
        return job.ticket

    @Slot(object, object, object)
    def _deliver(self, job: _Job, result: object, error: KioskError | None) -> None:
        with self._lock:
            self._running.discard(job)
        if job.ticket.cancelled.is_set():
            return
        if error is not None:
            job.failed(error)
        else:
            job.done(result)


def _without_frames(error: KioskError) -> KioskError:
    """Detach an error, which may stay on a screen, from the local variables it was raised among."""
    link: BaseException | None = error
    while link is not None:
        link.__traceback__ = None
        link = link.__cause__ or link.__context__
    return error


def _ignore(_: object) -> None:
    pass
