"""Made-up voices of two encoders, in the way real ones behave: one channel for all of a site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.voice.calibration import Calibration, Tail, Trust
from kiosk.core.voice.embedding import Embedding
from kiosk.core.voice.heard import Heard, voice_of
from kiosk.core.voice.normalization import unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kiosk.core.voice.heard import Voice
    from kiosk.core.voice.normalization import Vectors

MODELS = ("first", "second")
DIM = 64
_NOISE = 0.6


class World:
    """People whose embeddings are drawn: a person, a channel and noise.

    Args:
        seed: of everything.
        channel: how much of an embedding is the channel of the site.
    """

    def __init__(self, seed: int = 1, channel: float = 0.0) -> None:
        self._generator = np.random.default_rng(seed)
        self._channel = {m: channel * self._direction() for m in MODELS}
        self._people: dict[str, dict[str, Vectors]] = {}
        self.bundled: Mapping[str, Vectors] = {
            m: unit(self._generator.normal(size=(400, DIM))) for m in MODELS
        }

    def heard(self, who: str, models: tuple[str, ...] = MODELS, noise: float = _NOISE) -> Heard:
        """Return one more recording of a person."""
        person = self._people.setdefault(who, {m: self._direction() for m in MODELS})
        made = []
        for m in models:
            raw = person[m] + self._channel[m] + noise * self._direction()
            made.append(Embedding.of(raw, m))
        return Heard(tuple(made))

    def voice(self, who: str, takes: int = 3, models: tuple[str, ...] = MODELS) -> Voice:
        """Return the voice of some recordings of a person."""
        return voice_of([self.heard(who, models) for _ in range(takes)])

    def people(self, count: int, models: tuple[str, ...] = MODELS) -> dict[str, Voice]:
        """Return so many enrolled people, ``p00`` to the last."""
        return {f"p{each:02}": self.voice(f"p{each:02}", models=models) for each in range(count)}

    def _direction(self) -> Vectors:
        return unit(self._generator.normal(size=DIM))


def calibration(*models: str, prior: float = -2.0) -> Calibration:
    """Return a calibration of round figures."""
    one_in = (2.0, 10.0, 100.0, 1000.0)
    tails = tuple(Tail(n, one_in, (0.0, 1.3, 2.4 + 1 / n, 3.2 + 1 / n)) for n in (1, 8, 40))
    return Calibration(
        models=models,
        weights=tuple(1.0 / len(models) for _ in models),
        top=50,
        mean=(prior, 0.0),
        spread=(1.5, 0.0),
        typical=6.0,
        trust=Trust(2.0, 4.0, 6.0),
        tails=tails,
        llr=(2.0, -5.0),
        agreement=2.0,
    )


CALIBRATIONS = (calibration(*MODELS), calibration("first"), calibration("second"))
