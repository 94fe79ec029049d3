"""Archives piece by piece: what is altered, exchanged or cut off anywhere is found."""

from __future__ import annotations

import io
import struct

import pytest

from kiosk.core.errors import BackupUnusable
from kiosk.vault.backup import stream

KEY, CONTEXT = bytes(range(32)), b"header"
PIECES = [b"first piece", b"second piece", b"last piece"]
LAST = 1 << 31


def written(pieces: list[bytes], context: bytes = CONTEXT) -> list[bytes]:
    """Return a stream as its records: the length of each piece, and the piece, sealed."""
    target = io.BytesIO()
    stream.write(target, KEY, context, pieces)
    left, records = target.getvalue(), []
    while left:
        length = struct.unpack(">I", left[:4])[0] & ~LAST
        records.append(left[: 4 + length])
        left = left[4 + length :]
    return records


def read(records: list[bytes], context: bytes = CONTEXT) -> list[bytes]:
    return list(stream.read(io.BytesIO(b"".join(records)), KEY, context))


@pytest.mark.parametrize("pieces", [[], [b""], [b"one"], PIECES])
def test_pieces_come_back(pieces: list[bytes]) -> None:
    assert read(written(pieces)) == (pieces or [b""])


def test_an_end_that_is_cut_off_cannot_be_declared_one() -> None:
    records = written(PIECES)
    with pytest.raises(BackupUnusable, match="its end is missing"):
        read(records[:2])
    # The mark of the last piece is in front of it, in the clear; it is in its nonce, too.
    (length,) = struct.unpack(">I", records[1][:4])
    declared = struct.pack(">I", length | LAST) + records[1][4:]
    with pytest.raises(BackupUnusable, match="altered"):
        read([records[0], declared])


def test_an_end_cannot_be_gone_on_behind() -> None:
    records = written(PIECES[:1])
    (length,) = struct.unpack(">I", records[0][:4])
    undeclared = struct.pack(">I", length & ~LAST) + records[0][4:]
    with pytest.raises(BackupUnusable, match="altered"):
        read([undeclared, *written(PIECES)[1:]])


@pytest.mark.parametrize("order", [[1, 0, 2], [0, 2], [0, 0, 1, 2], [1, 2]])
def test_pieces_are_not_exchanged_left_out_or_repeated(order: list[int]) -> None:
    records = written(PIECES)
    with pytest.raises(BackupUnusable):
        read([records[place] for place in order])


def test_pieces_belong_to_what_stands_before_them() -> None:
    with pytest.raises(BackupUnusable, match="altered"):
        read(written(PIECES), b"another header")
