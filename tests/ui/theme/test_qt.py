"""What the screens need of the installed Qt for Python."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication


class _Emitter(QObject):
    happened = Signal()


def test_emitting_a_signal_does_not_use_up_references(qapp: QApplication) -> None:
    # PySide6 6.12.0 drops a reference to True at each emit. Before Python 3.12, which made
    # constants immortal, the process aborts after some hundred of them.
    assert qapp is not None
    emitter = _Emitter()
    before = sys.getrefcount(True)
    for _ in range(100):
        emitter.happened.emit()
    assert before - sys.getrefcount(True) < 50
