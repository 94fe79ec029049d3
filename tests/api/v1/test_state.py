"""Health, readiness, models and metrics."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING, Any

from prometheus_client.parser import text_string_to_metric_families

from kiosk.api.assembly import check_streams
from kiosk.api.hearing.stream_errors import StreamStoreDown
from kiosk.api.records.metrics import UNMATCHED, Metrics
from kiosk.core.errors import DatabaseLocked
from tests.api.v1.support import NO_SOUND, problem, verify

if TYPE_CHECKING:
    import pytest
    from starlette.testclient import TestClient

    from kiosk.api.context import Context
    from kiosk.services.facade import Kiosk


def _samples(client: TestClient) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Return the metrics by name and labels."""
    response = client.get("/v1/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def _count(client: TestClient, name: str, **labels: str) -> float:
    return _samples(client).get((name, tuple(sorted(labels.items()))), 0.0)


def test_the_service_is_alive_whatever_is_broken(client: TestClient, context: Context) -> None:
    context.streams.close()
    context.kiosk.engine._encoder = None
    assert client.get("/v1/health").json() == {"status": "alive"}


def test_a_service_that_can_work_is_ready(client: TestClient, context: Context) -> None:
    assert check_streams(context) == []
    answer = client.get("/v1/ready").json()
    assert answer["status"] == "ready"
    assert answer["checks"] == {
        name: {"ok": True, "detail": ""} for name in ("storage", "model", "streams")
    }


def test_what_is_missing_is_named(
    client: TestClient, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> None:
        raise DatabaseLocked("Another process holds the database.")

    def down() -> list[str]:
        raise StreamStoreDown("The stream store does not answer.")

    monkeypatch.setattr(context.kiosk.engine, "_encoder", None)
    response = client.get("/v1/ready")
    told = problem(response, 503, "not-ready")
    assert response.headers["retry-after"] == "5"
    assert "model" in told["detail"]
    assert told["hint"] == "'kiosk doctor' tells more."
    assert {name: check["ok"] for name, check in told["checks"].items()} == {
        "storage": True,
        "model": False,
        "streams": True,
    }
    monkeypatch.setattr(context.kiosk.health, "require_able", locked)
    monkeypatch.setattr(context.streams, "ids", down)
    told = problem(client.get("/v1/ready"), 503, "not-ready")
    assert [check["ok"] for check in told["checks"].values()] == [False, False, False]
    assert told["checks"]["storage"]["detail"].startswith("DB-003 ")
    assert told["hint"].count("kiosk doctor") == 1
    assert "api.streams" in told["hint"]
    (warning,) = check_streams(context)
    assert "The stream store does not answer." in warning


def test_ready_means_that_a_verification_finds_room(client: TestClient) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))  # as a quota that is used up
    try:
        answer = client.get("/v1/ready")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    told = problem(answer, 503, "not-ready")
    assert told["checks"]["storage"] == {"ok": False, "detail": "DB-006 The disk is full."}
    assert client.get("/v1/ready").status_code == 200


def test_the_models_are_shown_with_the_threshold_in_force(client: TestClient, kiosk: Kiosk) -> None:
    first, second = kiosk.engine.deciding
    for model_id in (first, second):
        kiosk.preferences.set_threshold(kiosk.models.card(model_id), 0.5)

    def shown() -> dict[str, Any]:
        models = client.get("/v1/models").json()["models"]
        assert str(kiosk.engine.card.folder) not in str(models)
        return {model["model_id"]: model for model in models}

    # Both decide, by the policy; what is stored for one alone says nothing.
    assert [shown()[each]["threshold"] for each in (first, second)] == [0.25, 0.25]
    assert [shown()[each]["in_use"] for each in (first, second)] == [True, False]
    assert shown()[first]["default_threshold"] == kiosk.engine.card.threshold
    kiosk.models.set_also(None)
    assert [shown()[each]["threshold"] for each in (first, second)] == [0.25, 0.5]


def test_requests_are_counted_by_template_and_status(client: TestClient) -> None:
    for user_id in ("anna", "bob", "a b"):
        client.get(f"/v1/people/{user_id}")
    client.get("/nowhere/at/all")
    route = "/v1/people/{external_id}"
    found = {"method": "GET", "route": route}
    assert _count(client, "kiosk_http_requests_total", **found, status="404") == 2
    assert _count(client, "kiosk_http_requests_total", **found, status="400") == 1
    assert _count(client, "kiosk_http_request_seconds_count", **found) == 3
    lost = {"method": "GET", "route": UNMATCHED, "status": "404"}
    assert _count(client, "kiosk_http_requests_total", **lost) == 1


def test_no_label_names_anybody(client: TestClient) -> None:
    verify(client, "very-secret-id", NO_SOUND)
    client.get("/v1/people/very-secret-id")
    client.request("SECRET", "/very-secret-id")
    text = client.get("/v1/metrics").text.lower()
    assert "secret" not in text
    assert 'method="other"' in text


def test_streams_and_the_queue_are_read_when_asked(client: TestClient, context: Context) -> None:
    client.post("/start_stream")
    client.post("/start_stream")
    context.inference._inside = 4
    samples = _samples(client)
    context.inference._inside = 0
    assert samples["kiosk_streams", ()] == 2
    assert samples["kiosk_inference_waiting", ()] == 3
    assert samples["kiosk_inference_refused_total", ()] == 0


def test_a_stream_store_that_is_down_takes_no_other_figure_with_it(
    client: TestClient, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down() -> list[str]:
        raise StreamStoreDown("The stream store does not answer.")

    monkeypatch.setattr(context.streams, "ids", down)
    samples = _samples(client)
    assert ("kiosk_streams", ()) not in samples
    assert ("kiosk_inference_waiting", ()) in samples


def test_two_services_in_one_process_count_for_themselves(context: Context) -> None:
    one, other = Metrics(), Metrics()
    one.verified("verified")
    line = b'kiosk_verifications_total{outcome="verified"} 1.0'
    assert line in one.text(context.inference, context.streams)
    assert line not in other.text(context.inference, context.streams)
    assert b"_created" not in one.text(context.inference, context.streams)
