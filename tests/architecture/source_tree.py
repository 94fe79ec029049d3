"""The source tree as the architecture tests look at it."""

from __future__ import annotations

import ast
import subprocess
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]


@cache
def files() -> tuple[Path, ...]:
    """Return the project's own files, relative to the root: tracked, or new and not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        paths = [Path(name) for name in listed.stdout.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        paths = list(_walk(ROOT, [".git", *_ignored_names()]))
    return tuple(sorted(path for path in paths if (ROOT / path).is_file()))


def _ignored_names() -> list[str]:
    """Return the patterns of .gitignore, for where git cannot be asked: in an unpacked archive."""
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    return [line.strip("/") for line in lines if line and not line.startswith("#")]


def _walk(folder: Path, ignored: list[str]) -> Iterator[Path]:
    """Yield the files below a folder, relative to the root, without those of ignored names."""
    for path in folder.iterdir():
        if any(fnmatch(path.name, pattern) for pattern in ignored):
            continue
        if path.is_dir():
            yield from _walk(path, ignored)
        else:
            yield path.relative_to(ROOT)


def python_files(*folders: str) -> list[Path]:
    """Return the Python files below some of the top-level folders."""
    return [path for path in files() if path.suffix == ".py" and path.parts[0] in folders]


def ui_files() -> list[Path]:
    """Return the Python files of the screens."""
    return [path for path in python_files("kiosk") if path.parts[:2] == ("kiosk", "ui")]


@cache
def tree(path: Path) -> ast.Module:
    """Return the parsed text of one file."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), filename=str(path))


def dotted(node: ast.expr) -> str:
    """Return the text of a name such as ``self.view.title``; empty for other expressions."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""
