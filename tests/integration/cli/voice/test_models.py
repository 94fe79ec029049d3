from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from kiosk.resources import resources_dir

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.cli.support import Cli, Sounds


def model_folder(target: Path) -> Path:
    """Return a copy of the built-in model without a manifest, as somebody might bring along."""
    shutil.copytree(resources_dir() / "models" / "ecapa-kiosk", target)
    (target / "manifest.json").unlink()
    return target


def test_the_built_in_model_is_in_use(cli: Cli) -> None:
    model, second = cli("model", "list", "--json").json["models"]
    assert (model["builtin"], model["in_use"], model["dim"]) == (True, True, 192)
    assert (second["builtin"], second["in_use"], second["dim"]) == (True, False, 192)
    assert [model["architecture"], second["architecture"]] == ["ecapa", "campplus"]
    shown = cli("model", "show", "--json").json
    assert shown == {**model, "threshold_in_force": 0.25}
    assert "kiosk model policy" in cli("model", "show").out
    assert model["model_id"] in cli("model", "list").out
    assert model["threshold_basis"].split()[0] in cli("model", "show").out


def test_the_policy_is_shown_and_set(cli: Cli) -> None:
    own = cli("model", "policy", "--json").json
    assert (own["one_in"], own["people"], own["fmr"], own["bound"]) == (100, 0, None, None)
    assert own["people_needed"] == 299
    shown = cli("model", "policy").out
    assert "At most 1 impostor in 100 is accepted.\n" in shown
    assert "is based on measurements elsewhere" in shown
    assert "takes 299 people" in shown
    assert cli("model", "policy", "1000", "--json").json["one_in"] == 1000
    for value in ("9", "0", "-5", "100001", "often", "0.25", "nan"):
        cli.refuses("USR-001", "model", "policy", value)
    assert cli("model", "policy", "--json").json["one_in"] == 1000
    assert cli("model", "policy", "100", "--json").json == {"one_in": 100}
    assert cli("model", "policy", "--json").json == own


@pytest.mark.usefixtures("enrolled")
def test_what_the_policy_means_for_the_people_here(cli: Cli) -> None:
    found = cli("model", "policy", "--json").json
    assert (found["people"], found["fmr"], found["fnmr"]) == (2, 0.0, 0.0)
    assert found["bound"] > 0.5, "two people say little"
    assert (
        "Of the 2 people here as impostors to each other 0.00% were" in cli("model", "policy").out
    )
    line = cli.refuses("USR-001", "model", "threshold", "0.3")
    assert "kiosk model policy" in line
    # Each alone has its own calibration.
    assert cli("model", "also", "none").code == 0
    assert cli("model", "policy", "--json").json["people"] == 2
    cli.refuses("USR-001", "model", "threshold")


def test_the_threshold_of_a_model_that_was_never_calibrated(cli: Cli, tmp_path: Path) -> None:
    mine = cli("model", "install", model_folder(tmp_path / "mine"), "--json").json["model_id"]
    assert cli("model", "use", mine).code == 0
    own = cli("model", "threshold", "--json").json
    assert (own["model_id"], own["threshold"]) == (mine, own["default"])
    assert "the model's own" in cli("model", "threshold").out
    cli.refuses("USR-001", "model", "threshold", "-0.25")
    assert cli("model", "threshold", "0.42", "--json").json == {**own, "threshold": 0.42}
    assert "0.420 (the model's own: " in cli("model", "threshold").out
    for value in ("7", "nan", "1.0", "often"):
        cli.refuses("USR-001", "model", "threshold", value)
    assert cli("model", "threshold", "--json").json["threshold"] == 0.42
    assert cli("model", "threshold", "default", "--json").json == own
    assert "kiosk model threshold" in cli.refuses("USR-001", "model", "policy", "1000")
    # What was refused was not stored either.
    assert cli("model", "use", "ecapa-kiosk-2").code == 0
    assert cli("model", "policy", "--json").json["one_in"] == 100


@pytest.mark.usefixtures("enrolled")
def test_installing_using_and_altering_a_model(
    cli: Cli, sounds: Sounds, enrolled: Path, tmp_path: Path
) -> None:
    builtin = cli("model", "show", "--json").json["model_id"]
    installed = cli("model", "install", model_folder(tmp_path / "mine"), "--json")
    assert (installed.code, installed.err) == (0, "")
    mine = installed.json["model_id"]
    assert not installed.json["in_use"]
    assert mine != builtin
    used = cli("model", "use", mine, "--yes", "--json").json
    assert (used["in_use"], used["reenroll"]) == (True, ["anna", "rob"])
    cli.refuses("USR-005", "verify", "--user", "anna", sounds("slt", 4))
    cli.refuses("USR-004", "identify", sounds("slt", 4))

    weights = next((enrolled / "models").rglob("embedding_model.ckpt"))
    weights.chmod(0o600)
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    line = cli.refuses("MDL-002", "verify", "--user", "anna", sounds("slt", 4))
    assert "embedding_model.ckpt" in line
    cli.refuses("MDL-002", "model", "use", mine)
    doctor = cli("doctor", "--json")
    found = next(each for each in doctor.json["findings"] if each["name"] == "voice model")
    assert (doctor.code, found["ok"], found["detail"][:7]) == (1, False, "MDL-002")
    assert "in use" in cli("model", "use", builtin).out
    cli.refuses("MDL-002", "model", "use", mine, "--yes")
    assert cli("model", "show", "--json").json["model_id"] == builtin
    assert cli("verify", "--user", "anna", sounds("slt", 4)).code == 0
    assert cli("model", "install", tmp_path / "mine", "--json").json["model_id"] == mine
    assert cli("model", "use", mine, "--yes").code == 0


def test_what_is_no_model(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file.zip").write_bytes(b"PK not really")
    for source in (tmp_path / "folder", tmp_path / "file.zip", tmp_path / "none"):
        answer = cli("model", "install", source, "--json")
        assert answer.code == 2
        assert answer.json["error"]["code"].startswith("MDL-")
        assert answer.err.count("\n") == 1
    assert len(cli("model", "list", "--json").json["models"]) == 2
    cli.refuses("MDL-001", "model", "use", "none")
    cli.refuses("MDL-001", "model", "show", "none")
