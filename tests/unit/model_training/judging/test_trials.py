from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from voice_training.layout import Layout
from voice_training.prepare import prepare_stores
from voice_training.trials import Trial, all_trials, read_trials, write_trials

if TYPE_CHECKING:
    from pathlib import Path

    from voice_training.recipe import Recipe

RECORDINGS = [(f"{speaker}/{take}", speaker) for speaker in "abcdef" for take in range(4)]


def test_every_genuine_pair_and_a_bounded_number_of_impostor_pairs() -> None:
    trials = all_trials(RECORDINGS, max_impostors=50, seed=1)
    assert sum(trial.genuine for trial in trials) == 6 * 6
    assert sum(not trial.genuine for trial in trials) == 50
    assert len({(trial.one, trial.other) for trial in trials}) == len(trials)
    assert all(trial.genuine == (trial.one[0] == trial.other[0]) for trial in trials)


def test_the_same_trials_whatever_the_order_of_the_recordings() -> None:
    trials = all_trials(RECORDINGS, 50, seed=1)
    assert all_trials(RECORDINGS[::-1], 50, seed=1) == trials
    assert all_trials(RECORDINGS, 50, seed=2) != trials


def test_lists_are_read_as_they_were_written(tmp_path: Path) -> None:
    trials = all_trials(RECORDINGS, 50, seed=1)
    write_trials(tmp_path / "list.txt", trials)
    assert read_trials(tmp_path / "list.txt") == trials


def test_a_label_is_zero_or_one(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("yes a b\n", encoding="utf-8")
    with pytest.raises(ValueError, match="begins with 0 or 1"):
        read_trials(path)


def test_preparing_twice_gives_the_same_files(
    corpus: Path, recipe: Recipe, prepared: Layout, tmp_path: Path
) -> None:
    again = Layout(tmp_path)
    prepare_stores([corpus], recipe, again)
    kept = sorted(p.relative_to(prepared.root) for p in prepared.root.glob("*/*.t*"))
    kept += sorted(p.relative_to(prepared.root) for p in prepared.root.glob("stores/*/*"))
    kept.append(prepared.held_out.relative_to(prepared.root))
    assert len(kept) == 3 + 5 * 2 + 1
    for name in kept:
        assert (again.root / name).read_bytes() == (prepared.root / name).read_bytes()


def test_eval_trials_are_taken_over(prepared: Layout) -> None:
    assert read_trials(prepared.trials / "eval.txt") == [
        Trial(True, "other/0/000.wav", "other/0/001.wav"),
        Trial(False, "other/0/000.wav", "other/1/000.wav"),
    ]
