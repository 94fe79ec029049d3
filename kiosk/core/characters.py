"""Characters that nobody sees: which of them belong to a word, and which are refused."""

from __future__ import annotations

import re
import unicodedata

JOINERS = "\u200c\u200d"
"""Part of words in Persian, Sinhala, Hindi and others."""
_WITHIN_A_WORD = re.compile(rf"(?<=[^\W\d_])[{JOINERS}](?=[^\W\d_])")


def is_printable(text: str) -> bool:
    """Return whether all of a text can be shown; a joiner between two letters can.

    Neither control characters nor those that turn the direction of what follows.
    """
    # Marks stand on the letter before them.
    letters = "".join(c for c in text if not unicodedata.category(c).startswith("M"))
    return _WITHIN_A_WORD.sub("", letters).isprintable()


def without_unprintable(text: str, instead: str) -> str:
    """Return a text with something else in the place of each character that cannot be shown."""
    return "".join(c if c.isprintable() or c in JOINERS else instead for c in text)
