"""Whatever is uploaded, the service answers, keeps its memory, and goes on.

``make soak`` sends 10,000 (MALFORMED_UPLOADS).
"""

from __future__ import annotations

import gc
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kiosk.api.hearing.streams import MemoryStreams
from tests.api.hearing.malformed import TOO_LARGE, Fuzzer
from tests.api.support import client_of, enroll, service, stream_with, voice_file

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from kiosk.services.facade import Kiosk

UPLOADS = int(os.environ.get("MALFORMED_UPLOADS", "200"))
WARM_UP = min(500, UPLOADS // 2)
"""Uploads after which caches and pools have their size."""

FLAT = 16_000_000
"""Bytes by which the process may grow: what the allocator keeps, but no leak of 10 KB each."""

UNLIMITED = {"rate_per_minute": 1_000_000, "burst": 1_000_000}
REFUSED = {400, 413}


def memory() -> int:
    """Return the bytes of real memory that this process holds."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def finish(client: TestClient, stream: str, number: int) -> int:
    """Have something done with a stream, in turn all that can be."""
    claim = {"uuid": stream, "external_id": f"nobody{number}"}
    match number % 3:
        case 0:
            answer = client.post("/vv/enroll", json=claim)
        case 1:
            answer = client.post("/vv/verify/anna", json={"uuid": stream})
        case _:
            answer = client.get(f"/http_stream/voiceprint/{stream}")
    if answer.status_code != 200:
        assert set(answer.json()) == {"message"}, answer.text
    return answer.status_code


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
@pytest.mark.timeout(14_400)
def test_malformed_uploads_are_answered_and_forgotten(kiosk: Kiosk) -> None:
    enroll(kiosk, "anna", "slt")
    fuzzer = Fuzzer(seed=20_210_820)
    uploaded: Counter[int] = Counter()
    finished: Counter[int] = Counter()
    before = 0
    limits = {**UNLIMITED, "max_stream_bytes": TOO_LARGE - 1, "seed_compat": True}
    with service(kiosk, **limits) as context, client_of(context) as client:
        while uploaded.total() < UPLOADS:
            stream = client.post("/start_stream").json()["uuid"]
            for body in fuzzer.stream():
                answer = client.post(
                    f"/upload_stream_data/{stream}",
                    content=body.content,
                    headers={"Content-Type": body.content_type},
                )
                uploaded[answer.status_code] += 1
                if answer.status_code != 200:
                    assert set(answer.json()) == {"message"}, answer.text
            finished[finish(client, stream, finished.total())] += 1
            assert client.delete(f"/http_stream/{stream}").status_code == 200
            if not before and uploaded.total() >= WARM_UP:
                before = memory()
        grown = memory() - before
        assert isinstance(context.streams, MemoryStreams)
        assert context.streams._held == 0
        # Afterwards everything is as it was, but for the wait after so many poor recordings.
        kiosk.attempts.unlock("anna")
        probe = stream_with(client, voice_file("slt", 1))
        answer = client.post("/vv/verify", json={"uuid": probe, "external_id": "anna"})
        assert answer.json()["result"] == "True"
    assert set(uploaded) <= REFUSED | {200}, uploaded
    assert set(finished) <= REFUSED | {200}, finished
    assert min(uploaded[200], uploaded[400], finished[400]) > UPLOADS / 20, (uploaded, finished)
    assert uploaded[413] > 0
    assert {row.person.user_id for row in kiosk.people.everybody()} == {"anna"}
    assert grown < FLAT, f"{grown:,} bytes more after {uploaded.total()} uploads"
    summary = f"{uploaded.total()} uploads {dict(uploaded)}, {finished.total()} streams"
    print(f"{summary} {dict(finished)}, {grown:+,} bytes")
