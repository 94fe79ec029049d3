"""From the channels of a microphone to one, by blocks, after :mod:`kiosk.core.hearing.channels`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kiosk.core.hearing.channels import OFFSET, SILENT

if TYPE_CHECKING:
    import numpy.typing as npt

    from kiosk.core.hearing.audio import Samples

MAX_CHANNELS = 2
"""Microphones have no more; devices with more are mixers of the sound server."""

_SLOW = 0.02
"""How much a block of 20 ms counts for what is remembered: it forgets within a second."""

_SURE = 50
"""Blocks after which a constant offset is believed: of fewer, the mean is the sound itself."""

_SETTLED = 10
"""Blocks for which another choice must be the better one before it is taken."""

_OPPOSITE = -0.5
"""Two channels that are correlated like this, or more, cancel each other out."""

_WORSE_DB = 6.0


class LiveMix:
    """Makes one channel; called in an audio callback, so that nothing blocks.

    What it chooses and takes out changes with a ramp over one block: no click is heard.

    Attributes:
        offset: constant offset that is being taken out, as a share of full scale.
        channel: the one channel that is used because together they spoil the voice, from 1 on;
            0 otherwise.
    """

    def __init__(self) -> None:
        self.offset = 0.0
        self.channel = 0
        self._blocks = 0
        self._mean: Any = 0.0
        self._taken: Any = 0.0
        self._power = np.zeros((MAX_CHANNELS, MAX_CHANNELS))
        self._low = np.full(MAX_CHANNELS + 1, np.inf)
        self._high = np.zeros(MAX_CHANNELS + 1)
        self._weights = np.array([0.5, 0.5], np.float32)
        self._wanted = self._weights
        self._waited = 0

    def __call__(self, block: npt.NDArray[np.float32]) -> Samples:
        """Return one channel of a block of shape ``(frames, channels)``."""
        sound = self._centered(block[:, :MAX_CHANNELS])
        if sound.shape[1] == 1:
            return sound[:, 0]
        self._look(sound)
        former = self._weights
        self._choose()
        if self._weights is former:
            return sound @ former
        ramp = np.linspace(0.0, 1.0, len(sound), dtype=np.float32)
        return (sound @ former) * (1 - ramp) + (sound @ self._weights) * ramp

    def _centered(self, sound: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        self._blocks += 1
        own = np.mean(sound, axis=0, dtype=np.float64)
        self._mean += max(_SLOW, 1 / self._blocks) * (own - self._mean)
        if self._blocks < _SURE:
            return sound
        least = OFFSET / 2 if self.offset else OFFSET  # so that it does not come and go
        former, self._taken = self._taken, self._mean * (np.abs(self._mean) >= least)
        self.offset = float(np.max(np.abs(self._taken)))
        if not np.any(former) and not self.offset:
            return sound
        return sound - np.linspace(former, self._taken, len(sound), dtype=np.float32)

    def _look(self, sound: npt.NDArray[np.float32]) -> None:
        """Remember how loud the channels are, alone and together, and how alike."""
        power = (sound.T @ sound).astype(np.float64) / len(sound)
        self._power += _SLOW * (power - self._power)
        both = (power[0, 0] + power[1, 1] + 2 * power[0, 1]) / 4
        each = np.array([power[0, 0], power[1, 1], both]) + 1e-10
        self._low = np.minimum(each, self._low * 1.01)
        self._high = np.maximum(each, self._high * 0.995)

    def _choose(self) -> None:
        wanted, channel = self._better()
        if channel == self.channel and np.array_equal(wanted, self._weights):
            self._waited = 0
            return
        self._waited = self._waited + 1 if np.array_equal(wanted, self._wanted) else 1
        self._wanted = wanted
        if self._waited >= _SETTLED:
            self._weights, self.channel, self._waited = wanted, channel, 0

    def _better(self) -> tuple[Samples, int]:
        """Return the weights of the channels, and the one that was taken for a fault of another."""
        one, other, together = self._power[0, 0], self._power[1, 1], self._power[0, 1]
        louder = int(other > one)
        if max(one, other) == 0:
            return self._weights, self.channel
        if min(one, other) <= SILENT * max(one, other):
            return _only(louder), 0
        if together < _OPPOSITE * np.sqrt(one * other):
            return _only(louder), louder + 1
        ranges = 10 * np.log10(self._high / self._low)
        best = int(np.argmax(ranges[:2]))
        if ranges[best] - ranges[2] > _WORSE_DB:
            return _only(best), best + 1
        return np.array([0.5, 0.5], np.float32), 0


def _only(channel: int) -> Samples:
    weights = np.zeros(MAX_CHANNELS, np.float32)
    weights[channel] = 1.0
    return weights
