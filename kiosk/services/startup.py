"""What must be done before the kiosk can serve, as data, so that any front end can show it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.core.accounts.acting import SYSTEM, acting_as

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Task:
    """One step.

    Attributes:
        name: stable name: ``storage``, ``keys``, ``audit``, ``model`` or ``microphone``.
        run: does it, or raises a :class:`kiosk.core.errors.KioskError`; may be run again.
    """

    name: str
    run: Callable[[], None]


class Startup:
    """Runs the tasks in order. A failed one is tried again by the next :meth:`run`."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        """Take the tasks in their order."""
        self._tasks = tuple(tasks)
        self._done: set[str] = set()

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all tasks."""
        return tuple(task.name for task in self._tasks)

    @property
    def complete(self) -> bool:
        """Return whether everything has been done."""
        return len(self._done) == len(self._tasks)

    def run(self, report: Callable[[str], None] | None = None, until: str | None = None) -> None:
        """Run what has not been done yet.

        Args:
            report: told the name of each task before it runs.
            until: name of the last task wanted; all when None.

        Raises:
            KioskError: of the first task that failed; those after it were not run.
        """
        for task in self._tasks:
            if task.name not in self._done:
                if report is not None:
                    report(task.name)
                _log.info("starting %s", task.name)
                with acting_as(SYSTEM):
                    task.run()
                self._done.add(task.name)
            if task.name == until:
                return
