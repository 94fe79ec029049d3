"""Words for the screen, written down where they belong and translated where they are shown."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """A title, a hint and the name of an icon, not translated yet."""

    title: str
    hint: str
    icon: str


def QT_TRANSLATE_NOOP(_: str, text: str) -> str:  # noqa: N802
    """Mark a text for translation; the tool that collects texts looks for this name."""
    return text
