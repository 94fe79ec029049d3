"""Writes kiosk.1 and the completions into a folder; see packaging/linux/build_deb.sh."""

from __future__ import annotations

import argparse
from pathlib import Path

from command_docs import completion
from command_docs.manual import manual
from command_docs.tree import read


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(prog="command_docs", description=__doc__)
    parser.add_argument("out", type=Path, help="the folder")
    parser.add_argument("--version", required=True, help="of the program")
    parser.add_argument("--date", required=True, help="of the page, such as 2026-11-23")
    chosen = parser.parse_args()
    program = read()
    template = (Path(__file__).parents[1] / "man" / "kiosk.1.in").read_text("utf-8")
    made = {
        "kiosk.1": manual(program, template, version=chosen.version, date=chosen.date),
        "kiosk.bash": completion.bash(program),
        "_kiosk": completion.zsh(program),
        "kiosk.fish": completion.fish(program),
    }
    chosen.out.mkdir(parents=True, exist_ok=True)
    for name, text in made.items():
        (chosen.out / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
