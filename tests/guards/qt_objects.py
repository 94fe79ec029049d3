"""Fails a test that leaves QThreads or QTimers running, naming them (after napari's test-suite).

Only for tests that have a QApplication; the others never touch Qt.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.patience import PATIENCE_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtCore import QObject


@pytest.fixture(autouse=True)
def no_dangling_qt_objects(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Fail when a QThread or QTimer that the test started still runs after it."""
    if "qapp" not in request.fixturenames:
        yield
        return
    # First of all fixtures to be set up, last to be torn down: widgets are closed by then.
    from PySide6.QtCore import QCoreApplication, QEvent, QThread, QTimer
    from shiboken6 import isValid

    started: weakref.WeakSet[QObject] = weakref.WeakSet()

    def remember(kind: type[QObject]) -> None:
        start: Any = kind.start  # type: ignore[attr-defined]

        def recording_start(self: QObject, *args: Any) -> None:
            started.add(self)
            start(self, *args)

        monkeypatch.setattr(kind, "start", recording_start)

    remember(QThread)
    remember(QTimer)
    yield
    # deleteLater() has to have happened before anything is called a leftover.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    left = []
    for thing in started:
        if not isValid(thing):
            continue
        if isinstance(thing, QThread) and not thing.wait(PATIENCE_MS):
            left.append(_describe(thing))
            thing.quit()  # Qt aborts the process when a running thread is destroyed
            thing.wait(PATIENCE_MS)
        if isinstance(thing, QTimer) and thing.isActive():
            left.append(f"{_describe(thing)} every {thing.interval()} ms")
            thing.stop()  # lest it fires into the next test
    if left:
        pytest.fail(f"left running: {', '.join(sorted(left))}")


def _describe(thing: QObject) -> str:
    """Return class, name and owner of a Qt object."""
    owner = thing.parent()
    of = f" of {type(owner).__name__} {owner.objectName()!r}" if owner is not None else ""
    return f"{type(thing).__name__} {thing.objectName()!r}{of}"
