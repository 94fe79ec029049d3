"""Uploads as nobody should send them, the same ones for the same seed."""

from __future__ import annotations

import json
import random
import struct
from dataclasses import dataclass

from tests.api.support import base64_of

TOO_LARGE = 300_000
"""Bytes in the largest uploads."""

_JSON = "application/json"
_SIZES = (0, 1, 2, 7, 15, 16, 18, 40, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF)
_RATES = (0, 1, 3_999, 4_000, 8_000, 16_000, 44_100, 192_000, 768_000, 768_001, 0xFFFF_FFFF)
_NAMES = (b"fmt ", b"data", b"LIST", b"JUNK", b"fact", b"ds64", b"RIFF", b"\0\0\0\0", b"\xff" * 4)
_BEGINNINGS = (b"RIFF", b"RF64", b"RIFX", b"riff", b"fLaC", b"OggS", b"ID3\x04", b"\x1aE\xdf\xa3")


@dataclass(frozen=True)
class Body:
    """A request body and what it claims to be."""

    content: bytes
    content_type: str = _JSON


class Fuzzer:
    """Makes streams of malformed uploads."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def stream(self) -> list[Body]:
        """Return the uploads of one stream: one to five."""
        if self._random.random() < 0.01:
            return [Body(json.dumps({"data": base64_of(bytes(TOO_LARGE))}).encode())]
        if self._random.random() < 0.3:
            return [self._body(self._noise(300)) for _ in range(self._random.randint(1, 5))]
        data = self._wav()
        cuts = sorted(self._random.randint(0, len(data)) for _ in range(self._random.randint(0, 4)))
        borders = zip([0, *cuts], [*cuts, len(data)], strict=True)
        return [self._body(data[start:stop]) for start, stop in borders]

    def _noise(self, longest: int) -> bytes:
        return self._random.randbytes(self._random.randint(0, longest))

    # --- headers and lengths ------------------------------------------------------------------

    def _wav(self) -> bytes:
        """Return a WAV file with mistakes."""
        choose = self._random
        form = struct.pack(
            "<HHIIHH",
            choose.choice((0, 1, 1, 1, 2, 3, 6, 7, 0x55, 0xFFFE, 0xFFFF)),
            choose.choice((0, 1, 1, 1, 2, 6, 64, 65, 0xFFFF)),
            choose.choice(_RATES),
            choose.choice(_SIZES),
            choose.choice((0, 1, 2, 2, 4, 0xFFFF)),
            choose.choice((0, 1, 8, 16, 16, 24, 32, 64, 0xFFFF)),
        )
        if choose.random() < 0.2:
            form += self._noise(30)
        body = b""
        for name in (*choose.sample(_NAMES, choose.randint(0, 2)), b"fmt ", b"data"):
            content = form if name == b"fmt " else self._noise(2_000)
            size = len(content) if choose.random() < 0.7 else choose.choice(_SIZES)
            body += struct.pack("<4sI", name, size) + content
        beginning = b"RIFF" if choose.random() < 0.8 else choose.choice(_BEGINNINGS)
        data = bytearray(struct.pack("<4sI4s", beginning, choose.choice(_SIZES), b"WAVE") + body)
        for _ in range(choose.choice((0, 0, 0, 1, 5, 30))):
            data[choose.randrange(len(data))] = choose.randrange(256)
        if choose.random() < 0.3:
            del data[choose.randrange(len(data)) :]
        if choose.random() < 0.1:
            data += data[:60]
        return bytes(data)

    # --- base64 and JSON ----------------------------------------------------------------------

    def _body(self, data: bytes) -> Body:
        """Return an upload, correct in three of five cases: what it holds is to be read too."""
        choose = self._random
        text = base64_of(data)
        kind = choose.randrange(25)
        if kind >= 10:
            return Body(json.dumps({"data": text}).encode())
        at = choose.randint(0, len(text))
        strange = choose.choice(("=", "-", "_", "\0", "\ud800", "é", "\N{MICROPHONE}", " ", "\n"))
        texts = (text[:at] + strange + text[at:], text[:at], text + strange * choose.randint(1, 9))
        if kind < 3:
            return Body(json.dumps({"data": texts[kind]}).encode())
        value = choose.choice(
            (None, True, 0, -1.5, 10**30, [], [text], {"data": text}, "", float("nan"))
        )
        whole = json.dumps({"data": text}).encode()
        bodies = (
            Body(json.dumps({"data": value}).encode()),
            Body(json.dumps(value).encode()),
            Body(whole[: choose.randint(0, len(whole))]),
            Body(self._noise(200)),
            Body(b"[" * choose.choice((1, 500, 100_000))),
            Body(whole, choose.choice(("", "text/plain", "multipart/form-data", "x", "a/b;=\\"))),
            Body(b'{"data": "' + self._noise(50) + b'"}'),
        )
        return bodies[kind - 3]
