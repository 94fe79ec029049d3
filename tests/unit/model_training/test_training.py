from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import pytest

from voice_training.batches import Batch, BatchMaker, shared
from voice_training.loader import Loader
from voice_training.recipe import Recipe
from voice_training.schedule import Course, WorkingTime, learning_rate, parse_end
from voice_training.store import Store
from voice_training.targets import load_targets, make_targets

if TYPE_CHECKING:
    from voice_training.layout import Layout
    from voice_training.trainer import Trainer

pytestmark = pytest.mark.usefixtures("torch_ready")


def _trainer(recipe: Recipe, layout: Layout) -> tuple[Trainer, BatchMaker]:
    import torch

    from voice_training.trainer import Trainer

    maker = BatchMaker(recipe, layout)
    store = Store.open(layout.store("train"))
    return Trainer(recipe, layout, store, maker.classes, torch.device("cpu")), maker


def _with(recipe: Recipe, section: str, **values: Any) -> Recipe:
    content = recipe.model_dump()
    content[section].update(values)
    return Recipe.model_validate(content)


def _same(one: Batch, other: Batch) -> bool:
    return (
        one.step == other.step
        and one.mask == other.mask
        and np.array_equal(one.waves, other.waves)
        and np.array_equal(one.pieces, other.pieces)
        and np.array_equal(one.speeds, other.speeds)
        and np.array_equal(one.labels, other.labels)
    )


def test_a_batch_depends_on_seed_sitting_and_step_alone(prepared: Layout, recipe: Recipe) -> None:
    one, other = BatchMaker(recipe, prepared), BatchMaker(recipe, prepared)
    other.make(0)
    assert _same(one.make(5), other.make(5))
    assert not _same(one.make(5), one.make(6))
    assert not _same(one.make(5), BatchMaker(recipe, prepared, sitting=1).make(5))


def test_a_batch_holds_pairs_of_speakers(prepared: Layout, recipe: Recipe) -> None:
    maker = BatchMaker(recipe, prepared)
    items = Store.open(prepared.store("train")).items
    lengths = set()
    for step in range(8):
        batch = maker.make(step)
        lengths.add(batch.waves.shape[1])
        speakers = [items[piece].speaker for piece in batch.pieces]
        assert speakers[0::2] == speakers[1::2]
        assert len(set(speakers)) == recipe.batches.speakers
        assert (batch.labels[0::2] == batch.labels[1::2]).all()
        assert batch.labels.max() < maker.classes
    assert lengths == {8_000, 12_000}


def test_corpora_are_drawn_as_the_recipe_says(recipe: Recipe) -> None:
    weight = np.array([1.0, 3.0, 2.0, 2.0, 4.0])
    corpora = ["words", "words", "books", "other", "other"]
    plain = shared(weight, corpora, recipe)
    assert plain == pytest.approx(weight / 12.0)
    named = _with(recipe, "batches", shares={"words": 0.5, "absent": 0.2})
    assert shared(weight, corpora, named) == pytest.approx([0.125, 0.375, 0.125, 0.125, 0.25])
    every = _with(recipe, "batches", shares={"words": 0.5, "books": 0.3, "other": 0.3})
    assert shared(weight, corpora, every).sum() == pytest.approx(1.0)


def test_batches_come_in_order_from_two_processes(prepared: Layout, recipe: Recipe) -> None:
    twice = _with(recipe, "batches", loaders=2)
    maker = BatchMaker(recipe, prepared)
    with Loader(twice, prepared, sitting=0, first=3) as loader:
        for step in range(3, 8):
            assert _same(loader.take(), maker.make(step))


def test_a_step_learns(prepared: Layout, recipe: Recipe) -> None:
    plain = _with(recipe, "loss", relational=0.0, anchors=0.0, aam=0.0)
    trainer, maker = _trainer(plain, prepared)
    batch = maker.make(0)
    first = trainer.step(batch, 0.0).parts["cosine"]
    for _ in range(5):
        last = trainer.step(batch, 0.0).parts["cosine"]
    assert last < first


def test_a_resumed_training_ends_with_the_weights_of_an_uninterrupted_one(
    work: Layout, recipe: Recipe
) -> None:
    import torch

    straight, maker = _trainer(recipe, work)
    for step in range(2):
        straight.step(maker.make(step), step / 2)

    interrupted, maker = _trainer(recipe, work)
    interrupted.step(maker.make(0), 0.0)
    interrupted.save(work.last, 0.5)
    torch.manual_seed(99)  # whatever another process has drawn meanwhile
    resumed, maker = _trainer(recipe, work)
    assert resumed.resume(work.last) == 0.5
    resumed.step(maker.make(resumed.taken), 0.5)

    assert resumed.taken == straight.taken == 2
    for kept in ("network", "average"):
        one = straight.average.state if kept == "average" else straight.student.network.state_dict()
        two = resumed.average.state if kept == "average" else resumed.student.network.state_dict()
        assert one.keys() == two.keys()
        assert all(torch.equal(one[name], two[name]) for name in one), kept


