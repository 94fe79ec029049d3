"""Brings changed looks to every part of the window without keeping anybody waiting.

One style sheet for the whole application would have Qt look at every widget again, several times
and hidden ones too, which takes seconds. So each part of the window is dressed on its own: what is
seen first, and the rest while nothing else is to be done.
"""

from __future__ import annotations

import time
from collections import deque
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakMethod, ref

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.ui.theme.tokens import Face

    Restyle = Callable[[], None]

_MANY = 256
_TURN_S = 0.012
"""How long a turn of the event loop is used; dressing a part ends it, which is enough for one."""


class Parts(QObject):
    """The parts of the window, and whatever paints itself.

    Attributes:
        sheets: the style sheet of each face.
    """

    def __init__(self, parent: QObject) -> None:
        """Begin without any."""
        super().__init__(parent)
        self.sheets: dict[Face, str] = {}
        self._dressed: list[tuple[ref[QWidget], Face]] = []
        self._followers: list[WeakMethod[Restyle]] = []
        self._full = _MANY
        self._queue: deque[Callable[[], object]] = deque()
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._take_turn)

    def dress(self, widget: QWidget, face: Face) -> None:
        """Give a part its style sheet, now and whenever it is another one."""
        widget.setStyleSheet(self.sheets[face])
        self._dressed.append((ref(widget), face))

    def follow(self, restyle: Restyle) -> None:
        """Call a method of a QObject after every change, for as long as it lives."""
        if len(self._followers) >= self._full:
            self._tidy()
        self._followers.append(WeakMethod(restyle))

    def spread(self) -> None:
        """Begin to dress every part anew, and to tell whatever paints itself."""
        self._tidy()
        jobs: list[tuple[bool, Callable[[], object]]] = []
        for each, face in self._dressed:
            widget = _alive(each())
            if widget is not None:
                jobs.append((widget.isVisible(), partial(self._put_on, each, face)))
        for method in self._followers:
            owner = _owner(method)
            if owner is not None:
                jobs.append((_seen(owner), partial(_tell, method)))
        self._queue = deque(job for _, job in sorted(jobs, key=lambda each: not each[0]))
        self._take_turn()

    def settle(self) -> None:
        """Do at once what would be done in turns."""
        self._turn.stop()
        while self._queue:
            self._queue.popleft()()

    def close(self) -> None:
        """Do nothing any more."""
        self._turn.stop()
        self._queue.clear()

    @Slot()
    def _take_turn(self) -> None:
        end = time.perf_counter() + _TURN_S
        dressed = False
        while self._queue and not dressed and time.perf_counter() < end:
            dressed = self._queue.popleft()() is True
        if self._queue:
            self._turn.start()

    def _tidy(self) -> None:
        """Forget what is gone."""
        self._dressed = [each for each in self._dressed if _alive(each[0]()) is not None]
        self._followers = [each for each in self._followers if _owner(each) is not None]
        # So each is looked at a few times, however many come.
        self._full = max(_MANY, 2 * len(self._followers))

    def _put_on(self, part: ref[QWidget], face: Face) -> bool:
        widget = _alive(part())
        if widget is None or widget.styleSheet() == self.sheets[face]:
            return False
        widget.setStyleSheet(self.sheets[face])
        return True


def _alive(widget: QWidget | None) -> QWidget | None:
    return widget if widget is not None and isValid(widget) else None


def _owner(method: WeakMethod[Restyle]) -> QObject | None:
    """Return the object that a method belongs to, where Qt still has it."""
    owner = getattr(method(), "__self__", None)
    return owner if isinstance(owner, QObject) and isValid(owner) else None


def _seen(thing: QObject) -> bool:
    at: QObject | None = thing
    while at is not None and not isinstance(at, QWidget):
        at = at.parent()
    return at is not None and at.isVisible()


def _tell(method: WeakMethod[Restyle]) -> None:
    restyle = method()
    if restyle is not None and _owner(method) is not None:
        restyle()
