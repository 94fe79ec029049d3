"""A corpus of synthetic voices, small enough to prepare and train on within a second."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from voice_training.layout import Layout
from voice_training.prepare import prepare_stores
from voice_training.recipe import Recipe
from voice_training.store import Store
from voice_training.targets import make_targets
from voice_training.torch_tools import ready

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from kiosk.core.hearing.audio import Samples

RATE = 16_000


def voice(pitch: float, seconds: float, seed: int) -> Samples:
    """Return a buzz with harmonics of this pitch, in a little noise of its own."""
    time = np.arange(int(seconds * RATE)) / RATE
    buzz = sum(np.sin(2 * np.pi * pitch * k * time) / k for k in range(1, 12))
    noise = np.random.default_rng(seed).normal(0.0, 0.05, len(time))
    return np.asarray(0.1 * (buzz + noise), dtype=np.float32)


def spectral_teacher(wave: Samples) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Stand in for the teacher, whose weights must be downloaded: a unit spectrum of 192 bands.

    It hears no frames.
    """
    spectrum = np.abs(np.fft.rfft(wave, 8192))[: 192 * 20].reshape(192, 20).mean(axis=1)
    unit = np.asarray(spectrum / np.linalg.norm(spectrum), dtype=np.float32)
    return unit, np.zeros((0, 512), np.float32)


def _write(folder: Path, listed: Path, speakers: list[tuple[str, float]], takes: int) -> None:
    rows = ["speaker\tpath\tseconds"]
    for number, (speaker, pitch) in enumerate(speakers):
        for take in range(takes):
            seconds = 2.0 + 0.25 * take
            path = folder / f"{speaker}/{take:03}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, voice(pitch, seconds, 100 * number + take), RATE)
            rows.append(f"{speaker}\t{speaker}/{take:03}.wav\t{seconds}")
    listed.write_text("\n".join(rows) + "\n", encoding="utf-8")


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder laid out like the real corpus: two sources of 8 and 5 speakers."""
    root = tmp_path_factory.mktemp("corpus")
    words = [(f"words/{n:02}", 90.0 + 17.0 * n) for n in range(8)]
    books = [(f"books/{n:02}", 95.0 + 23.0 * n) for n in range(5)]
    _write(root / "train", root / "train.tsv", words + books, takes=3)
    _write(root / "noise", root / "noise.tsv", [("hum", 50.0)], takes=2)
    _write(root / "eval", root / "eval.tsv", [("other/0", 130.0), ("other/1", 210.0)], takes=2)
    (root / "eval_trials.txt").write_text(
        "1 other/0/000.wav other/0/001.wav\n0 other/0/000.wav other/1/000.wav\n", encoding="utf-8"
    )
    return root


@pytest.fixture(scope="session")
def recipe() -> Recipe:
    """Return the smallest recipe that uses every part."""
    return Recipe.model_validate(
        {
            "pieces": {"max_seconds": 1.5, "min_seconds": 0.5},
            "validation": {
                "speakers": {"words": 3, "books": 2},
                "min_recordings": 2,
                "cut_seconds": {"books": 1.0},
            },
            "teacher": {"speeds": [1.0, 1.2]},
            "network": {"channels": 8, "attention_channels": 8},
            "batches": {"speakers": 3, "pieces_per_speaker": 2, "seconds": [0.5, 0.75]},
            "loss": {"anchors": 1.0, "anchor_count": 8, "aam": 0.1},
            "schedule": {"steps": 2, "warmup_steps": 1},
            "export": {"model_id": "tiny-1", "title": "Tiny", "cohort_speakers": 6},
        }
    )


@pytest.fixture(scope="session")
def prepared(corpus: Path, recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """Return a working folder that is ready for training; tests only read it."""
    layout = Layout(tmp_path_factory.mktemp("work"))
    prepare_stores([corpus], recipe, layout)
    store = Store.open(layout.store("train"))
    for speed in recipe.teacher.speeds:
        make_targets(store, speed, layout.targets, spectral_teacher, lambda _: None)
    return layout


@pytest.fixture
def work(prepared: Layout, tmp_path: Path) -> Layout:
    """Return a working folder of the test's own, with the stores of the prepared one."""
    for name in ("stores", "targets", "trials"):
        (tmp_path / name).symlink_to(prepared.root / name)
    return Layout(tmp_path)


@pytest.fixture(scope="session")
def torch_ready() -> None:
    """Import torch once, the way the kiosk does."""
    ready(1)
