"""Fails a test that leaves Python threads behind, naming them."""

from __future__ import annotations

import threading
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def no_dangling_threads(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail when threads that the test started are still alive after it.

    Threads of fixtures with a wider scope are not the test's. Marker ``leaves_threads``: a library
    keeps a pool that cannot be ended.
    """
    before = set(threading.enumerate())
    yield
    if request.node.get_closest_marker("leaves_threads") is not None:
        return
    # Who was told to stop may need a moment; joining returns as soon as the thread is gone.
    deadline = monotonic() + PATIENCE_S
    left = []
    for thread in set(threading.enumerate()) - before:
        # Threads that Python did not start cannot be joined, and are not ours to end.
        if not isinstance(thread, threading._DummyThread):
            thread.join(max(0.0, deadline - monotonic()))
            if thread.is_alive():
                left.append(f"{thread.name}{' (daemon)' if thread.daemon else ''}")
    if left:
        pytest.fail(f"threads left running: {', '.join(sorted(left))}")
