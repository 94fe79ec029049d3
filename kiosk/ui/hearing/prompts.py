"""The sentences that people are asked to say."""

from __future__ import annotations

import secrets
import tomllib
from typing import TYPE_CHECKING

from kiosk.core.errors import ResourcesMissing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MIN_WORDS = 12
"""A sentence of fewer words may end before enough speech was heard."""


class Prompts:
    """Sentences in a rotation that begins anywhere.

    The system does not depend on the words: a new sentence each time keeps people from reciting,
    and makes a recording of an earlier visit sound out of place.

    Args:
        sentences: at least one, each of at least :data:`MIN_WORDS` words.

    Raises:
        ValueError: there is none, or one is too short.
    """

    def __init__(self, sentences: Sequence[str]) -> None:
        if not sentences:
            raise ValueError("there are no sentences")
        short = [sentence for sentence in sentences if len(sentence.split()) < MIN_WORDS]
        if short:
            raise ValueError(f"this sentence is too short: {short[0]}")
        self._sentences = tuple(sentences)
        self._next = secrets.randbelow(len(self._sentences))

    def __len__(self) -> int:
        """Return how many sentences there are."""
        return len(self._sentences)

    def next(self) -> str:
        """Return the next sentence; all have had their turn before one comes again."""
        sentence = self._sentences[self._next]
        self._next = (self._next + 1) % len(self._sentences)
        return sentence


def load_prompts(resources: Path, language: str = "en") -> Prompts:
    """Return the sentences of a language.

    Args:
        resources: the folder of the program's own files.
        language: name of a file in its ``prompts`` folder; English stands in for one without.

    Raises:
        ResourcesMissing: the file is missing or damaged.
    """
    file = resources / "prompts" / f"{language}.toml"
    if not file.is_file():
        file = resources / "prompts" / "en.toml"
    try:
        return Prompts(tomllib.loads(file.read_text(encoding="utf-8"))["sentences"])
    except (OSError, ValueError, KeyError) as exc:
        raise ResourcesMissing("The sentences to be spoken are missing or damaged.") from exc
