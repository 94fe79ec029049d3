from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.integration.cli.support import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.cli.support import Cli, Sounds


def test_embeddings_are_a_json_array(cli: Cli, sounds: Sounds) -> None:
    files = [sounds("slt", 0), sounds("slt", 1), sounds("rms", 0)]
    answer = cli("embed", *files)
    assert (answer.code, answer.err) == (0, "")
    rows = answer.json
    assert [row["file"] for row in rows] == [str(file) for file in files]
    assert len({row["model_id"] for row in rows}) == 1
    vectors = np.array([row["embedding"] for row in rows])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1.0, 1.0, 1.0], abs=1e-6)
    assert vectors[0] @ vectors[1] > 0.7 > 0.5 > vectors[0] @ vectors[2]
    assert cli("embed", files[0], "--json").json == rows[:1]


@pytest.fixture
def trials(sounds: Sounds, tmp_path: Path) -> Path:
    names = {v: [sounds(v, number).name for number in range(3)] for v in ("awb", "rms", "slt")}
    lines = [f"1 {files[0]} {files[1]}\n1 {files[1]} {files[2]}\n" for files in names.values()]
    lines += [f"0 {names[a][0]} {names[b][0]}\n" for a, b in (("awb", "rms"), ("rms", "slt"))]
    path = tmp_path / "trials.txt"
    path.write_text("".join(lines), encoding="utf-8")
    return path


def test_error_rates_over_a_list_of_trials(cli: Cli, sounds: Sounds, trials: Path) -> None:
    answer = cli("evaluate", trials, "--root", sounds.folder, "--json")
    assert (answer.code, answer.err) == (0, "")
    found = answer.json
    assert found["trials"] == {"total": 8, "genuine": 6, "impostor": 2}
    assert (found["files"], found["eer"], found["min_dcf"]) == (9, 0.0, 0.0)
    assert found["fmr_1_percent"]["fmr"] == found["fmr_1_percent"]["fnmr"] == 0.0
    assert found["present"]["fmr"] == 0.0
    assert 0.0 < found["threshold_at_eer"] < 1.0
    short = cli("evaluate", trials, "--root", sounds.folder, "--max-seconds", "1.5", "--json")
    assert short.json["threshold_at_eer"] != found["threshold_at_eer"]
    words = cli("evaluate", trials, "--root", sounds.folder)
    assert "EER" in words.out
    assert "0.00%" in words.out


def test_what_cannot_be_evaluated(cli: Cli, sounds: Sounds, tmp_path: Path, trials: Path) -> None:
    cli.refuses("AUD-001", "evaluate", tmp_path / "none.txt")
    # Without --root the files are sought beside the list, where they are not.
    assert "awb-0.wav" in cli.refuses("AUD-001", "evaluate", trials)
    trials.write_text("1 slt-0.wav slt-1.wav\n", encoding="utf-8")
    assert "both kinds" in cli.refuses("AUD-001", "evaluate", trials, "--root", sounds.folder)
    trials.write_text("slt-0.wav slt-1.wav\n", encoding="utf-8")
    assert "Line 1" in cli.refuses("AUD-001", "evaluate", trials, "--root", sounds.folder)


def test_progress_is_shown_on_the_terminal_and_never_in_the_answer(
    sounds: Sounds, trials: Path
) -> None:
    terminal = Terminal("evaluate", trials, "--root", sounds.folder, "--json")
    code, out = terminal.end()
    assert (code, json.loads(out)["files"]) == (0, 9)
    assert "Loading the voice model" in terminal.text
    assert "9/9" in terminal.text
