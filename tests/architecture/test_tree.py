"""The shape of the source tree: small files in known places, without leftovers."""

from __future__ import annotations

import ast
import re
from collections import Counter
from typing import TYPE_CHECKING

from tests.architecture.source_tree import ROOT, dotted, files, python_files, tree

if TYPE_CHECKING:
    from pathlib import Path

TOP_LEVEL = {
    ".ci",
    ".gitignore",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "kiosk",
    "packaging",
    "pyproject.toml",
    "resources",
    "tests",
}
MAX_LINES = {"kiosk/ui": 300, "kiosk": 350, "tests": 400, "packaging": 400}
MAX_MODULES = 15

# Spelled so that this file does not contain them itself.
PRIVATE_PATHS = re.compile(r"(?<![\w.])/(?:work|root|home/\w+)" + "/")
TEXT_SUFFIXES = {".py", ".md", ".toml", ".txt", ".sh", ".yaml", ".json", ".spec", ".service", ""}


def test_top_level_holds_only_what_belongs_there() -> None:
    assert {path.parts[0] for path in files()} - TOP_LEVEL == set()


def limit_of(path: Path) -> int:
    return next(most for folder, most in MAX_LINES.items() if path.is_relative_to(folder))


def test_files_are_short() -> None:
    lines = {
        path: len((ROOT / path).read_text(encoding="utf-8").splitlines())
        for path in python_files("kiosk", "tests", "packaging")
    }
    assert {str(path): n for path, n in lines.items() if n > limit_of(path)} == {}


def test_folders_are_small() -> None:
    modules = Counter(
        path.parent.as_posix()
        for path in python_files("kiosk", "tests")
        if path.name != "__init__.py"
    )
    assert {folder: n for folder, n in modules.items() if n > MAX_MODULES} == {}


def test_program_does_not_print() -> None:
    # Commands answer through one rich console, which can be silenced and tested.
    found = [
        f"{path}:{node.lineno}"
        for path in python_files("kiosk")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and dotted(node.func) == "print"
    ]
    assert found == []


def test_packages_say_what_they_are_for() -> None:
    silent = [
        str(path)
        for path in python_files("kiosk")
        if path.name == "__init__.py" and not ast.get_docstring(tree(path))
    ]
    assert silent == []


def test_every_folder_of_the_program_is_a_package() -> None:
    # A folder without __init__.py is left out of nothing today and of the frozen program tomorrow.
    folders = {path.parent for path in python_files("kiosk")}
    assert [str(f) for f in sorted(folders) if f / "__init__.py" not in files()] == []


def test_folder_packaging_hides_no_library() -> None:
    # As a regular package it would be imported in the place of the library called packaging.
    assert not (ROOT / "packaging" / "__init__.py").exists()


def test_no_private_paths() -> None:
    found = []
    for path in files():
        if path.suffix not in TEXT_SUFFIXES:
            continue
        text = (ROOT / path).read_text(encoding="utf-8", errors="replace")
        for number, line in enumerate(text.splitlines(), 1):
            if PRIVATE_PATHS.search(line):
                found.append(f"{path}:{number}: {line.strip()}")
    assert found == []
