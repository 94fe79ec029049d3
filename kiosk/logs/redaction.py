"""Neither sound nor embeddings get into a log, whatever is passed to it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

_MAX_DEPTH = 4


class Redaction(logging.Filter):
    """Replaces arguments that may hold sound or embeddings by what they are.

    An array becomes ``<ndarray float32 (16000,)>``, bytes become ``<768 bytes>``; lists, mappings
    and dataclasses are searched. It belongs on handlers: filters of a logger do not see the
    records of its children.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact a record in place and let it pass."""
        if not isinstance(record.msg, str | BaseException):
            record.msg = redacted(record.msg)
        if isinstance(record.args, Mapping):
            record.args = {key: redacted(value) for key, value in record.args.items()}
        elif record.args:
            record.args = tuple(redacted(value) for value in record.args)
        return True


def redacted(value: object, depth: int = _MAX_DEPTH) -> object:
    """Return a value that can be shown: itself, or a description without its content."""
    if value is None or isinstance(value, str | int | float | Path | BaseException):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return _Shown(f"<{len(value)} bytes>")
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and hasattr(value, "dtype"):
        # Scalars of NumPy have a shape too: a score may be shown.
        return value if not shape else _Shown(f"<{_kind(value)} {value.dtype} {tuple(shape)}>")
    if depth == 0:
        return _Shown(f"<{_kind(value)}>")
    if isinstance(value, Mapping):
        return {key: redacted(each, depth - 1) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        kept = [redacted(each, depth - 1) for each in value]
        return kept if isinstance(value, list) else tuple(kept)
    if is_dataclass(value) and not isinstance(value, type):
        shown = (f"{f.name}={redacted(getattr(value, f.name), depth - 1)!r}" for f in fields(value))
        return _Shown(f"{_kind(value)}({', '.join(shown)})")
    return value


class _Shown(str):
    """A description that stands for a value, without quotation marks wherever it is shown."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _kind(value: Any) -> str:
    return type(value).__name__
