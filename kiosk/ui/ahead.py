"""Makes what will be wanted before it is, a little at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

if TYPE_CHECKING:
    from collections.abc import Iterator

_BETWEEN_MS = 20
"""Whoever types or touches meanwhile is served first."""


class Ahead(QObject):
    """Takes steps that are too long to be taken all at once."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._steps: Iterator[None] | None = None
        self._next = QTimer(self, singleShot=True, interval=_BETWEEN_MS)
        self._next.timeout.connect(self._take)

    def begin(self, steps: Iterator[None]) -> None:
        """Take steps, each of which ends with a ``yield``, in the place of those before."""
        self._steps = steps
        self._next.start()

    def stop(self) -> None:
        """Take no further step."""
        self._steps = None
        self._next.stop()

    @property
    def done(self) -> bool:
        """Return whether no step is left."""
        return self._steps is None

    @Slot()
    def _take(self) -> None:
        if self._steps is not None:
            if next(self._steps, self) is self:
                self._steps = None
            else:
                self._next.start()
