"""Frame targets: what is stored, how it is cut, and that a student is asked for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from voice_training import frames
from voice_training.batches import BatchMaker
from voice_training.perturb import at_speed
from voice_training.recipe import Recipe
from voice_training.store import Store
from voice_training.targets import load_targets, make_targets

if TYPE_CHECKING:
    import numpy.typing as npt

    from kiosk.core.hearing.audio import Samples
    from voice_training.layout import Layout

    Vectors = npt.NDArray[np.float32]

pytestmark = pytest.mark.usefixtures("torch_ready")


def band_frames(wave: Samples) -> Vectors:
    """Stand in for the teacher's frames, one every 20 ms where Kaldi would have two: 512 bands."""
    count = (1 + (len(wave) - 400) // 160) // 2
    windows = np.stack([wave[320 * k : 320 * k + 400] for k in range(count)])
    spectra = np.abs(np.fft.rfft(windows, 1024, axis=1))[:, :512]
    return np.asarray(spectra, dtype=np.float32)


def _head() -> tuple[Vectors, Vectors]:
    generator = np.random.default_rng(0)
    matrix = generator.normal(size=(192, 1024)).astype(np.float32)
    return matrix, generator.normal(size=192).astype(np.float32)


def _embedding(pooled: Vectors) -> Vectors:
    matrix, offset = _head()
    raw = matrix @ pooled + offset
    return np.asarray(raw / np.linalg.norm(raw), dtype=np.float32)


def _ask(wave: Samples) -> tuple[Vectors, Vectors]:
    found = band_frames(wave)
    return _embedding(np.concatenate([found.mean(axis=0), found.std(axis=0, ddof=1)])), found


@pytest.fixture
def framed(work: Layout, recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """Return a working folder with targets and frame targets of its own."""
    (work.root / "targets").unlink()
    store = Store.open(work.store("train"))
    space = frames.make_space(store, work.targets, band_frames, _head())
    for speed in recipe.teacher.speeds:
        told: list[int] = []
        make_targets(store, speed, work.targets, _ask, told.append, space)
        assert told == list(range(1, len(store) + 1))
    return work


def _with_frames(recipe: Recipe) -> Recipe:
    content = recipe.model_dump()
    content["loss"] = {"frames": 1.0, "cosine": 0.0, "relational": 0.0, "anchors": 0.0, "aam": 0.0}
    content["schedule"]["rate"] = 5e-3
    content["distortion"] |= dict.fromkeys(("noise", "babble", "reverb", "band", "codec"), 0.0)
    return Recipe.model_validate(content)


def test_frames_are_stored_to_within_a_level(framed: Layout) -> None:
    store = Store.open(framed.store("train"))
    space = frames.load_space(store, framed.targets)
    wave = store.wave(1)
    expected = frames.pooled(band_frames(wave))
    count = frames.frame_count(len(wave), 1.0)
    stored, there = frames.FrameFile(framed.targets, store, 1.0).cut(1, 3, count)
    assert there.sum() == count - 3  # the last three lie beyond the end of the piece
    assert not stored[~there].any()
    back = space.to_units(stored[there]) * space.spread + space.mean
    level = space.spread * frames.CEILING / 255.0
    clipped = expected[3:count] > frames.CEILING * space.spread
    assert (np.abs(back - expected[3:count]) <= 0.51 * level)[~clipped].all()


@pytest.mark.parametrize("speed", [0.8, 0.9, 1.0, 1.12, 1.25])
@pytest.mark.parametrize("samples", [8_000, 23_456, 40_001])
def test_the_count_never_exceeds_what_the_teacher_returns(speed: float, samples: int) -> None:
    heard = band_frames(at_speed(np.zeros(samples, np.float32), speed))
    count = frames.frame_count(samples, speed)
    assert count <= len(frames.pooled(heard)) <= count + 1


def test_a_batch_brings_the_frames_of_its_crops(framed: Layout, recipe: Recipe) -> None:
    batch = BatchMaker(_with_frames(recipe), framed).make(0)
    assert batch.frames is not None
    assert batch.there is not None
    count = batch.waves.shape[1] // frames.HOP
    assert batch.frames.shape == (len(batch.pieces), count, frames.CHANNELS)
    store = Store.open(framed.store("train"))
    for row in range(len(batch.pieces)):
        speed = recipe.teacher.speeds[batch.speeds[row]]
        file = frames.FrameFile(framed.targets, store, speed)
        expected, there = file.cut(int(batch.pieces[row]), int(batch.starts[row]), count)
        assert np.array_equal(batch.frames[row], expected)
        assert np.array_equal(batch.there[row], there)


def test_a_student_that_repeats_the_frames_returns_the_teachers_embedding(
    framed: Layout, recipe: Recipe
) -> None:
    import torch

    from voice_training.network import Student, take_head

    store = Store.open(framed.store("train"))
    space = frames.load_space(store, framed.targets)
    student = Student(recipe.network, torch.device("cpu"))
    take_head(student, space)
    network = student.network.eval()
    teacher, found = _ask(store.wave(0))
    units = torch.from_numpy(((found - space.mean) / space.spread).T.copy())[None]
    with torch.inference_mode():
        raw = network.fc(network.asp_bn(network.asp(units))).squeeze().numpy()
    assert float(raw @ teacher / np.linalg.norm(raw)) > 0.999


def test_steps_bring_the_frames_nearer(framed: Layout, recipe: Recipe) -> None:
    import torch

    from voice_training.trainer import Trainer

    wanted = _with_frames(recipe)
    maker = BatchMaker(wanted, framed)
    store = Store.open(framed.store("train"))
    trainer = Trainer(wanted, framed, store, maker.classes, torch.device("cpu"))
    batch = maker.make(0)
    first = trainer.step(batch, 0.0).parts["frames"]
    for _ in range(15):
        last = trainer.step(batch, 0.0).parts["frames"]
    assert last < 0.9 * first


def test_an_interrupted_teacher_goes_on_where_it_was(framed: Layout, recipe: Recipe) -> None:
    store = Store.open(framed.store("train"))
    space = frames.load_space(store, framed.targets)
    path = frames.frame_path(framed.targets, store, 1.0)
    whole = path.read_bytes()
    path.write_bytes(whole[: frames.frame_starts(store, 1.0)[9] * frames.CHANNELS + 100])
    assert load_targets(framed.targets, store, (1.0,), frames=True).shape[1] == 9
    for step in range(5):  # training takes what there is
        assert BatchMaker(_with_frames(recipe), framed).make(step).pieces.max() < 9
    told: list[int] = []
    make_targets(store, 1.0, framed.targets, _ask, told.append, space)
    assert told == list(range(10, len(store) + 1))
    assert path.read_bytes() == whole


def test_frames_that_were_not_prepared_are_asked_for(work: Layout, recipe: Recipe) -> None:
    with pytest.raises(FileNotFoundError, match="prepare"):
        BatchMaker(_with_frames(recipe), work)
