"""What every stream store promises, in the memory of this process and on a server."""

from __future__ import annotations

import threading
import uuid
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from kiosk.api.hearing.redis_streams import RedisStreams
from kiosk.api.hearing.stream_errors import StreamTooLarge, TooManyStreams, UnknownStream
from kiosk.api.hearing.streams import MemoryStreams
from kiosk.core.api_policy import ApiPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kiosk.api.hearing.streams import StreamStore

    MakeStore = Callable[..., StreamStore]

TTL_S = 0.5


def expired(streams: StreamStore, stream: str) -> bool:
    """Return whether a stream is gone."""
    return stream not in streams.ids()


def written_in_time(streams: StreamStore, data: bytes) -> str:
    """Return a stream that holds this; begun anew where a busy machine is slower than it lasts."""
    while True:
        began, stream = monotonic(), streams.create()
        try:
            streams.append(stream, data)
        except UnknownStream:
            assert too_slow_since(began)
        else:
            return stream


def too_slow_since(began: float) -> bool:
    """Return whether this machine took so long that a stream may be gone; servers round times."""
    return monotonic() - began >= 0.9 * TTL_S


@pytest.fixture(params=["memory", "redis"])
def make(request: pytest.FixtureRequest) -> Iterator[MakeStore]:
    """Return what makes an empty store with these fields of the policy."""
    made: list[StreamStore] = []
    url = request.getfixturevalue("redis_url") if request.param == "redis" else None

    def make_store(*, max_total_bytes: int = 1_000_000, **limits: float) -> StreamStore:
        policy = ApiPolicy(**limits)  # type: ignore[arg-type]
        if url is None:
            made.append(MemoryStreams(policy, max_total_bytes=max_total_bytes))
        else:
            made.append(RedisStreams.from_url(url, policy, max_total_bytes=max_total_bytes))
        return made[-1]

    yield make_store
    for each in made:
        each.close()


@pytest.fixture
def streams(make: MakeStore) -> StreamStore:
    """Return a store with limits that no test reaches."""
    return make()


def test_ids_are_random_uuids(streams: StreamStore) -> None:
    found = [streams.create() for _ in range(50)]
    assert len(set(found)) == 50
    assert all(str(uuid.UUID(each, version=4)) == each for each in found)
    assert sorted(streams.ids()) == sorted(found)


def test_chunks_come_back_in_order_with_their_borders(streams: StreamStore) -> None:
    one, other = streams.create(), streams.create()
    chunks = [b"RIFF", b"\x00\xff\r\n", b"a" * 30_000, b"b"]
    for chunk in chunks:
        streams.append(one, chunk)
        streams.append(other, chunk[:1])
    assert streams.read(one) == chunks
    assert streams.read(one) == chunks  # reading takes nothing away
    assert streams.read(other) == [chunk[:1] for chunk in chunks]


def test_a_new_stream_is_empty(streams: StreamStore) -> None:
    assert streams.read(streams.create()) == []


def test_deleting_forgets_one_stream(streams: StreamStore) -> None:
    one, other = streams.create(), streams.create()
    streams.append(one, b"a")
    streams.append(other, b"b")
    streams.delete(one)
    assert streams.ids() == [other]
    assert streams.read(other) == [b"b"]
    for use in (streams.read, streams.delete, lambda each: streams.append(each, b"c")):
        with pytest.raises(UnknownStream, match="no stream"):
            use(one)


@pytest.mark.parametrize(
    "name", ["", "x", "*", "../x", "kiosk:{streams}", "\ud800", "\x00", "a" * 10_000, "é"]
)
def test_whatever_is_named_is_no_stream(streams: StreamStore, name: str) -> None:
    streams.append(streams.create(), b"a")
    for use in (streams.read, streams.delete, lambda each: streams.append(each, b"c")):
        with pytest.raises(UnknownStream):
            use(name)
    assert len(streams.ids()) == 1


def test_a_stream_holds_so_many_bytes_and_no_more(make: MakeStore) -> None:
    streams = make(max_stream_bytes=10)
    stream = streams.create()
    streams.append(stream, b"123456")
    with pytest.raises(StreamTooLarge, match="10 bytes"):
        streams.append(stream, b"78901")
    assert streams.read(stream) == [b"123456"]  # nothing of it was kept
    streams.append(stream, b"7890")
    assert streams.read(stream) == [b"123456", b"7890"]


def test_there_are_so_many_streams_and_no_more(make: MakeStore) -> None:
    streams = make(max_streams=3)
    first, *_ = [streams.create() for _ in range(3)]
    with pytest.raises(TooManyStreams, match="3 streams"):
        streams.create()
    streams.delete(first)
    streams.create()
    assert len(streams.ids()) == 3


def test_all_streams_together_hold_so_much_and_no_more(make: MakeStore) -> None:
    streams = make(max_total_bytes=100_000)
    one, other = streams.create(), streams.create()
    streams.append(one, bytes(60_000))
    with pytest.raises(TooManyStreams, match="as much sound"):
        streams.append(other, bytes(60_000))
    assert streams.read(other) == []
    streams.delete(one)
    streams.append(other, bytes(60_000))


def test_streams_expire_and_make_room(make: MakeStore) -> None:
    streams = make(stream_ttl_s=TTL_S, max_streams=1, max_total_bytes=100_000)
    waiting = threading.Event()
    for _ in range(2):
        stream = written_in_time(streams, bytes(60_000))
        while not expired(streams, stream):
            waiting.wait(0.01)
        with pytest.raises(UnknownStream, match="expired"):
            streams.read(stream)


def test_writing_begins_the_time_anew_and_reading_does_not(make: MakeStore) -> None:
    streams = make(stream_ttl_s=TTL_S)
    waiting, done = threading.Event(), False
    while not done:
        latest, read, written = monotonic(), streams.create(), streams.create()
        try:
            while not expired(streams, read):
                now = monotonic()
                streams.append(written, b"a")
                latest = now
                streams.read(written)
                waiting.wait(0.05)
            done = streams.read(written)[0] == b"a"
        except UnknownStream:
            assert too_slow_since(latest)


def test_many_threads_write_at_once_and_limits_hold(make: MakeStore) -> None:
    streams = make(max_stream_bytes=500)
    stream = streams.create()
    refused = []

    def write(mark: int) -> None:
        for _ in range(20):
            try:
                streams.append(stream, bytes([mark]) * 5)
            except StreamTooLarge:
                refused.append(mark)

    threads = [threading.Thread(target=write, args=(mark,)) for mark in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    chunks = streams.read(stream)
    assert sum(map(len, chunks)) == 500
    assert all(len(set(chunk)) == 1 and len(chunk) == 5 for chunk in chunks)
    assert len(refused) == 8 * 20 - 100
