#!/usr/bin/env python3
"""Enrolls and verifies people over HTTP; needs nothing but Python's standard library.

    python3 kiosk_client.py enroll anna first.wav
    python3 kiosk_client.py verify anna probe.wav

The service is found at KIOSK_ADDRESS, by default http://127.0.0.1:3000; KIOSK_API_KEY holds the
key, which a service that listens on 127.0.0.1 does not ask for. For HTTPS with a certificate of
one's own, SSL_CERT_FILE names it. Exit codes: 0 verified or enrolled, 1 not verified, 2 an error, 3
the recording was too poor to decide.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHUNK = 30_000
TIMEOUT_S = 30.0
UNDECIDED = "Could not tell "
"""What the message begins with when the recording was too poor: 400 stands for other things too."""


class Refused(Exception):
    """The service said no.

    Attributes:
        status: HTTP status: 400 the recording or a value, 401 and 403 the key, 404 and 461 the
            stream has expired, 409 enrolled already, 429 and 503 try again later, 460 nobody has
            that ID.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Verdict:
    """What the service decided.

    Attributes:
        verified: whether the voice is that of the person.
        score: cosine score.
    """

    verified: bool
    score: float


class KioskClient:
    """One service.

    Args:
        address: such as ``http://127.0.0.1:3000``.
        key: an API key; a service that listens on 127.0.0.1 needs none.
    """

    def __init__(self, address: str = "http://127.0.0.1:3000", key: str | None = None) -> None:
        self._address = address.rstrip("/")
        self._headers = {"Content-Type": "application/json"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"

    def enroll(self, external_id: str, recording: bytes) -> None:
        """Enroll a person, who has agreed to it, from one recording.

        Raises:
            Refused: the service did not.
        """
        self._send("/vv/enroll", {"uuid": self._upload(recording), "external_id": external_id})

    def verify(self, external_id: str, recording: bytes) -> Verdict:
        """Ask whether a recording is of a person.

        Raises:
            Refused: the service did not decide.
        """
        stream = self._upload(recording)
        answer = self._send("/vv/verify", {"uuid": stream, "external_id": external_id})
        return Verdict(answer["result"] == "True", float(answer["score"]))

    def _upload(self, recording: bytes) -> str:
        """Send the content of a WAV file, or 16 bit mono samples at 16 kHz; return the stream."""
        stream = str(self._send("/start_stream")["uuid"])
        for start in range(0, len(recording), CHUNK):
            data = base64.b64encode(recording[start : start + CHUNK]).decode("ascii")
            self._send(f"/upload_stream_data/{stream}", {"data": data})
        return stream

    def _send(self, path: str, body: dict[str, str] | None = None) -> Any:
        request = urllib.request.Request(
            self._address + path,
            data=json.dumps(body or {}).encode(),
            headers=self._headers,
            method="POST",
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
                answer = response.read()
        except urllib.error.HTTPError as error:
            with error:
                raise Refused(error.code, _message(error.read())) from error
        return json.loads(answer) if answer else {}


def _message(body: bytes) -> str:
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return "The service gave no reason."


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    if len(arguments) != 3 or arguments[0] not in {"enroll", "verify"}:
        print(__doc__, file=sys.stderr)
        return 2
    command, external_id, file = arguments
    address = os.environ.get("KIOSK_ADDRESS", "http://127.0.0.1:3000")
    client = KioskClient(address, os.environ.get("KIOSK_API_KEY"))
    try:
        recording = Path(file).read_bytes()
        if command == "enroll":
            client.enroll(external_id, recording)
            print(f"{external_id} is enrolled.")
            return 0
        verdict = client.verify(external_id, recording)
    except Refused as refused:
        print(f"{refused} ({refused.status})", file=sys.stderr)
        return 3 if refused.status == 400 and str(refused).startswith(UNDECIDED) else 2
    except urllib.error.URLError as error:
        print(f"{address}: {error.reason}. Does the service run there?", file=sys.stderr)
        return 2
    except OSError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{'verified' if verdict.verified else 'not verified'}, score {verdict.score:.3f}")
    return 0 if verdict.verified else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
