"""Streams: sound that clients upload in pieces, kept for less than a minute."""

from __future__ import annotations

import threading
import time
import uuid
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from kiosk.api.hearing.stream_errors import (
    StreamStoreDown,
    StreamTooLarge,
    TooManyStreams,
    UnknownStream,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.core.api_policy import ApiPolicy

MAX_TOTAL_BYTES = 512_000_000
"""Bytes that all streams in memory may hold together: a thousand streams of 10 MB each would be
more than such a machine has."""

_CHUNK_COST = 64
"""Bytes that an object of its own costs beside its content."""


class StreamStore(Protocol):
    """Keeps streams until they expire; safe from any thread.

    A stream expires some time after it was started or last written to. Everything raises
    :class:`~kiosk.api.hearing.stream_errors.StreamStoreDown` when the store cannot be reached.
    """

    def create(self) -> str:
        """Start a stream and return its ID, a random UUID as text.

        Raises:
            TooManyStreams: there are as many as permitted.
        """

    def append(self, stream: str, chunk: bytes) -> None:
        """Add bytes at the end, and begin the time until it expires anew.

        Raises:
            UnknownStream: there is no such stream, or no longer.
            StreamTooLarge: it would hold more bytes than permitted; it stays as it was.
            TooManyStreams: all streams together hold as much as permitted.
        """

    def read(self, stream: str) -> list[bytes]:
        """Return the chunks in their order, borders kept; the stream stays.

        Raises:
            UnknownStream: there is no such stream, or no longer.
        """

    def delete(self, stream: str) -> None:
        """Forget a stream at once.

        Raises:
            UnknownStream: there is no such stream, or no longer.
        """

    def ids(self) -> list[str]:
        """Return the IDs of all streams, in no particular order."""

    def close(self) -> None:
        """Release what the store holds; it is not used any more."""


@dataclass
class _Stream:
    expires: float
    chunks: list[bytes] = field(default_factory=list)
    size: int = 0

    @property
    def cost(self) -> int:
        """Return how many bytes of memory it takes, about."""
        return self.size + _CHUNK_COST * len(self.chunks)


class MemoryStreams:
    """Streams in the memory of this process; implements :class:`StreamStore`.

    A thread that lives as long as there are streams drops those that expire: recordings are
    biometric data and must not stay because nobody asks for them any more.
    """

    def __init__(
        self,
        policy: ApiPolicy,
        *,
        max_total_bytes: int = MAX_TOTAL_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin without streams.

        Args:
            policy: how many streams, how large and for how long.
            max_total_bytes: of all streams together.
            clock: seconds that only grow.
        """
        self._policy = policy
        self._max_total = max_total_bytes
        self._clock = clock
        self._changed = threading.Condition()
        # Ordered by the last write, so that the first is the next to expire.
        self._streams: OrderedDict[str, _Stream] = OrderedDict()
        self._held = 0
        self._sweeper: threading.Thread | None = None
        self._closed = False

    def create(self) -> str:
        """Start a stream; see :class:`StreamStore`."""
        with self._changed:
            self._drop_expired()
            if self._closed:
                raise StreamStoreDown("The service is shutting down.")
            if len(self._streams) >= self._policy.max_streams:
                raise TooManyStreams(f"There are {self._policy.max_streams} streams already.")
            stream = str(uuid.uuid4())
            self._streams[stream] = _Stream(self._expiry())
            if self._sweeper is None:
                self._sweeper = threading.Thread(target=self._sweep, name="streams", daemon=True)
                self._sweeper.start()
        return stream

    def append(self, stream: str, chunk: bytes) -> None:
        """Add bytes at the end; see :class:`StreamStore`."""
        with self._changed:
            found = self._find(stream)
            if found.size + len(chunk) > self._policy.max_stream_bytes:
                raise StreamTooLarge(
                    f"A stream may hold {self._policy.max_stream_bytes:,} bytes, not more."
                )
            cost = len(chunk) + _CHUNK_COST
            if self._held + cost > self._max_total:
                raise TooManyStreams("The service holds as much sound as it may at once.")
            found.chunks.append(chunk)
            found.size += len(chunk)
            self._held += cost
            found.expires = self._expiry()
            self._streams.move_to_end(stream)

    def read(self, stream: str) -> list[bytes]:
        """Return the chunks; see :class:`StreamStore`."""
        with self._changed:
            return list(self._find(stream).chunks)

    def delete(self, stream: str) -> None:
        """Forget a stream; see :class:`StreamStore`."""
        with self._changed:
            self._find(stream)
            self._drop(stream)

    def ids(self) -> list[str]:
        """Return the IDs of all streams."""
        with self._changed:
            self._drop_expired()
            return list(self._streams)

    def close(self) -> None:
        """Drop everything and end the thread."""
        with self._changed:
            self._closed = True
            self._streams.clear()
            self._held = 0
            sweeper = self._sweeper
            self._changed.notify_all()
        if sweeper is not None:
            sweeper.join()

    def _expiry(self) -> float:
        return self._clock() + self._policy.stream_ttl_s

    def _find(self, stream: str) -> _Stream:
        self._drop_expired()
        found = self._streams.get(stream)
        if found is None:
            raise UnknownStream("There is no stream with this ID, or it has expired.")
        return found

    def _drop(self, stream: str) -> None:
        self._held -= self._streams.pop(stream).cost

    def _drop_expired(self) -> None:
        now = self._clock()
        while self._streams:
            stream, oldest = next(iter(self._streams.items()))
            if oldest.expires > now:
                return
            self._drop(stream)

    def _sweep(self) -> None:
        with self._changed:
            self._drop_expired()
            while self._streams:
                oldest = next(iter(self._streams.values()))
                self._changed.wait(max(0.0, oldest.expires - self._clock()))
                self._drop_expired()
            self._sweeper = None
