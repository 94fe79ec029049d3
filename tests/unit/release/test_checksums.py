"""The script that writes and compares the checksums of what is handed out."""

from __future__ import annotations

import hashlib
import subprocess
from typing import TYPE_CHECKING

from releasing.version import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = ROOT / "packaging" / "release" / "checksums.sh"


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(SCRIPT), *map(str, arguments)], capture_output=True, text=True, check=False
    )


def test_what_is_handed_out_is_summed_and_compared(tmp_path: Path) -> None:
    package, bom = tmp_path / "kiosk_1_amd64.deb", tmp_path / "a list.cdx.json"
    package.write_bytes(b"package")
    bom.write_bytes(b"list")
    (tmp_path / "notes.txt").write_text("not handed out", encoding="utf-8")
    done = run(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    lines = (tmp_path / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    assert lines == [
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}" for file in (package, bom)
    ]
    assert run("--check", tmp_path).returncode == 0
    package.write_bytes(b"another")
    changed = run("--check", tmp_path)
    assert changed.returncode == 1
    assert "are not what SHA256SUMS says" in changed.stderr


def test_nothing_to_hand_out_is_told(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "build it first" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    assert "There is no folder" in run(tmp_path / "missing").stderr
    assert "There is no SHA256SUMS" in run("--check", tmp_path).stderr
