"""What PortAudio's callback does with a block, without PortAudio."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kiosk.audio.microphone import _Recording
from kiosk.audio.ring import SampleRing

if TYPE_CHECKING:
    from kiosk.core.hearing.audio import Samples


@dataclass
class Flags:
    input_overflow: bool


def test_a_gap_is_counted_before_what_followed_it_can_be_read() -> None:
    counted: list[int] = []

    class Watched(SampleRing):
        def write(self, samples: Samples) -> None:
            counted.append(recording.overflows)
            super().write(samples)

    recording = _Recording(Watched(100), overflows=2)
    for overflow in (False, True):
        recording.receive(np.zeros((10, 1), np.float32), 10, None, Flags(overflow))
    assert counted == [2, 3]


def test_of_several_channels_one_is_made() -> None:
    recording = _Recording(SampleRing(100), overflows=0)
    block = np.array([[0.25, 0.75], [-0.25, -0.75]], np.float32)
    recording.receive(block, 2, None, Flags(input_overflow=False))
    assert recording.ring.read_since(0).samples.tolist() == [0.5, -0.5]
    assert recording.arrived.is_set()
