"""What a running kiosk does now and then by itself, in one thread."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.core.accounts.acting import SYSTEM, acting_as
from kiosk.core.errors import KioskError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

EVERY_S = 6 * 3600.0
"""Four times a day, for a clock that was set must not cost a day."""
RETRY_S = 60.0
_STOP_S = 10.0
_PAUSE_S = 0.1
"""Between two steps of a chore: whoever waits for what it holds gets it first."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Chore:
    """Something that is done at the start, and then again and again.

    Attributes:
        name: for the log.
        run: does it; where it returns False it is not done, and is tried again soon. It must not
            take long, for the program waits for it when it ends. What takes longer returns an
            iterator, each step of which is short.
        after_change: done also soon after a change of the voice models.
    """

    name: str
    run: Callable[[], object]
    after_change: bool = False


class Housekeeping:
    """Runs chores as :data:`kiosk.core.accounts.acting.SYSTEM`; started once, stopped once.

    The window ends in another thread than the one that starts this, perhaps at the same moment.
    """

    def __init__(
        self, chores: Sequence[Chore], *, every_s: float = EVERY_S, retry_s: float = RETRY_S
    ) -> None:
        """Take the chores in their order; nothing runs yet.

        Args:
            chores: what is done.
            every_s: seconds from one round to the next.
            retry_s: the same, while a chore is not done.
        """
        self._chores = tuple(chores)
        self._every_s = every_s
        self._retry_s = retry_s
        self._stopped = threading.Event()
        self._woken = threading.Event()
        # A thread may be waited for only once it has started.
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin with the first round; does nothing when it was started."""
        with self._starting:
            if self._thread is None and not self._stopped.is_set():
                self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)
                self._thread.start()

    def models_changed(self) -> None:
        """Do soon what follows a change of the voice models; before the start it does nothing."""
        self._woken.set()

    def stop(self) -> bool:
        """Run no further chore, and wait for the one that runs; return whether it has ended."""
        with self._starting:
            self._stopped.set()
            self._woken.set()
            thread = self._thread
        if thread is None:
            return True
        thread.join(_STOP_S)
        return not thread.is_alive()

    def round(self, *, after_change: bool = False) -> bool:
        """Run every chore once in this thread, and return whether all are done.

        Args:
            after_change: only those that follow a change of the voice models.
        """
        chores = [each for each in self._chores if each.after_change or not after_change]
        with acting_as(SYSTEM):
            done = [self._done(chore) for chore in chores]  # every one, whatever the others
        return all(done)

    def _run(self) -> None:
        due = time.monotonic()
        while True:
            # Before the question whether to stop: what is said after it is not lost.
            self._woken.clear()
            if self._stopped.is_set():
                return
            if time.monotonic() >= due:
                due = time.monotonic() + (self._every_s if self.round() else self._retry_s)
            elif not self.round(after_change=True):
                due = min(due, time.monotonic() + self._retry_s)
            self._woken.wait(max(0.0, due - time.monotonic()))

    def _done(self, chore: Chore) -> bool:
        if self._stopped.is_set():
            return True
        try:
            return self._run_one(chore)
        except KioskError as error:
            _log.warning("%s: %s %s", chore.name, error.code, error.message)
            return False
        except Exception:  # noqa: BLE001 - nothing is above this in its thread
            _log.exception("%s failed", chore.name)
            return True

    def _run_one(self, chore: Chore) -> bool:
        result = chore.run()
        if not isinstance(result, Iterator):
            return result is not False
        for _ in result:
            if self._stopped.wait(_PAUSE_S):
                break
        return True
