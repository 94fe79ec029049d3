"""A client that works as the seed's clients do: a stream, chunks of 30,000 bytes, a verdict."""

from __future__ import annotations

import base64
import io
import json
import time
import wave
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np

if TYPE_CHECKING:
    from kiosk.core.hearing.audio import AudioClip

CHUNK = 30_000
_TIMEOUT_S = 60.0


class RequestFailed(Exception):
    """The service answered something else than 200, or not at all."""


@dataclass(frozen=True)
class Verdict:
    """How one verification went.

    Attributes:
        verified: what the service decided.
        upload_s: starting the stream and uploading the recording.
        verify_s: the request for the verdict.
    """

    verified: bool
    upload_s: float
    verify_s: float


class Client:
    """One connection, kept open.

    Args:
        address: of the service, such as ``http://127.0.0.1:3000``.
    """

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._connection = HTTPConnection(
            parts.hostname or "", parts.port or 80, timeout=_TIMEOUT_S
        )

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def enroll(self, user_id: str, recording: bytes) -> None:
        """Enroll a person.

        Raises:
            RequestFailed: the service did not.
        """
        stream = self._uploaded(recording)
        self._send("POST", "/vv/enroll", {"uuid": stream, "external_id": user_id})

    def verify(self, user_id: str, recording: bytes) -> Verdict:
        """Upload a recording and ask for the verdict; the stream is deleted afterwards.

        Raises:
            RequestFailed: the service did not decide.
        """
        began = time.perf_counter()
        stream = self._uploaded(recording)
        uploaded = time.perf_counter()
        answer = self._send("POST", "/vv/verify", {"uuid": stream, "external_id": user_id})
        decided = time.perf_counter()
        self._send("DELETE", f"/http_stream/{stream}")
        return Verdict(answer["result"] == "True", uploaded - began, decided - uploaded)

    def processor_s(self) -> float | None:
        """Return the processor time that the service has used; None where it cannot tell."""
        for line in self._raw("GET", "/v1/metrics").decode().splitlines():
            if line.startswith("process_cpu_seconds_total "):
                return float(line.split()[1])
        return None

    def _uploaded(self, recording: bytes) -> str:
        stream = str(self._send("POST", "/start_stream")["uuid"])
        for start in range(0, len(recording), CHUNK):
            data = base64.b64encode(recording[start : start + CHUNK]).decode("ascii")
            self._send("POST", f"/upload_stream_data/{stream}", {"data": data})
        return stream

    def _send(self, method: str, path: str, body: dict[str, str] | None = None) -> Any:
        answer = self._raw(method, path, body)
        return json.loads(answer) if answer else None

    def _raw(self, method: str, path: str, body: dict[str, str] | None = None) -> bytes:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        try:
            self._connection.request(method, path, json.dumps(body) if body else None, headers)
            response = self._connection.getresponse()
            answer = response.read()
        except (OSError, HTTPException) as exc:
            self._connection.close()  # the next request opens it again
            raise RequestFailed(f"{method} {path}: {type(exc).__name__}") from exc
        if response.status != 200:
            raise RequestFailed(f"{method} {path}: {response.status} {answer[:200].decode()}")
        return answer


def wav(clip: AudioClip) -> bytes:
    """Return a clip as a WAV file of 16 bit, mono."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(clip.rate)
        writer.writeframes((np.clip(clip.samples, -1, 1) * 32767).astype("<i2").tobytes())
    return file.getvalue()
