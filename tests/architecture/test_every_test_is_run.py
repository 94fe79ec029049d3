"""The checking script names folders of tests; a new folder must not be forgotten."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_checking_script_runs_every_test() -> None:
    script = (ROOT / "packaging/setup/check.sh").read_text(encoding="utf-8")
    named = {word for word in script.split() if word.startswith("tests/")}
    files = [path.relative_to(ROOT) for path in (ROOT / "tests").rglob("test_*.py")]
    assert len(files) > 100
    forgotten = [
        str(file) for file in files if not named & {str(parent) for parent in file.parents}
    ]
    assert forgotten == []
