from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from voice_training.prepare import in_order
from voice_training.recipe import Recipe, Validation
from voice_training.split import Utterance, held_out, read_list, spans
from voice_training.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from voice_training.layout import Layout


def _utterances(speakers: int, takes: int = 3) -> list[Utterance]:
    return [
        Utterance(f"words/{speaker:03}", f"words/{speaker:03}/{take}.wav", 4.0)
        for speaker in range(speakers)
        for take in range(takes)
    ]


def test_nobody_is_both_trained_on_and_judged_by(prepared: Layout) -> None:
    train = {item.speaker for item in Store.open(prepared.store("train")).items}
    judged = {item.speaker for item in Store.open(prepared.store("validation")).items}
    assert len(judged) == 5
    assert len(train) == 8
    assert not train & judged


def test_a_seed_holds_out_the_same_speakers_whatever_the_order() -> None:
    wanted = Validation(speakers={"words": 10})
    chosen = held_out(_utterances(50), wanted, seed=1)
    assert len(chosen) == 10
    assert held_out(reversed(_utterances(50)), wanted, seed=1) == chosen
    assert held_out(_utterances(50), wanted, seed=2) != chosen


def test_speakers_with_too_few_recordings_are_not_held_out() -> None:
    listed = _utterances(5, takes=1) + [
        Utterance("words/many", f"words/many/{take}.wav", 4.0) for take in range(3)
    ]
    chosen = held_out(listed, Validation(speakers={"words": 1}, min_recordings=3), seed=1)
    assert chosen == {"words/many"}


def test_cutting_makes_several_recordings_of_one() -> None:
    listed = [Utterance("books/1", "books/1/0.wav", 14.0), Utterance("books/2", "x.wav", 5.0)]
    wanted = Validation(speakers={"books": 1}, min_recordings=3, cut_seconds={"books": 3.0})
    assert held_out(listed, wanted, seed=1) == {"books/1"}


def test_too_few_speakers_to_hold_out_is_an_error() -> None:
    with pytest.raises(ValueError, match="only 5 of 6"):
        held_out(_utterances(5), Validation(speakers={"words": 6}), seed=1)


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (9, []),
        (10, [(0, 10)]),
        (60, [(0, 60)]),
        (61, [(0, 30), (30, 61)]),
        (140, [(0, 46), (46, 93), (93, 140)]),
    ],
)
def test_spans_are_equal_and_lose_nothing(count: int, expected: list[tuple[int, int]]) -> None:
    assert spans(count, longest=60, shortest=10) == expected


def test_recordings_to_judge_by_are_cut_to_length(prepared: Layout, recipe: Recipe) -> None:
    items = Store.open(prepared.store("validation")).items
    lengths = {len(item) for item in items if item.speaker.startswith("books/")}
    assert lengths == {int(recipe.validation.cut_seconds["books"] * 16_000)}


def test_a_list_that_is_short_of_a_column_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "list.tsv"
    path.write_text("speaker\tpath\tseconds\nwords/1\ta.wav\n", encoding="utf-8")
    with pytest.raises(ValueError, match="not enough values"):
        read_list(path)


def test_whole_languages_and_the_same_people_elsewhere_are_held_out() -> None:
    listed = [
        Utterance(f"phones/{n}", f"phones/{n}/{take}.wav", 4.0, language="th" if n < 2 else "de")
        for n in range(6)
        for take in range(3)
    ]
    listed += [Utterance(f"phones_2/{n}", f"phones_2/{n}.wav", 4.0) for n in range(6)]
    listed += [Utterance(f"words/{n}", f"words/{n}.wav", 4.0) for n in range(6)]
    wanted = Validation(
        speakers={"phones": 2},
        languages={"phones": ("th",)},
        more_recordings={"phones": 3},
        same_people=(("phones", "phones_2"),),
    )
    chosen = held_out(listed, wanted, seed=1)
    assert {"phones/0", "phones/1"} < chosen
    numbers = {speaker.split("/")[1] for speaker in chosen}
    assert len(numbers) == 4
    assert chosen == {f"{source}/{n}" for source in ("phones", "phones_2") for n in numbers}


def test_the_first_part_of_the_order_is_a_sample_by_shares(recipe: Recipe) -> None:
    listed = [
        Utterance(f"{source}/{n}", f"{source}/{n}.wav", 4.0)
        for source, count in (("rare", 100), ("common", 900))
        for n in range(count)
    ]
    content = recipe.model_dump()
    content["batches"]["shares"] = {"rare": 0.5}
    ordered = in_order(listed, Recipe.model_validate(content))
    assert sorted(ordered, key=lambda u: u.path) == sorted(listed, key=lambda u: u.path)
    assert ordered == in_order(reversed(listed), Recipe.model_validate(content))
    assert 35 < sum(u.corpus == "rare" for u in ordered[:100]) < 65
