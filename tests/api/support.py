"""What tests of the HTTP service share: a real kiosk, voices, clients and servers."""

from __future__ import annotations

import base64
import io
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import soundfile
from starlette.testclient import TestClient

from kiosk.api.app import create_app
from kiosk.api.assembly import assembled
from kiosk.api.server import Server, listen
from kiosk.bootstrap import build
from kiosk.core.api_policy import ApiPolicy
from kiosk.demo import voices
from kiosk.settings import load_settings
from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi import FastAPI

    from kiosk.api.context import Context
    from kiosk.core.hearing.audio import AudioClip
    from kiosk.core.ports import SpeakerEncoder
    from kiosk.core.visit.outcomes import TakeAccepted
    from kiosk.services.facade import Kiosk

CHUNK = 30_000
"""Bytes that the seed's example client sends at a time."""

BASE = "http://127.0.0.1:3000"


@dataclass
class Lines:
    """Implements :class:`kiosk.api.records.request_log.RequestLog` in memory."""

    lines: list[str] = field(default_factory=list)

    def write(self, line: str) -> None:
        self.lines.append(line)


Encoders = tuple["SpeakerEncoder", "SpeakerEncoder"]
"""Both that decide, the first one first."""


@contextmanager
def kiosk_at(folder: Path, encoders: Encoders) -> Iterator[Kiosk]:
    """Build a kiosk with its database; the voice models were loaded before."""
    first, second = encoders
    with build(load_settings(folder)) as kiosk:
        kiosk.startup.run(until="storage")
        kiosk.engine.second._encoder = second  # as loaded: each kiosk would read it anew
        kiosk.engine.use(first)
        yield kiosk


@contextmanager
def service(kiosk: Kiosk, **limits: Any) -> Iterator[Context]:
    """Open what a service needs, with these fields of the policy; it logs into memory."""
    with assembled(kiosk, ApiPolicy(**{"port": 0, **limits}), Lines()) as context:
        yield context


@contextmanager
def client_of(context: Context, address: str = "127.0.0.1") -> Iterator[TestClient]:
    """Speak to the application as a program at this address."""
    app = create_app(context)
    with TestClient(app, base_url=BASE, client=(address, 50_000)) as client:
        yield client


@contextmanager
def serving(app: FastAPI, policy: ApiPolicy) -> Iterator[str]:
    """Serve on a real port and return the address; ends in order."""
    ready = threading.Event()
    found: list[str] = []

    def announce(address: str) -> None:
        found.append(address)
        ready.set()

    server = Server(app, policy, listen(policy), announce)
    thread = threading.Thread(target=server.serve_until_stopped, name="server")
    thread.start()
    try:
        assert ready.wait(PATIENCE_S)
        yield found[0]
    finally:
        server.stop()
        thread.join(PATIENCE_S)
    assert not thread.is_alive()


@cache
def spoken(voice: str, number: int) -> AudioClip:
    """Return a sentence of a synthetic voice."""
    return voices.speak(voice, voices.SENTENCES[number])


def sound_file(clip: AudioClip, kind: str = "WAV", subtype: str | None = None) -> bytes:
    """Return a clip as the content of a file."""
    file = io.BytesIO()
    soundfile.write(file, clip.samples, clip.rate, format=kind, subtype=subtype)
    return file.getvalue()


@cache
def voice_file(voice: str, number: int) -> bytes:
    """Return a sentence of a synthetic voice as a WAV file."""
    return sound_file(spoken(voice, number))


def take(kiosk: Kiosk, voice: str, number: int) -> TakeAccepted:
    """Return an accepted take, as the desktop makes it."""
    from kiosk.core.visit.outcomes import TakeAccepted

    outcome = kiosk.enroll.check_take(kiosk.recordings.speech_of(spoken(voice, number)))
    assert isinstance(outcome, TakeAccepted)
    return outcome


def enroll(kiosk: Kiosk, user_id: str, voice: str, *, takes: int = 1) -> None:
    """Enroll a synthetic voice as the desktop does."""
    made = [take(kiosk, voice, number) for number in range(takes)]
    kiosk.enroll.save(user_id, "", made, consent=True)


def base64_of(data: bytes) -> str:
    """Return what clients put into the field ``data``."""
    return base64.b64encode(data).decode("ascii")


def stream_with(client: TestClient, data: bytes, size: int = CHUNK) -> str:
    """Upload a recording as the seed's example client does, and return its stream."""
    stream = str(client.post("/start_stream").json()["uuid"])
    for start in range(0, len(data), size):
        body = {"data": base64_of(data[start : start + size])}
        assert client.post(f"/upload_stream_data/{stream}", json=body).status_code == 200
    return stream
