"""Is there more than one speaker within a recording?

Windows slide over net speech, and an encoder gives each of them an embedding. Where one person
speaks, any two of them are alike; where two do, many are not: those of which each holds another
voice. So the tenth percentile of the cosines tells, and no split has to be searched for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from kiosk.core.hearing.speech import Activity

    Rows = npt.NDArray[np.float32]

WINDOW_S = 1.5
"""Length of a window: shorter ones say little about a voice, longer ones hold two speakers."""
HOP_S = 0.25
_MOST_WINDOWS = 64
_PERCENTILE = 10
LIMITS = {"campplus": 0.33, "ecapa-kiosk-2": 0.05}
"""Least percentile of one speaker, by encoder; the first one that has heard a recording decides.

Where it is lower in 2 of 100 takes of one speaker, read or spontaneous, on microphones of all
kinds. Hearing two encoders instead of the better one found no more. One that is not here finds
nobody.
"""


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


class SeveralSpeakers(Exception):
    """A recording is not compared, for more than one person speaks in it."""


@dataclass(frozen=True)
class Speakers:
    """What was found in a recording.

    Attributes:
        agreement: how alike its windows are, as :func:`agreement` tells; None where nobody can say.
        limit: below it there is more than one speaker.
        model_id: of the encoder that heard it; empty where none did.
    """

    agreement: float | None = None
    limit: float = 0.0
    model_id: str = ""

    @property
    def several(self) -> bool:
        """Return whether there is more than one."""
        return self.agreement is not None and self.agreement < self.limit

    def require_one(self) -> None:
        """Give up where there is more than one.

        Raises:
            SeveralSpeakers: there is.
        """
        if self.several:
            raise SeveralSpeakers


def agreement(rows: Rows, pieces: Pieces) -> float | None:
    """Return how alike the windows of a recording are: a low percentile of their cosines.

    Args:
        rows: embeddings of the windows, unit norm, shape ``(windows, dim)``.
        pieces: where the windows lie; those that overlap are not compared.

    Returns:
        In [-1, 1]; None below 3 s of net speech, where no two windows stand beside each other.
    """
    if len(rows) != len(pieces.starts):
        return None
    starts = np.array(pieces.starts)
    apart = starts[None, :] - starts[:, None] >= pieces.length
    if not apart.any():
        return None
    return float(np.percentile((rows @ rows.T)[apart], _PERCENTILE))


def ear(model_ids: Sequence[str]) -> str | None:
    """Return the encoder that decides; None where none of these was measured."""
    return next((each for each in LIMITS if each in model_ids), None)


def judged(heard: Mapping[str, Rows], pieces: Pieces) -> Speakers:
    """Return whether there is more than one speaker in a recording.

    Args:
        heard: embeddings of its windows, by encoder.
        pieces: where the windows lie.
    """
    model_id = ear(tuple(heard))
    if model_id is None:
        return Speakers()
    return Speakers(agreement(heard[model_id], pieces), LIMITS[model_id], model_id)
