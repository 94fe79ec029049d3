"""Batches: a function of the seed and the step alone, whoever makes them and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.hearing.audio import MODEL_RATE
from voice_training.distort import Distorter
from voice_training.frames import HOP, FrameFile
from voice_training.perturb import at_speed, cut_at_speed, fitted
from voice_training.store import Store
from voice_training.targets import load_targets

if TYPE_CHECKING:
    import numpy.typing as npt

    from kiosk.core.hearing.audio import Samples
    from voice_training.layout import Layout
    from voice_training.recipe import Recipe

    Whole = npt.NDArray[np.int64]

_MOST_SECONDS = 60.0
"""Speech of one speaker beyond this no longer makes the speaker more likely to be drawn."""
_QUARTER = MODEL_RATE // 4
_FEWEST_SPEAKERS = 2


@dataclass(frozen=True, eq=False)
class Batch:
    """What one step needs.

    Attributes:
        step: which it is.
        waves: distorted crops, float32, shape ``(n, samples)``.
        pieces: index of each crop's piece in the store, shape ``(n,)``.
        targets: the teacher's unit embedding of each piece, shape ``(n, 192)``; None for live ones.
        speeds: index of its speed in the recipe, shape ``(n,)``; -1 for a live speed.
        labels: class for AAM, shape ``(n,)``; -1 for none.
        mask: first mel band to silence and how many.
        starts: where each crop begins in what the teacher heard, in stored frames, shape ``(n,)``.
        features: what the live teacher hears, shape ``(n, frames, 80)``; None for stored targets.
        frames: stored frame targets of each crop, uint8, shape ``(n, frames, 512)``; None without.
        there: which of these frames exist, shape ``(n, frames)``.
    """

    step: int
    waves: npt.NDArray[np.float32]
    pieces: Whole
    targets: npt.NDArray[np.float32] | None
    speeds: Whole
    labels: Whole
    mask: tuple[int, int]
    starts: Whole
    features: npt.NDArray[np.float32] | None
    frames: npt.NDArray[np.uint8] | None
    there: npt.NDArray[np.bool_] | None


class BatchMaker:
    """Makes batches of the training store."""

    def __init__(self, recipe: Recipe, layout: Layout, sitting: int = 0) -> None:
        """Open the stores.

        Args:
            recipe: decides everything.
            layout: where the stores lie.
            sitting: a further run over the same data draws other batches.
        """
        self._recipe = recipe
        self._sitting = sitting
        self._store = Store.open(layout.store("train"))
        self._distort = Distorter(
            recipe.distortion,
            Store.open(layout.store("noise")),
            self._store,
            Store.open(layout.store("rooms")),
        )
        self._targets: npt.NDArray[np.float32] | None = None
        if recipe.teacher.mode == "stored":
            self._targets = load_targets(
                layout.targets,
                self._store,
                recipe.teacher.speeds,
                frames=bool(recipe.loss.frames),
            )
        there = len(self._store) if self._targets is None else self._targets.shape[1]
        self._by_speaker: list[list[int]] = []
        place: dict[str, int] = {}
        for index, item in enumerate(self._store.items):
            number = place.setdefault(item.speaker, len(place))
            if number == len(self._by_speaker):
                self._by_speaker.append([])
            if index < there:
                self._by_speaker[number].append(index)
        seconds = (
            np.array([sum(len(self._store.items[i]) for i in own) for own in self._by_speaker])
            / MODEL_RATE
        )
        self._frames: list[FrameFile] = []
        if recipe.teacher.mode == "stored" and recipe.loss.frames:
            self._frames = [
                FrameFile(layout.targets, self._store, speed) for speed in recipe.teacher.speeds
            ]
        weight = np.sqrt(np.minimum(seconds, _MOST_SECONDS))
        self._weight = shared(weight, [name.split("/", 1)[0] for name in place], recipe)

    @property
    def classes(self) -> int:
        """Return the number of classes for AAM: a speaker at another speed is another."""
        stored = self._recipe.teacher.mode == "stored"
        return len(self._by_speaker) * (len(self._recipe.teacher.speeds) if stored else 1)

    def make(self, step: int) -> Batch:
        """Return the batch of a step."""
        recipe = self._recipe
        generator = np.random.default_rng((recipe.seed, self._sitting, step))
        low, high = (round(s * MODEL_RATE / _QUARTER) for s in recipe.batches.seconds)
        count = int(generator.integers(low, high + 1)) * _QUARTER
        each = recipe.batches.pieces_per_speaker
        wanted = recipe.batches.speakers
        if recipe.batches.most_seconds is not None:
            fitting = int(recipe.batches.most_seconds * MODEL_RATE / (count * each))
            wanted = max(_FEWEST_SPEAKERS, min(wanted, fitting))
        speakers = generator.choice(len(self._by_speaker), wanted, replace=False, p=self._weight)
        waves, pieces, speeds, labels, starts, features = [], [], [], [], [], []
        for speaker in speakers:
            place, speed = self._draw_speed(generator)
            for piece in generator.choice(self._by_speaker[speaker], each):
                clean = self._store.wave(int(piece))
                if recipe.teacher.mode == "live":
                    clean = self._for_teacher(clean, speed, generator)
                    features.append(_features(clean))
                    crop, start = cut_at_speed(clean, 1.0, count, generator, HOP)
                else:
                    crop, start = cut_at_speed(clean, speed, count, generator, HOP)
                starts.append(start // HOP)
                waves.append(self._distort(crop, generator))
                pieces.append(int(piece))
                speeds.append(place)
                labels.append(self._label(int(speaker), place, speed))
        frames, there = self._cut_frames(pieces, speeds, starts, count // HOP)
        targets = None if self._targets is None else self._targets[speeds, pieces]
        return Batch(
            step=step,
            waves=np.stack(waves),
            pieces=np.array(pieces, dtype=np.int64),
            targets=targets,
            speeds=np.array(speeds, dtype=np.int64),
            labels=np.array(labels, dtype=np.int64),
            mask=self._mask(generator),
            starts=np.array(starts, dtype=np.int64),
            features=np.stack(features) if features else None,
            frames=frames,
            there=there,
        )

    def _cut_frames(
        self, pieces: list[int], speeds: list[int], starts: list[int], count: int
    ) -> tuple[npt.NDArray[np.uint8] | None, npt.NDArray[np.bool_] | None]:
        if not self._frames:
            return None, None
        cut = [
            self._frames[place].cut(piece, start, count)
            for piece, place, start in zip(pieces, speeds, starts, strict=True)
        ]
        return np.stack([frames for frames, _ in cut]), np.stack([there for _, there in cut])

    def _draw_speed(self, generator: np.random.Generator) -> tuple[int, float]:
        """Return index and value of a speed; natural speech in a share of the cases."""
        teacher = self._recipe.teacher
        natural = teacher.speeds.index(1.0) if 1.0 in teacher.speeds else -1
        if generator.random() < teacher.natural_share and (natural >= 0 or teacher.mode == "live"):
            return natural, 1.0
        if teacher.mode == "live":
            return -1, float(generator.uniform(min(teacher.speeds), max(teacher.speeds)))
        place = int(generator.integers(len(teacher.speeds)))
        return place, teacher.speeds[place]

    def _for_teacher(self, wave: Samples, speed: float, generator: np.random.Generator) -> Samples:
        """Return what the live teacher hears: all its clips in a batch have one length."""
        count = int(self._recipe.teacher.live_seconds * MODEL_RATE)
        changed = at_speed(wave, speed)
        room = len(changed) - count
        return fitted(changed, count, int(generator.integers(0, room + 1)) if room > 0 else 0)

    def _label(self, speaker: int, place: int, speed: float) -> int:
        if self._recipe.teacher.mode == "live":
            return speaker if speed == 1.0 else -1
        return speaker * len(self._recipe.teacher.speeds) + place

    def _mask(self, generator: np.random.Generator) -> tuple[int, int]:
        most = self._recipe.schedule.mask_bands
        width = int(generator.integers(0, most + 1))
        return int(generator.integers(0, self._recipe.network.mel_bands - width + 1)), width


def shared(
    weight: npt.NDArray[np.float64], corpora: list[str], recipe: Recipe
) -> npt.NDArray[np.float64]:
    """Return the probability of each speaker, shape ``(speakers,)``.

    Args:
        weight: of each speaker within its corpus.
        corpora: that each speaker belongs to.
        recipe: names the shares of corpora.
    """
    result = np.array(weight, dtype=np.float64)
    named = recipe.batches.shares
    rest = np.array([corpus not in named for corpus in corpora])
    left = max(0.0, 1.0 - sum(share for name, share in named.items() if name in corpora))
    for chosen, share in [(rest, left)] + [
        (np.array([corpus == name for corpus in corpora]), share) for name, share in named.items()
    ]:
        if chosen.any():
            result[chosen] *= share / result[chosen].sum()
    return np.asarray(result / result.sum())


def _features(wave: Samples) -> npt.NDArray[np.float32]:
    from voice_training.teacher import teacher_features

    result: npt.NDArray[np.float32] = teacher_features(wave).numpy()
    return result
