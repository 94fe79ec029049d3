"""The version is decided in one place, and everything else reads it there."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from typing import TYPE_CHECKING

import pytest

import kiosk.installation
from releasing.version import ROOT, numbers, version
from tests.architecture.source_tree import files

if TYPE_CHECKING:
    from pathlib import Path

# Where packages of others are pinned, and where versions of the past are told.
_OF_OTHERS = {"packaging/constraints.txt", "CHANGELOG.md", "pyproject.toml"}
_TEXTS = {
    *(".py", ".sh", ".md", ".toml", ".yml", ".yaml", ".iss", ".ps1", ".plist", ".xml", ".spec"),
    *(".desktop", ".service", ".in", ".control", ""),
}


def test_the_program_tells_the_version_of_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert version() == project["project"]["version"]
    assert kiosk.installation.version() == version() == metadata.version("voice-kiosk")


def test_no_other_file_of_a_package_holds_the_version() -> None:
    literal = re.compile(rf"(?<![\d.]){re.escape(version())}(?![\d.])")
    holding = [
        str(path)
        for path in files()
        if path.parts[0] in {"packaging", "kiosk", ".ci", "README.md", "Makefile"}
        and str(path) not in _OF_OTHERS
        and path.suffix in _TEXTS
        and literal.search((ROOT / path).read_text(encoding="utf-8", errors="replace"))
    ]
    assert holding == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1.2.3", (1, 2, 3, 0)),
        ("1.2", (1, 2, 0, 0)),
        ("1.2.3.4", (1, 2, 3, 4)),
        ("2.0.0rc1", (2, 0, 0, 0)),
        ("10.20.30+local", (10, 20, 30, 0)),
    ],
)
def test_windows_gets_four_numbers(text: str, wanted: tuple[int, ...]) -> None:
    assert numbers(text) == wanted


@pytest.mark.parametrize("text", ["", "next", "1.2.3.4.5"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no version"):
        numbers(text)


def test_another_tree_has_another_version(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "7.8.9"\n', encoding="utf-8")
    assert version(tmp_path) == "7.8.9"
