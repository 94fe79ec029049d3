"""The commands as people type them, on the synthetic corpus; ``prepare`` would need the network."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from kiosk.speaker.bundles.bundle import Bundle
from voice_training.cli import app

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from voice_training.layout import Layout
    from voice_training.recipe import Recipe

pytestmark = pytest.mark.usefixtures("torch_ready")


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + " }"
    return json.dumps(value)


def _written(recipe: Recipe, path: Path) -> Path:
    content: Mapping[str, object] = recipe.model_dump(mode="json", exclude_none=True)
    path.write_text("".join(f"{key} = {_toml(each)}\n" for key, each in content.items()), "utf-8")
    return path


def _run(*arguments: object) -> str:
    answer = CliRunner().invoke(app, [str(each) for each in arguments])
    assert answer.exit_code == 0, answer.output
    return answer.output


def test_train_evaluate_export(work: Layout, recipe: Recipe) -> None:
    written = _written(recipe, work.root / "recipe.toml")
    common = ("--work", work.root, "--device", "cpu", "--recipe", written)
    assert "complete" in _run("train", *common)
    table = _run("evaluate", *common, "--replicates", 5)
    assert "| eval | 2 s | student + AS-norm |" in table
    rows = json.loads(work.scores.read_text(encoding="utf-8"))
    assert len(rows) == 4 * 4 * 2
    assert "| eval | 5 s |" not in _run("evaluate", *common, "--lengths", "whole,3")
    _run("curve", "--work", work.root, "--lists", "mean,validation-words", "--out", work.root / "c")
    assert "words: " in (work.root / "c").read_text(encoding="utf-8")
    _run("blend", work.best, work.best, "--out", work.root / "same.ckpt")
    before = work.scores_text.read_text(encoding="utf-8")
    _run("evaluate", *common, "--weights", work.root / "same.ckpt", "--lengths", "whole,3")
    assert "| eval | 3 s | student |" in before
    assert work.scores_text.read_text(encoding="utf-8").count("\n") == before.count("\n")
    folder = work.root / "bundle"
    assert "tiny-1" in _run("export", *common, "--out", folder)
    bundle = Bundle.open(folder)
    bundle.verify()
    assert "| eval | 3 s | student |" in bundle.file("MODEL_CARD.md").read_text(encoding="utf-8")


def test_what_is_wrong_is_said_in_words(work: Layout, recipe: Recipe) -> None:
    written = _written(recipe, work.root / "recipe.toml")
    for arguments, said in (
        (("train", "--recipe", written, "--until", "noon"), "noon"),
        (("train", "--recipe", written, "--device", "cuda:99"), "no CUDA"),
        (("evaluate", "--recipe", written, "--baselines", "magic"), "unknown baseline magic"),
        (("export", "--recipe", written, "--out", work.root / "out"), "best.ckpt does not exist"),
    ):
        answer = CliRunner().invoke(app, [str(a) for a in (*arguments, "--work", work.root)])
        assert answer.exit_code == 1, answer.output
        assert answer.stderr.startswith("Error: ")
        assert said in answer.stderr
    assert not (work.root / "out").exists()
