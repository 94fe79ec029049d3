"""The manual: pages of Markdown that come with the program, for the window and ``kiosk help``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.core.errors import InvalidInput, ResourcesMissing
from kiosk.resources import resources_dir

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

INDEX = "index"
"""The page that lists the others, in their order."""
_ENTRY = re.compile(
    r"^- \[(?P<title>[^\]]+)\]\((?P<name>[\w-]+)\.md\): (?P<about>.+)$", re.MULTILINE
)
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)


@dataclass(frozen=True)
class Topic:
    """One page.

    Attributes:
        name: of its file, such as ``backups``; what is typed behind ``kiosk help``.
        title: for lists.
        about: one line.
        text: Markdown, without comments.
    """

    name: str
    title: str
    about: str
    text: str

    def has(self, words: str) -> bool:
        """Return whether every one of these words is on the page, in any case."""
        text = self.text.casefold()
        return all(word in text for word in words.casefold().split())


def topics(folder: Path | None = None) -> tuple[Topic, ...]:
    """Return the pages in the order of the index.

    Args:
        folder: of the pages; those of the program when None.

    Raises:
        ResourcesMissing: there is no manual, or a page of it is missing.
    """
    where = resources_dir() / "manual" if folder is None else folder
    try:
        index = (where / f"{INDEX}.md").read_text(encoding="utf-8")
        return tuple(
            Topic(
                entry["name"],
                entry["title"],
                entry["about"],
                _COMMENT.sub("", (where / f"{entry['name']}.md").read_text(encoding="utf-8")),
            )
            for entry in _ENTRY.finditer(index)
        )
    except (OSError, UnicodeDecodeError) as exc:
        raise ResourcesMissing("The manual is missing or damaged.") from exc


def topic(pages: Sequence[Topic], name: str) -> Topic:
    """Return the page of this name, or the only one with that word in its title.

    Raises:
        InvalidInput: there is none; the hint names the pages, those with that word first.
    """
    for page in pages:
        if page.name == name.casefold():
            return page
    titled = [page for page in pages if name.casefold() in page.title.casefold().split()]
    if len(titled) == 1:
        return titled[0]
    holding = ", ".join(page.name for page in pages if page.has(name))
    there = f"It is mentioned in: {holding}. " if name.strip() and holding else ""
    names = ", ".join(page.name for page in pages)
    raise InvalidInput(f"There is no topic {name!r}.", hint=f"{there}Topics: {names}.")
