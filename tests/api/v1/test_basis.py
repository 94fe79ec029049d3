"""How a score came about, as verifications answer it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.api.support import enroll, voice_file
from tests.api.v1.support import verify

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from kiosk.services.facade import Kiosk


def test_a_verification_tells_what_it_rests_on(client: TestClient, kiosk: Kiosk) -> None:
    enroll(kiosk, "anna", "slt", takes=3)
    own, other = (
        verify(client, "anna", voice_file(voice, 4)).json()["basis"] for voice in ("slt", "rms")
    )
    assert own["scorer"] == other["scorer"] == f"site:{'+'.join(kiosk.engine.deciding)}"
    assert own["one_in"] == other["one_in"] == 100
    assert set(own["cosines"]) == set(kiosk.engine.deciding)
    for model_id, cosine in own["cosines"].items():
        assert cosine > other["cosines"][model_id]
    assert own["llr"] > 0 > other["llr"]
