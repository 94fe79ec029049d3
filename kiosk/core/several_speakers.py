"""Is there more than one speaker within a recording?

Windows slide over net speech, each encoder gives every window an embedding, and the recording is
split in every way into two parts: before and after a moment, or a middle and what surrounds it. At
the worst split the two parts of one speaker are still alike; those of two speakers are not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from kiosk.core.speech import Activity

    Rows = npt.NDArray[np.float32]

WINDOW_S = 1.5
"""Length of a window: shorter ones say little about a voice, longer ones hold two speakers."""
HOP_S = 0.25
LEAST_PART_S = 1.0
"""Who speaks for less than this is not found."""
_MOST_WINDOWS = 64
_LEAST_EDGE_S = 0.75
"""Least length of what is said before, and after, somebody else in the middle."""
_OVERLAP = 0.25
"""Share of a window that may lie beyond the part that it stands for."""


@dataclass(frozen=True)
class Pieces:
    """Windows of equal length over the net speech of a clip, which is put together without pauses.

    Attributes:
        segments: where speech is in the clip, in samples.
        starts: where windows begin, in samples of net speech.
        length: of each window, in samples.
    """

    segments: tuple[tuple[int, int], ...]
    starts: tuple[int, ...]
    length: int

    def mask(self, frames: int, hop: int) -> npt.NDArray[np.bool_]:
        """Return which frames of the clip lie in speech.

        Args:
            frames: how many there are.
            hop: samples from one to the next.
        """
        inside = np.zeros(frames, dtype=bool)
        for start, stop in self.segments:
            inside[-(-start // hop) : stop // hop] = True
        return inside


def pieces_of(activity: Activity) -> Pieces:
    """Return the windows over a recording that is trimmed to its speech; none where it is short."""
    begin = activity.span[0]
    segments = tuple((start - begin, stop - begin) for start, stop in activity.segments)
    net = sum(stop - start for start, stop in segments)
    length = round(WINDOW_S * activity.rate)
    room = net - length
    hop = max(round(HOP_S * activity.rate), -(-room // (_MOST_WINDOWS - 1)))
    return Pieces(segments, tuple(range(0, room + 1, hop)) if room >= hop else (), length)


@dataclass(frozen=True)
class Weights:
    """How the encoders' cosines at the worst split become log-odds: a small logistic regression.

    Attributes:
        bias: log-odds where every cosine is 0.
        cosines: by encoder.
        limit: from which log-odds on there is more than one speaker.
    """

    bias: float
    cosines: Mapping[str, float]
    limit: float


@dataclass(frozen=True)
class Speakers:
    """What was found in a recording.

    Attributes:
        several: whether there is more than one speaker.
        value: log-odds of that; None where it cannot be told.
        limit: from which value on that is so.
        cosines: of the two parts at the worst split, by encoder.
    """

    several: bool = False
    value: float | None = None
    limit: float | None = None
    cosines: Mapping[str, float] = field(default_factory=dict)


def worst_split(rows: Rows, pieces: Pieces, rate: int) -> float | None:
    """Return the cosine of the two parts of a recording where they are least alike.

    Args:
        rows: embeddings of the windows, unit norm, shape ``(windows, dim)``.
        pieces: where the windows lie.
        rate: samples a second.

    Returns:
        In [-1, 1]; None where there are too few windows for two parts.
    """
    if not len(rows):
        return None
    starts = np.array(pieces.starts)
    end = int(starts[-1]) + pieces.length
    least, slack = LEAST_PART_S * rate, _OVERLAP * pieces.length

    def first(at: npt.NDArray[np.int_]) -> npt.NDArray[np.int_]:
        """Return the first window of what begins at a sample."""
        return np.searchsorted(starts, at - slack)

    def last(at: npt.NDArray[np.int_]) -> npt.NDArray[np.int_]:
        """Return the window after the last one of what ends at a sample."""
        return np.searchsorted(starts, at - pieces.length + slack, side="right")

    change = np.append(starts, end)
    begin, stop = (each.ravel() for each in np.meshgrid(change, change, indexing="ij"))
    inner, outer = stop - begin, end - (stop - begin)
    edges = np.minimum(np.where(begin > 0, begin, end), np.where(stop < end, end - stop, end))
    kept = (inner >= least) & (outer >= least) & (edges >= _LEAST_EDGE_S * rate)
    begin, stop = begin[kept], stop[kept]
    low, high = first(begin), last(stop)
    before, after = (
        np.where(begin > 0, last(begin), 0),
        np.where(stop < end, first(stop), len(rows)),
    )
    kept = (low < high) & (before <= after) & (before + len(rows) - after > 0)
    if not kept.any():
        return None
    low, high, before, after = (each[kept] for each in (low, high, before, after))
    sums = np.vstack([np.zeros(rows.shape[1]), rows.cumsum(axis=0, dtype=np.float64)])
    middle, around = sums[high] - sums[low], sums[before] + sums[-1] - sums[after]
    lengths = np.linalg.norm(middle, axis=1) * np.linalg.norm(around, axis=1)
    return float(np.min(np.sum(middle * around, axis=1) / np.maximum(lengths, 1e-9)))
