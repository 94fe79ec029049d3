"""ARCHITECTURE.md and the decisions are short, and what they name exists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.architecture.source_tree import ROOT, files

if TYPE_CHECKING:
    from pathlib import Path

ARCHITECTURE = ROOT / "ARCHITECTURE.md"
DECISIONS = ROOT / "packaging" / "decisions"
INDEX = DECISIONS / "README.md"
MOST_BYTES = 12_000
MOST_LINES = 15

PATH = re.compile(r"`((?:kiosk|packaging|resources|tests)/[\w./-]+)`")
PLACEHOLDER = re.compile(r"NNNN|CODE|_resources")
ENTRY = re.compile(r"^- \[(\d{3})\]\(([\w-]+\.md)\) (.+)$", re.MULTILINE)


def decisions() -> list[Path]:
    return sorted(path for path in DECISIONS.glob("*.md") if path != INDEX)


def test_architecture_is_short() -> None:
    assert len(ARCHITECTURE.read_bytes()) <= MOST_BYTES


def test_what_is_named_exists() -> None:
    known = {name.as_posix() for file in files() for name in (file, *file.parents)}
    missing = {
        f"{path.name}: {named}"
        for path in (ARCHITECTURE, *decisions())
        for named in PATH.findall(path.read_text(encoding="utf-8"))
        if not PLACEHOLDER.search(named) and named not in known
    }
    assert missing == set()


def test_every_decision_is_in_the_index_once() -> None:
    listed = ENTRY.findall(INDEX.read_text(encoding="utf-8"))
    titles = {
        path.name: path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
        for path in decisions()
    }
    assert sorted(name for _, name, _ in listed) == sorted(titles)
    assert [(name[:3], titles[name]) for _, name, _ in listed] == [(n, t) for n, _, t in listed]


def test_numbers_are_given_once() -> None:
    numbers = [path.name[:3] for path in decisions()]
    assert len(set(numbers)) == len(numbers)


def test_a_decision_says_why_and_what_it_costs_in_a_few_lines() -> None:
    for path in decisions():
        text = path.read_text(encoding="utf-8")
        assert all(f"\n**{part}.** " in text for part in ("Decided", "Why", "Costs")), path.name
        assert len(text.splitlines()) <= MOST_LINES, path.name
