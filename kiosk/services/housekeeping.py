"""What a running kiosk does now and then by itself, in one thread."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.core.acting import SYSTEM, acting_as
from kiosk.core.errors import KioskError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

EVERY_S = 6 * 3600.0
"""Four times a day, for a clock that was set must not cost a day."""
RETRY_S = 60.0
_STOP_S = 10.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Chore:
    """Something that is done at the start, and then again and again.

    Attributes:
        name: for the log.
        run: does it; where it returns False it is not done, and is tried again soon. It must not
            take long, for the program waits for it when it ends.
    """

    name: str
    run: Callable[[], object]


class Housekeeping:
    """Runs chores as :data:`kiosk.core.acting.SYSTEM`; started once, stopped once.

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
        # A thread may be waited for only once it has started.
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin with the first round; does nothing when it was started."""
        with self._starting:
            if self._thread is None and not self._stopped.is_set():
                self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)
                self._thread.start()

    def stop(self) -> bool:
        """Run no further chore, and wait for the one that runs; return whether it has ended."""
        with self._starting:
            self._stopped.set()
            thread = self._thread
        if thread is None:
            return True
        thread.join(_STOP_S)
        return not thread.is_alive()

    def round(self) -> bool:
        """Run every chore once in this thread, and return whether all are done."""
        with acting_as(SYSTEM):
            done = [self._done(chore) for chore in self._chores]  # every one, whatever the others
        return all(done)

    def _run(self) -> None:
        wait_s = 0.0
        while not self._stopped.wait(wait_s):
            wait_s = self._every_s if self.round() else self._retry_s

    def _done(self, chore: Chore) -> bool:
        if self._stopped.is_set():
            return True
        try:
            return chore.run() is not False
        except KioskError as error:
            _log.warning("%s: %s %s", chore.name, error.code, error.message)
            return False
        except Exception:  # noqa: BLE001 - nothing is above this in its thread
            _log.exception("%s failed", chore.name)
            return True
