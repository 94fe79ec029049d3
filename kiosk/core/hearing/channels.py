"""From the channels of a recording to one: the rule, in one place.

1. A constant offset is taken out of each channel.
2. A channel without sound, 40 dB below the loudest or less, is left out: with a microphone on one
   of two channels the voice would become 6 dB quieter.
3. The others are averaged, unless that spoils the voice: they cancel each other out, as where one
   is wired the wrong way round, or a hum or noise that only some have hides it. Then the one
   channel is taken in which loud and quiet moments differ most.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from kiosk.core.hearing.audio import Samples

OFFSET = 0.01
"""A constant offset from this share of full scale on is taken out, and told; -40 dB. A sound
device that is well has a hundredth of it."""

SILENT = 1e-4
"""A channel with less than this share of the loudest one's power holds no sound; -40 dB."""

_WORSE_DB = 6.0
"""So much less than in the best channel may loud and quiet moments of the average differ."""

_MOST_DB = 50.0
_FRAME_S = 0.02
_LOUD_FRAMES = 50


@dataclass(frozen=True, eq=False)
class Mixed:
    """One channel made of several.

    Attributes:
        samples: float32, shape ``(n,)``.
        offset: the largest constant offset that was taken out, as a share of full scale.
        channel: the one that was taken because the average spoils the voice, from 1 on; 0 where
            the average was taken.
    """

    samples: Samples
    offset: float
    channel: int


def mixed(sound: npt.NDArray[np.float32], rate: int) -> Mixed:
    """Return one channel, after the rule of this module.

    Args:
        sound: shape ``(n, channels)``; overwritten.
        rate: in Hz.
    """
    offset = 0.0
    for channel in range(sound.shape[1]):
        own = float(np.mean(sound[:, channel], dtype=np.float64)) if len(sound) else 0.0
        if abs(own) >= OFFSET:
            sound[:, channel] -= np.float32(own)
            offset = max(offset, abs(own))
    if sound.shape[1] == 1:
        return Mixed(np.ascontiguousarray(sound[:, 0]), offset, 0)
    channel, used = _choice(sound, rate)
    if channel:
        return Mixed(np.ascontiguousarray(sound[:, channel - 1]), offset, channel)
    return Mixed(np.mean(sound[:, used], axis=1, dtype=np.float32), offset, 0)


def _choice(sound: npt.NDArray[np.float32], rate: int) -> tuple[int, list[int]]:
    """Return the channel to take, from 1 on, or 0 and the indices of those to average."""
    figures = [_level_and_range(sound[:, channel], rate) for channel in range(sound.shape[1])]
    loudest = max(level for level, _ in figures)
    used = [n for n, (level, _) in enumerate(figures) if level > SILENT * loudest]
    if len(used) < 2:
        return 0, used or list(range(len(figures)))
    level, differ = _level_and_range(np.mean(sound[:, used], axis=1, dtype=np.float32), rate)
    # Of channels that have nothing in common, the average has this share of the power.
    unrelated = float(np.mean([figures[n][0] for n in used])) / len(used)
    best = max(used, key=lambda n: (figures[n][1], figures[n][0]))
    if level < unrelated / 2 or differ < figures[best][1] - _WORSE_DB:
        return best + 1, used
    return 0, used


def _level_and_range(samples: Samples, rate: int) -> tuple[float, float]:
    """Return the power of the loud moments, and by how many dB the quiet ones are below them."""
    size = max(1, min(len(samples), round(_FRAME_S * rate)))
    count = len(samples) // size
    if not count:
        return 0.0, 0.0
    frames = samples[: count * size].reshape(count, size)
    power = np.sort(np.mean(np.square(frames, dtype=np.float64), axis=1))
    # The middle of the loudest: a crackle is no voice.
    loud = float(np.median(power[-max(1, min(_LOUD_FRAMES, count // 4)) :]))
    quiet = float(power[count // 10])
    return loud, min(_MOST_DB, 10.0 * float(np.log10((loud + 1e-10) / (quiet + 1e-10))))
