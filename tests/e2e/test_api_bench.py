"""``kiosk bench --api`` on a real service; how fast that is depends on the machine."""

from __future__ import annotations

import json
from functools import partial

import pytest

from kiosk.bench.api.speed import measure_api
from kiosk.cli import run
from kiosk.demo import voices


@pytest.mark.skipif(not voices.available(), reason="flite is not installed")
def test_the_service_is_measured(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The number of rounds makes figures steadier, which are not what is tested.
    monkeypatch.setattr("kiosk.bench.api.speed.measure_api", partial(measure_api, rounds=4))
    assert run(["bench", "--api", "--seconds", "1", "--clients", "3", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    load, overhead = figures["load"], figures["overhead"]
    assert (load["errors"], load["first_error"], load["clients"]) == (0, "", 3)
    assert load["verifications"] == load["verify"]["count"] == load["upload"]["count"] >= 3
    assert load["verified"] > 0.5
    assert overhead["http_ms"] > overhead["encode_ms"] > 0
    assert overhead["rounds"] == 4
