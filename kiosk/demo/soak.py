"""Whether a recording is complete: plays a known signal for minutes and accounts for every sample.

The signal is noise, in which every 64 samples occur only once. Where the recording departs from
it, the place where it goes on tells how many samples were lost, or came twice.
"""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kiosk.audio.microphone import PortAudioMicrophone
from kiosk.audio.portaudio import PortAudio
from kiosk.core.errors import MicrophoneFailed
from kiosk.demo.environment import environment
from kiosk.demo.virtual_audio import VirtualMicrophone

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy.typing as npt

    from kiosk.core.hearing.audio import Samples
    from kiosk.core.ports import Microphone

    Steps = npt.NDArray[np.int16]

_WINDOW = 64
_NEARBY = 100_000
_AMPLITUDE = 8_000
_READ_SECONDS = 0.03
_SETTLE_SECONDS = 2.0
_ROUND_SECONDS = 600.0
"""Longer soaks are played and compared in pieces; the microphone stays open between them."""


@dataclass(frozen=True)
class Account:
    """What became of the samples of a signal.

    Attributes:
        played: samples in the signal.
        lost: of these, missing in the recording.
        repeated: recorded a second time.
        foreign: recorded between the others but never played; silence where the player fell
            behind.
        breaks: places where the recording departs from the signal.
    """

    played: int
    lost: int = 0
    repeated: int = 0
    foreign: int = 0
    breaks: int = 0

    def __add__(self, other: Account) -> Account:
        return Account(
            self.played + other.played,
            self.lost + other.lost,
            self.repeated + other.repeated,
            self.foreign + other.foreign,
            self.breaks + other.breaks,
        )


@dataclass(frozen=True)
class SoakReport:
    """How a long recording went.

    Attributes:
        rate: in Hz.
        account: of the played samples.
        overflows: how often PortAudio reported that samples were lost.
        overrun: samples that the reader came too late for.
    """

    rate: int
    account: Account
    overflows: int
    overrun: int

    @property
    def complete(self) -> bool:
        """Return whether every sample was recorded once and in its place."""
        departures = self.account.lost + self.account.breaks
        return departures + self.overflows + self.overrun == 0


def noise(count: int, seed: int = 1) -> Samples:
    """Return a signal to look for: every 64 of its samples are unique, and none is zero.

    Args:
        count: samples.
        seed: of the noise.

    Returns:
        float32 on the steps of 16 bits, about -17 dB relative to full scale.
    """
    random = np.random.default_rng(seed)
    size = random.integers(1, _AMPLITUDE, count, dtype=np.int16)
    sign = random.choice(np.array([-1, 1], np.int16), count)
    return np.asarray(size * sign, np.float32) / np.float32(32768)


def account(signal: Samples, recording: Samples) -> Account:
    """Compare a recording with the signal that was played, sample by sample.

    Args:
        signal: from :func:`noise`, shape ``(n,)``.
        recording: float32 at the same rate, shape ``(m,)``; silence before and after is ignored.
    """
    played, heard = _steps(signal), _steps(recording)
    begun = np.flatnonzero(heard)
    here = int(begun[0]) if len(begun) else len(heard)
    at = lost = repeated = foreign = breaks = 0
    while True:
        same = _common(played[at:], heard[here:])
        at, here = at + same, here + same
        if at == len(played) or here == len(heard):
            break
        breaks += 1
        found = _resume(played, at, heard, here)
        if found is None:
            foreign += int(np.count_nonzero(heard[here:]))
            break
        place, there = found
        foreign += there - here
        lost += max(0, place - at)
        repeated += max(0, at - place)
        at, here = place, there
    return Account(len(played), lost + len(played) - at, repeated, foreign, breaks)


def run_soak(
    folder: Path,
    minutes: float,
    *,
    rate: int = 16_000,
    progress: Callable[[float], None] | None = None,
) -> SoakReport:
    """Play for some minutes into a virtual microphone, record it, and compare.

    The sound system that PortAudio uses changes for the time of the call, so that no microphone
    may be open in this process.

    Args:
        folder: for the log of the sound server.
        minutes: how long.
        rate: in Hz, of the virtual microphone.
        progress: called with the share done, in [0, 1].

    Raises:
        AudioSystemMissing: PulseAudio or PortAudio is not installed.
        MicrophoneFailed: the virtual microphone does not start, or ceased to deliver.
    """
    rounds = max(1, math.ceil(minutes * 60 / _ROUND_SECONDS))
    count = round(minutes * 60 * rate / rounds)
    total, overrun = Account(0), 0
    with VirtualMicrophone(folder, rate) as virtual, environment(virtual.environment):
        microphone = PortAudioMicrophone(PortAudio(), rate=rate)
        microphone.open(None)
        try:
            for number in range(rounds):

                def tell(share: float, done: int = number) -> None:
                    if progress is not None:
                        progress((done + share) / rounds)

                signal = noise(count, seed=number)
                begun = microphone.position
                virtual.play(signal, wait=False)
                seconds = count / rate + _SETTLE_SECONDS
                recording, missed = _record(microphone, begun, seconds, tell)
                total += account(signal, recording)
                overrun += missed
        finally:
            microphone.close()
    return SoakReport(rate, total, microphone.overflows, overrun)


def _record(
    microphone: Microphone, cursor: int, seconds: float, tell: Callable[[float], None]
) -> tuple[Samples, int]:
    """Read for some time, as the listener does; return the recording and what was overrun."""
    pieces: list[Samples] = []
    overrun = 0
    pause = threading.Event()
    begun = time.monotonic()
    while (passed := time.monotonic() - begun) < seconds:
        pause.wait(_READ_SECONDS)
        block = microphone.read_since(cursor)
        cursor = block.cursor
        overrun += block.lost
        pieces.append(block.samples)
        tell(min(1.0, passed / seconds))
        if not microphone.delivering:
            raise MicrophoneFailed("The virtual microphone has ceased to deliver.")
    return np.concatenate(pieces), overrun


def _steps(samples: Samples) -> Steps:
    """Return samples as the 16-bit steps that the sound server works with."""
    return np.asarray(np.round(samples * np.float32(32768)), np.int16)


def _common(first: Steps, second: Steps) -> int:
    """Return how many samples at the beginning are the same."""
    size = min(len(first), len(second))
    differs = np.flatnonzero(first[:size] != second[:size])
    return int(differs[0]) if len(differs) else size


def _resume(played: Steps, at: int, heard: Steps, here: int) -> tuple[int, int] | None:
    """Return where the signal, and where the recording, go on after a departure."""
    there = here
    while there + _WINDOW <= len(heard):
        window = heard[there : there + _WINDOW]
        if not window.any():
            sound = np.flatnonzero(heard[there:])
            if not len(sound):
                return None
            there += int(sound[0])
            continue
        place = _locate(played, window, at)
        if place is not None:
            while there > here and place > 0 and heard[there - 1] == played[place - 1]:
                there, place = there - 1, place - 1
            return place, there
        there += _WINDOW // 2
    return None


def _locate(played: Steps, window: Steps, at: int) -> int | None:
    """Return the index of a window in the signal; looks nearby first, which is quick."""
    low = max(0, at - _NEARBY)
    nearby = _find(played[low : at + _NEARBY].tobytes(), window.tobytes())
    if nearby is not None:
        return low + nearby
    return _find(played.tobytes(), window.tobytes())


def _find(within: bytes, window: bytes) -> int | None:
    """Return the sample at which a window begins; a match between two samples is none."""
    place = within.find(window)
    while place % 2 == 1 and place >= 0:
        place = within.find(window, place + 1)
    return place // 2 if place >= 0 else None
