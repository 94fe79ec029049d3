"""Work in a child process that is killed while it is at it.

The child is forked, not started anew: everything is imported already, so that a round takes
fractions of a second. It tells through a pipe what it begins and what is done; what it told counts
as acknowledged, exactly as if a person had been told on the screen.
"""

from __future__ import annotations

import json
import os
import select
import signal
import time
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_PATIENCE_S = 120.0
_FAILED = 70


@dataclass(frozen=True)
class Step:
    """One thing that the child does, as it told it.

    Attributes:
        kind: what is done, such as ``enroll``.
        name: to whom or what.
        value: whatever makes the result known.
        done: whether the child has told that it is done.
    """

    kind: str
    name: str
    value: int
    done: bool


class Teller:
    """The child's end of the pipe."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def begins(self, kind: str, name: str, value: int = 0) -> None:
        self._tell({"begins": [kind, name, value]})

    def done(self) -> None:
        self._tell({"done": True})

    def answers(self, value: Any) -> None:
        self._tell({"answer": value})

    def fails(self, reason: str) -> None:
        self._tell({"failed": reason})

    def _tell(self, line: dict[str, Any]) -> None:
        left = json.dumps(line).encode() + b"\n"
        while left:
            left = left[os.write(self._descriptor, left) :]


class Child:
    """A forked process that does some work; see :class:`Teller`.

    Attributes:
        pid: its number.
    """

    def __init__(self, work: Callable[[Teller], None]) -> None:
        ours, theirs = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(ours)
            _work(work, Teller(theirs))
        os.close(theirs)
        self._descriptor = ours
        self._buffer = b""
        self._lines: list[dict[str, Any]] = []
        self._ended = False

    def wait_for(self, done: int, seconds: float) -> None:
        """Wait until the child has done so many things, or the time is over, or it has ended."""
        end = time.monotonic() + seconds
        while not self._ended and sum("done" in line for line in self._lines) < done:
            left = end - time.monotonic()
            if left <= 0 or not self._read(left):
                return

    def let_run(self, seconds: float) -> None:
        """Let the child go on for so long, or until it ends."""
        end = time.monotonic() + seconds
        while not self._ended and (left := end - time.monotonic()) > 0:
            self._read(left)

    def kill(self) -> bool:
        """Kill the child as ``kill -9`` does; return whether it was still at work."""
        os.kill(self.pid, signal.SIGKILL)
        return self.end() == -signal.SIGKILL

    def end(self) -> int:
        """Wait until the child has ended by itself; return its exit status, negative: a signal."""
        while not self._ended:
            if not self._read(_PATIENCE_S):
                os.kill(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        os.close(self._descriptor)
        return os.waitstatus_to_exitcode(status)

    @property
    def steps(self) -> list[Step]:
        """Return what the child has begun, in order; all but the last are done."""
        found: list[Step] = []
        for line in self._lines:
            if "begins" in line:
                kind, name, value = line["begins"]
                found.append(Step(kind, name, value, done=False))
            elif "done" in line:
                last = found[-1]
                found[-1] = Step(last.kind, last.name, last.value, done=True)
        return found

    @property
    def failure(self) -> str | None:
        """Return what went wrong in the child by itself."""
        return next((line["failed"] for line in self._lines if "failed" in line), None)

    @property
    def answer(self) -> Any:
        """Return what the child has answered."""
        return next((line["answer"] for line in self._lines if "answer" in line), None)

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._descriptor], [], [], seconds)
        if not ready:
            return False
        found = os.read(self._descriptor, 1 << 16)
        self._ended = not found
        *lines, self._buffer = (self._buffer + found).split(b"\n")
        self._lines += [json.loads(line) for line in lines]
        return True


def ask(work: Callable[[Teller], None]) -> tuple[Any, str | None]:
    """Run work in a child that is not killed; return its answer, and what went wrong."""
    child = Child(work)
    status = child.end()
    return child.answer, child.failure or (None if status == 0 else f"ended with {status}")


def _work(work: Callable[[Teller], None], teller: Teller) -> None:
    """Do the work and end, whatever happens: the parent's code must not run twice."""
    status = _FAILED
    try:
        work(teller)
        status = 0
    except BaseException as error:  # noqa: BLE001 - nothing is above this
        teller.fails("".join(traceback.format_exception(error)))
    finally:
        os._exit(status)
