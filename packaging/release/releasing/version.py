"""The version of the program, for whatever is built from the tree: decided in pyproject.toml alone.

``python -m releasing.version`` prints it (``1.2.0``), with ``--numbers`` as Windows wants it
(``1.2.0.0``); ``packaging/release`` must be on the path.
"""

from __future__ import annotations

import argparse
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
_RELEASE = re.compile(r"\d+(?:\.\d+)*")


def version(root: Path = ROOT) -> str:
    """Return the version that ``pyproject.toml`` names."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])


def numbers(text: str) -> tuple[int, int, int, int]:
    """Return a version as four numbers: what follows the release, such as ``rc1``, is dropped.

    Raises:
        ValueError: it does not begin with a number, or has more than four.
    """
    release = _RELEASE.match(text)
    parts = [int(part) for part in release[0].split(".")] if release else []
    if not 1 <= len(parts) <= 4:
        raise ValueError(f"{text!r} is no version of up to four numbers")
    major, minor, patch, build = parts + [0] * (4 - len(parts))
    return major, minor, patch, build


def main() -> None:
    """Print the version."""
    parser = argparse.ArgumentParser(description="Print the version of the program.")
    parser.add_argument("--numbers", action="store_true", help="as four numbers")
    text = version()
    print(".".join(map(str, numbers(text))) if parser.parse_args().numbers else text)


if __name__ == "__main__":
    main()