def test_the_average_moves_slower_than_the_weights(prepared: Layout, recipe: Recipe) -> None:
    trainer, maker = _trainer(recipe, prepared)
    begin = {name: tensor.clone() for name, tensor in trainer.average.state.items()}
    trainer.step(maker.make(0), 0.0)
    moved = 0
    for name, now in trainer.student.network.state_dict().items():
        if now.is_floating_point():
            # After one step the decay is 2 / 11.
            expected = begin[name] + (now - begin[name]) * (1 - 2 / 11)
            assert np.allclose(trainer.average.state[name], expected, atol=1e-6)
            moved += 1
    assert moved > 10


def test_weights_of_another_network_are_refused(work: Layout, recipe: Recipe) -> None:
    trainer, _ = _trainer(recipe, work)
    trainer.save(work.last, 0.0)
    wider, _ = _trainer(_with(recipe, "network", channels=16), work)
    with pytest.raises(ValueError, match="do not fit"):
        wider.resume(work.last)


def test_a_whole_sitting(work: Layout, recipe: Recipe) -> None:
    import torch

    from voice_training.sitting import NothingToDo, run_sitting, validation_tables

    device, said = torch.device("cpu"), list[str]()
    assert run_sitting(recipe, work, device, said.append)
    entry = json.loads((work.run / "validation.jsonl").read_text(encoding="utf-8"))
    assert (entry["step"], entry["best"]) == (2, True)
    assert set(entry["eer"]) == {"validation-books", "validation-words", "mean"}
    eer, speakers = entry["eer"], {}
    for table in validation_tables(work, Store.open(work.store("validation"))):
        speakers[table.name] = len(np.unique(table.speakers[table.one]))
    assert eer["mean"] == pytest.approx(
        sum(eer[name] * count for name, count in speakers.items()) / sum(speakers.values())
    )
    with pytest.raises(NothingToDo):
        run_sitting(recipe, work, device, said.append)
    assert run_sitting(recipe, work, device, said.append, again=True)
    entries = (work.run / "validation.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["sitting"] for line in entries] == [0, 1]


def test_targets_are_made_once_and_match_their_speed(prepared: Layout, recipe: Recipe) -> None:
    store = Store.open(prepared.store("train"))
    loaded = load_targets(prepared.targets, store, recipe.teacher.speeds)
    assert loaded.shape == (2, len(store), 192)
    assert np.allclose(np.linalg.norm(loaded, axis=2), 1.0, atol=1e-5)
    assert not np.allclose(loaded[0], loaded[1], atol=0.05)

    def never(_: object) -> NoReturn:
        raise AssertionError("the teacher was asked again")

    make_targets(store, 1.0, prepared.targets, never, lambda _: None)
    with pytest.raises(FileNotFoundError, match="run prepare"):
        load_targets(prepared.targets, store, (1.0, 0.7))


def test_the_rate_rises_then_falls_to_its_floor(recipe: Recipe) -> None:
    schedule = _with(recipe, "schedule", steps=100, warmup_steps=10, rate=1.0).schedule
    assert learning_rate(schedule, 0, 0.0) == pytest.approx(0.1)
    assert learning_rate(schedule, 9, 0.0) == pytest.approx(1.0)
    assert learning_rate(schedule, 50, 0.5) == pytest.approx(0.5)
    assert learning_rate(schedule, 50, 0.25) == pytest.approx((1 + math.sqrt(0.5)) / 2)
    assert learning_rate(schedule, 100, 1.0) == pytest.approx(schedule.final_share)


def test_a_course_by_the_clock_keeps_what_was_done() -> None:
    course = Course(steps=10, done=0.4, begin=100.0, end=200.0)
    assert course.progress(3, 100.0) == pytest.approx(0.4)
    assert course.progress(3, 150.0) == pytest.approx(0.7)
    assert course.progress(3, 999.0) == 1.0
    assert Course(steps=10).progress(3, 999.0) == pytest.approx(0.3)


def test_working_time_leaves_pauses_out() -> None:
    readings = iter([1000.0, 1005.0, 1065.0, 4665.0, 4675.0])
    clock = WorkingTime(lambda: next(readings), longest=60.0)
    assert [clock() for _ in range(4)] == [5.0, 65.0, 65.0, 75.0]


def test_an_end_is_the_next_such_time_of_day() -> None:
    now = datetime(2030, 1, 1, 23, 30, tzinfo=UTC)
    assert parse_end("23:45", now) == 15 * 60
    assert parse_end("00:15", now) == 45 * 60
    with pytest.raises(ValueError, match="time data"):
        parse_end("noon", now)


def test_live_targets_hear_the_clean_signal_at_one_length(prepared: Layout, recipe: Recipe) -> None:
    live = _with(recipe, "teacher", mode="live", speeds=[0.8, 1.25], live_seconds=1.0)
    maker = BatchMaker(live, prepared)
    batch = maker.make(0)
    assert batch.features is not None
    assert batch.features.shape == (6, 98, 80)
    assert np.abs(batch.features.mean(axis=1)).max() < 1e-4
    assert _same(batch, BatchMaker(live, prepared).make(0))
