"""What the tests of the listener share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.services.room import Room

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def room() -> Iterator[Room]:
    made = Room()
    yield made
    made.listener.stop()
    assert made.microphone.device is None, "stopping closes the microphone"
