"""What tests of our own routes share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kiosk.core.hearing.audio import AudioClip
from tests.api.support import sound_file, spoken, voice_file

if TYPE_CHECKING:
    import httpx2
    from starlette.testclient import TestClient

    from kiosk.api.context import Context
    from kiosk.core.accounts.credentials import Right
    from kiosk.services.facade import Kiosk

PROBLEM = "application/problem+json"
NO_SOUND = b"this is not a recording"


def problem(response: httpx2.Response, status: int, slug: str = "") -> dict[str, Any]:
    """Return the problem object that this response must be."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == PROBLEM
    found: dict[str, Any] = response.json()
    assert found["status"] == status
    assert found["type"].startswith("urn:voice-kiosk:problem:")
    assert found["type"].endswith(f":{slug}" if slug else "")
    assert found["title"]
    assert found["detail"]
    return found


def takes(voice: str, *numbers: int) -> list[tuple[str, tuple[str, bytes, str]]]:
    """Return sentences of a voice as the files of a form."""
    return [
        ("audio", (f"{number}.wav", voice_file(voice, number), "audio/wav")) for number in numbers
    ]


def enroll(client: TestClient, user_id: str, voice: str, **fields: str) -> httpx2.Response:
    """Enroll a synthetic voice with one take."""
    form = {"external_id": user_id, "consent": "true", **fields}
    return client.post("/v1/enrollments", data=form, files=takes(voice, 0))


def verify(client: TestClient, user_id: str, recording: bytes) -> httpx2.Response:
    """Verify a claimed identity."""
    return client.post(
        "/v1/verifications", data={"external_id": user_id}, files={"audio": ("a", recording)}
    )


def key_with(kiosk: Kiosk, *rights: Right) -> dict[str, str]:
    """Return the headers that show a new key with these rights."""
    _, text = kiosk.api_keys.create("test", rights)
    return {"Authorization": f"Bearer {text}"}


def silence(seconds: float) -> bytes:
    return sound_file(AudioClip(np.zeros(int(16_000 * seconds), np.float32)))


def a_word() -> bytes:
    return sound_file(spoken("slt", 0).cut(0, 16_000))


def metrics(context: Context) -> bytes:
    return context.metrics.text(context.inference, context.streams)
