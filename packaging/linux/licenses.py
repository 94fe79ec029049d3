"""Collects the licenses of what the frozen program holds.

    python packaging/linux/licenses.py OUT

Writes one folder for each Python distribution below OUT, and prints a line about each for
``debian/copyright``. Distributions are those that the kiosk requires, followed through their
requirements in this environment; of the system's libraries none is frozen.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import sysconfig
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

_ROOT = "voice-kiosk"
_EXTRAS = ("postgresql", "redis")
_TEXT = re.compile(r"(licen[cs]e|copying|notice|authors)", re.IGNORECASE)


def distributions(root: str = _ROOT, extras: tuple[str, ...] = _EXTRAS) -> list[str]:
    """Return the names of what a distribution requires here, itself excepted, in order."""
    found: set[str] = set()
    waiting = [(root, frozenset(extras))]
    seen = set(waiting)
    while waiting:
        name, wanted = waiting.pop()
        try:
            required = metadata.distribution(name).requires or []
        except metadata.PackageNotFoundError:
            continue  # for another platform or an extra that nobody asked for
        found.add(_normal(name))
        for requirement in map(Requirement, required):
            marker = requirement.marker
            if marker and not any(marker.evaluate({"extra": each}) for each in {"", *wanted}):
                continue
            entry = (_normal(requirement.name), frozenset(requirement.extras))
            if entry not in seen:
                seen.add(entry)
                waiting.append(entry)
    return sorted(found - {_normal(root)})


def license_of(name: str) -> str:
    """Return the license of a distribution in a few words, as it says itself."""
    about = metadata.metadata(name)
    text = " ".join(about.get_all("License-Expression") or [])
    if not text:
        classified = [
            each.rpartition(" :: ")[2]
            for each in about.get_all("Classifier") or []
            if each.startswith("License ::")
        ]
        stated = " ".join(about.get_all("License") or []).strip()
        text = ", ".join(classified) or (stated if "\n" not in stated else "") or "see its files"
    return " ".join(text.split())


def collect(name: str, out: Path) -> int:
    """Copy the license files of a distribution; return how many there are."""
    copied = 0
    for file in metadata.files(name) or []:
        if ".dist-info" not in file.parts[0] or not _TEXT.search("/".join(file.parts[1:])):
            continue
        source = Path(str(file.locate()))
        if source.is_file() and source.suffix not in (".py", ".pyc"):
            target = out / name / "-".join(file.parts[1:])
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            copied += 1
    return copied


def main() -> None:
    """Write the files and print the list."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    out: Path = parser.parse_args().out
    for name in distributions():
        collect(name, out)
        print(f"  {name} {metadata.version(name)}: {license_of(name)}")
    interpreter = Path(sysconfig.get_path("stdlib")) / "LICENSE.txt"
    if interpreter.is_file():
        target = out / "python" / "LICENSE.txt"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(interpreter, target)
    print(f"  python {sys.version.split()[0]}: Python-2.0")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    main()
