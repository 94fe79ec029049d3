"""The source tree as the architecture tests look at it."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

GENERATED = {".git", ".venv", "__pycache__", "demo-out", "dist", "build"}
"""What is skipped where git cannot be asked, such as in an unpacked archive."""


@cache
def files() -> tuple[Path, ...]:
    """Return the project's own files, relative to the root: tracked, or new and not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        paths = [Path(name) for name in listed.stdout.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        paths = [path.relative_to(ROOT) for path in ROOT.rglob("*")]
        paths = [path for path in paths if not GENERATED & set(path.parts)]
    return tuple(sorted(path for path in paths if (ROOT / path).is_file()))


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
