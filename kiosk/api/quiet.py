"""Warnings of the server that anybody can cause: heard, and no way to fill the log."""

from __future__ import annotations

import logging
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOGGER = "uvicorn.error"
_MAX_MESSAGES = 100
"""Different messages counted; the server has a handful."""


class Repeats(logging.Filter):
    """Lets a warning pass the 1st, 2nd, 4th, 8th … time, and says how often it was there.

    Bytes that are no HTTP cost a line each, before any limit counts their sender. Errors, and what
    is less than a warning, pass always.
    """

    def __init__(self) -> None:
        super().__init__()
        self._counts: Counter[str] = Counter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is to be kept."""
        if record.levelno != logging.WARNING:
            return True
        text = str(record.msg)
        if text not in self._counts and len(self._counts) >= _MAX_MESSAGES:
            return True
        self._counts[text] += 1
        count = self._counts[text]
        if count > 1:
            record.msg = f"{text} ({count} times)"
        return count.bit_count() == 1


@contextmanager
def repeats_thinned() -> Iterator[None]:
    """Keep repeated warnings of the server out of the log inside of this."""
    repeats = Repeats()
    logger = logging.getLogger(_LOGGER)
    logger.addFilter(repeats)
    try:
        yield
    finally:
        logger.removeFilter(repeats)
