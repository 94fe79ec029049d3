"""What is special about streams in memory, and the queue before the voice model."""

from __future__ import annotations

import threading

import pytest

from kiosk.api.hearing.inference import Busy, Inference
from kiosk.api.hearing.stream_errors import StreamStoreDown, TooManyStreams, UnknownStream
from kiosk.api.hearing.streams import MemoryStreams
from kiosk.core.api_policy import ApiPolicy
from tests.support.patience import PATIENCE_S


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_streams_live_fifty_seconds_after_the_last_write() -> None:
    clock = Clock()
    streams = MemoryStreams(ApiPolicy(), clock=clock)
    early, late = streams.create(), streams.create()
    clock.now = 49.9
    streams.append(late, b"a")
    clock.now = 50.0
    assert streams.ids() == [late]
    with pytest.raises(UnknownStream):
        streams.append(early, b"a")
    clock.now = 99.8
    assert streams.read(late) == [b"a"]
    clock.now = 99.9
    with pytest.raises(UnknownStream):
        streams.read(late)
    streams.close()


def test_what_expires_is_dropped_though_nobody_asks() -> None:
    clock = Clock()
    streams = MemoryStreams(ApiPolicy(stream_ttl_s=0.05), clock=clock)
    streams.append(streams.create(), b"a")
    sweeper = streams._sweeper
    assert sweeper is not None
    clock.now = 0.06
    sweeper.join(PATIENCE_S)  # it lives as long as there are streams
    assert not sweeper.is_alive()
    assert not streams._streams
    assert streams._held == 0
    streams.create()  # and comes back with the next one
    assert streams._sweeper is not None
    streams.close()


def test_closing_drops_everything_and_ends_the_thread() -> None:
    streams = MemoryStreams(ApiPolicy())
    streams.append(streams.create(), b"a")
    sweeper = streams._sweeper
    streams.close()
    assert sweeper is not None
    assert not sweeper.is_alive()
    assert streams.ids() == []
    with pytest.raises(StreamStoreDown, match="shutting down"):
        streams.create()


def test_tiny_chunks_are_counted_with_what_they_cost() -> None:
    streams = MemoryStreams(ApiPolicy(), max_total_bytes=10_000)
    stream = streams.create()

    def fill() -> None:
        for _ in range(1_000):
            streams.append(stream, b"a")

    with pytest.raises(TooManyStreams):
        fill()
    assert 100 < len(streams.read(stream)) < 200
    streams.close()


# --- the queue --------------------------------------------------------------------------------


def test_one_at_a_time_then_a_queue_then_a_refusal() -> None:
    inference = Inference(workers=1, queue=2)
    inside, leave = threading.Semaphore(0), threading.Event()
    at_once: list[int] = []
    running = 0

    def work() -> None:
        nonlocal running
        with inference.slot():
            running += 1
            at_once.append(running)
            inside.release()
            assert leave.wait(PATIENCE_S)
            running -= 1

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert inside.acquire(timeout=PATIENCE_S)
    while inference.waiting < 2:
        threads[0].join(0.01)
    with pytest.raises(Busy) as caught, inference.slot():
        raise AssertionError("nobody is admitted")
    assert caught.value.retry_after >= 1
    assert inference.refused == 1
    leave.set()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert at_once == [1, 1, 1]
    assert inference.waiting == 0


def test_a_failure_leaves_the_slot_free() -> None:
    inference = Inference(workers=1, queue=0)
    for _ in range(3):
        with pytest.raises(RuntimeError), inference.slot():
            raise RuntimeError
    with inference.slot():
        assert inference.waiting == 0


def test_the_time_to_come_back_follows_what_recordings_take() -> None:
    clock = Clock()
    seen: list[float] = []
    inference = Inference(workers=1, queue=3, observe=seen.append, clock=clock)
    for _ in range(100):
        with inference.slot():
            clock.now += 2.0
    assert seen == [pytest.approx(2.0)] * 100
    assert inference.mean_s == pytest.approx(2.0, rel=0.01)
    assert inference._busy().retry_after == 8


@pytest.mark.parametrize(("workers", "queue"), [(0, 1), (1, -1)])
def test_a_queue_that_admits_nobody_is_a_mistake(workers: int, queue: int) -> None:
    with pytest.raises(ValueError, match="worker"):
        Inference(workers, queue)
