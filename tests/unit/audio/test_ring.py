from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.audio.ring import SampleRing

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.core.hearing.audio import Samples


def numbered(start: int, count: int) -> Samples:
    """Return samples whose values are their indices."""
    return np.arange(start, start + count, dtype=np.float32)


@given(
    capacity=st.integers(1, 12),
    origin=st.integers(0, 5),
    steps=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 80)), max_size=20),
)
def test_behaves_like_the_end_of_an_endless_list(
    capacity: int, origin: int, steps: list[tuple[int, int]]
) -> None:
    ring = SampleRing(capacity, origin)
    end = origin
    for count, cursor in steps:
        ring.write(numbered(end, count))
        end += count
        block = ring.read_since(cursor)
        kept = range(max(origin, end - capacity), end)
        assert ring.position == end
        assert block.samples.tolist() == [i for i in kept if i >= cursor]
        assert block.samples.dtype == np.float32
        assert block.cursor == end
        assert block.lost == (max(0, kept.start - cursor) if cursor < end else 0)


def test_reading_on_gives_everything_once() -> None:
    ring = SampleRing(100)
    cursor, heard = 0, []
    for start in range(0, 1000, 30):
        ring.write(numbered(start, 30))
        block = ring.read_since(cursor)
        cursor = block.cursor
        heard += block.samples.tolist()
        assert block.lost == 0
    assert heard == list(range(1020))


def test_what_was_read_is_a_copy() -> None:
    ring = SampleRing(4)
    ring.write(numbered(0, 4))
    block = ring.read_since(0)
    ring.write(numbered(4, 4))
    assert block.samples.tolist() == [0, 1, 2, 3]


def test_a_strided_column_is_taken_as_it_is() -> None:
    ring = SampleRing(4)
    stereo = np.array([[1, -1], [2, -2], [3, -3]], np.float32)
    ring.write(stereo[:, 0])
    assert ring.read_since(0).samples.tolist() == [1, 2, 3]


def test_index_does_not_wrap_around() -> None:
    far = 2**40
    ring = SampleRing(4, far)
    ring.write(numbered(0, 3))
    assert (ring.position, ring.read_since(far).samples.tolist()) == (far + 3, [0, 1, 2])


@pytest.mark.parametrize(("capacity", "origin"), [(0, 0), (-1, 0), (1, -1)])
def test_impossible_rings_are_refused(capacity: int, origin: int) -> None:
    with pytest.raises(ValueError):
        SampleRing(capacity, origin)


class InterruptedRing(SampleRing):
    """Lets something happen between the copying and the checking of it."""

    meanwhile: Callable[[], None] = staticmethod(lambda: None)

    def _copy(self, start: int, stop: int) -> Samples:
        samples = super()._copy(start, stop)
        self.meanwhile()
        return samples


def test_samples_overwritten_while_they_were_copied_are_dropped() -> None:
    ring = InterruptedRing(10)
    ring.write(numbered(0, 10))
    ring.meanwhile = lambda: ring.write(numbered(10, 4))
    block = ring.read_since(0)
    assert (block.samples.tolist(), block.cursor, block.lost) == ([4, 5, 6, 7, 8, 9], 10, 4)


def test_a_writer_that_overtakes_the_reader_leaves_nothing() -> None:
    ring = InterruptedRing(10)
    ring.write(numbered(0, 10))
    ring.meanwhile = lambda: ring.write(numbered(10, 25))
    block = ring.read_since(2)
    assert (len(block.samples), block.cursor, block.lost) == (0, 10, 8)


def test_a_block_that_is_being_written_hides_what_it_overwrites() -> None:
    ring = SampleRing(10)
    ring.write(numbered(0, 10))
    ring._claimed = 13  # where the writer is while it copies three more samples
    block = ring.read_since(0)
    assert (block.samples.tolist(), block.lost) == ([3, 4, 5, 6, 7, 8, 9], 3)


def test_readers_of_a_busy_ring_never_see_a_torn_block() -> None:
    ring = SampleRing(4096)
    total = 1_000_000  # float32 counts exactly up to 2**24

    def write() -> None:
        for start in range(0, total, 500):
            ring.write(numbered(start, 500))

    writer = threading.Thread(target=write)
    writer.start()
    cursor = received = lost = 0
    while cursor < total:
        block = ring.read_since(cursor)
        first = block.cursor - len(block.samples)
        assert np.array_equal(block.samples, numbered(first, len(block.samples)))
        received += len(block.samples)
        lost += block.lost
        cursor = block.cursor
    writer.join()
    assert received + lost == total


def test_a_block_does_not_show_its_samples() -> None:
    ring = SampleRing(8)
    ring.write(np.full(4, 0.123, np.float32))
    shown = repr(ring.read_since(0))
    assert shown.startswith("Block(cursor=4, lost=0")
    assert "0.123" not in shown
    assert "samples" not in shown
