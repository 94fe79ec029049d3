"""Which installed packages the program needs at run time, and which of them need which.

Run by the interpreter whose packages are meant: ``python -m releasing.needed`` writes JSON, from
the normal name of each package to those that it needs; the program itself is ``voice-kiosk``.
Extras are followed only where somebody asks for them: that tells the program's packages from a
developer's.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from importlib import metadata
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

from releasing.version import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = "voice-kiosk"
IN_THE_PROGRAM = ("postgresql", "redis")
"""The extras that the frozen program contains."""

Wanted = tuple[str, frozenset[str]]
"""The normal name of a package, and the extras of it that are wanted."""


def normal(name: str) -> str:
    """Return the name of a package as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def asked_for(root: Path = ROOT) -> list[str]:
    """Return the requirements of the program, those of its extras in the frozen one included."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    return [*project["dependencies"], *(each for name in IN_THE_PROGRAM for each in extras[name])]


def needed(requirements: list[str]) -> dict[str, list[str]]:
    """Return every package that is needed, with the names of those that it needs itself.

    Args:
        requirements: of the program, as ``pyproject.toml`` writes them.

    Raises:
        LookupError: one is not installed.
    """
    first = _wanted(requirements, frozenset())
    found: dict[str, set[str]] = {PROGRAM: {name for name, _ in first}}
    seen: set[Wanted] = set()
    rest = list(first)
    while rest:
        name, extras = wanted = rest.pop()
        if wanted in seen:
            continue
        seen.add(wanted)
        try:
            asked = metadata.requires(name) or []
        except metadata.PackageNotFoundError as exc:
            raise LookupError(f"{name} is needed, but not installed") from exc
        below = _wanted(asked, extras)
        found.setdefault(name, set()).update(each for each, _ in below)
        rest.extend(below)
    return {name: sorted(below - {name}) for name, below in sorted(found.items())}


def _wanted(requirements: list[str], extras: frozenset[str]) -> list[Wanted]:
    """Return those of the requirements that hold on this machine, for some extras."""
    held = []
    for text in requirements:
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": each}) for each in (extras or {""})):
            held.append((normal(requirement.name), frozenset(requirement.extras)))
    return held


if __name__ == "__main__":
    sys.stdout.write(json.dumps(needed(asked_for())) + "\n")
