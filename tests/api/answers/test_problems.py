"""Failures in the shape of each family of routes, whoever raised them."""

from __future__ import annotations

import inspect
import logging
from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI
from pydantic import BaseModel
from starlette.responses import StreamingResponse
from starlette.testclient import TestClient

from kiosk.api.answers import kinds, problems
from kiosk.api.hearing import stream_errors
from kiosk.core import errors
from tests.api.v1.support import problem

if TYPE_CHECKING:
    from collections.abc import Iterator

ALL_ERRORS = [
    found
    for module in (errors, stream_errors)
    for _, found in inspect.getmembers(module, inspect.isclass)
    if issubclass(found, errors.KioskError)
]
PATHS = ("/v1/broken", "/broken")


class _Body(BaseModel):
    number: int


def _raising(error: Exception) -> TestClient:
    """Return a client of an application whose routes raise this."""
    app = FastAPI(openapi_url=None)
    problems.install(app, lambda _: None)

    @app.get("/v1/broken")
    @app.get("/broken")
    def broken() -> None:
        raise error

    return TestClient(app)


@pytest.mark.parametrize("kind", ALL_ERRORS, ids=lambda kind: str(kind.__name__))
def test_every_expected_failure_is_told_in_both_shapes(
    kind: type[errors.KioskError], caplog: pytest.LogCaptureFixture
) -> None:
    client = _raising(kind("It went wrong.", hint="Mend it."))
    entry = kinds.kind_of(kind(""))
    told = problem(client.get("/v1/broken"), entry.status, entry.slug)
    assert (told["title"], told["detail"], told["hint"], told["code"]) == (
        entry.title,
        "It went wrong.",
        "Mend it.",
        kind.code,
    )
    seed = client.get("/broken")
    assert seed.status_code == (entry.seed_status or entry.status)
    assert seed.json() == {"message": "It went wrong. Mend it."}
    # Whoever looks after the service learns of what only they can mend.
    assert bool(caplog.records) == (entry.status >= 500 and entry.retry_after is None)


@pytest.mark.parametrize("kind", [errors.Defect, errors.WrongPin, errors.MicrophoneFailed])
def test_what_cannot_happen_in_a_service_is_a_defect(kind: type[errors.KioskError]) -> None:
    assert kinds.kind_of(kind("")).slug == "defect"


def test_slugs_and_titles_belong_together() -> None:
    by_slug: dict[str, set[str]] = {}
    for kind in (*kinds.KINDS.values(), *kinds.STATUSES.values()):
        by_slug.setdefault(kind.slug, set()).add(kind.title)
    assert {slug: titles for slug, titles in by_slug.items() if len(titles) > 1} == {}


@pytest.mark.parametrize("path", PATHS)
def test_a_defect_shows_a_number_and_nothing_else(
    path: str, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "the samples of somebody's voice"
    response = _raising(RuntimeError(secret)).get(path)
    assert response.status_code == 500
    assert secret not in response.text
    assert "RuntimeError" not in response.text
    record = caplog.records[-1]
    assert record.levelno == logging.CRITICAL
    number = record.getMessage().removeprefix("incident ")
    assert number in response.text
    assert record.exc_info is not None
    if path == "/v1/broken":
        assert problem(response, 500, "defect")["incident"] == number


def test_retry_after_is_told(caplog: pytest.LogCaptureFixture) -> None:
    client = _raising(errors.DatabaseLocked("Locked."))
    assert client.get("/v1/broken").headers["retry-after"] == "1"
    assert client.get("/broken").headers["retry-after"] == "1"
    assert caplog.records == []


@pytest.mark.expects_log
def test_half_an_answer_is_cut_short_and_not_continued_with_another() -> None:
    app = FastAPI(openapi_url=None)
    problems.install(app, lambda _: None)

    @app.get("/v1/half")
    def half() -> StreamingResponse:
        def parts() -> Iterator[bytes]:
            yield b"first"
            raise RuntimeError

        return StreamingResponse(parts())

    with pytest.raises(RuntimeError):
        TestClient(app).get("/v1/half")


def test_unknown_addresses_and_methods(client: TestClient) -> None:
    assert problem(client.get("/v1/nothing"), 404, "unknown-address")["hint"] == "See /swagger/."
    problem(client.get("/v1"), 404, "unknown-address")
    assert "/swagger/" in client.get("/nothing").json()["message"]
    response = client.put("/v1/people/anna")
    assert "GET, PATCH, DELETE" in problem(response, 405, "unknown-method")["hint"]
    assert response.headers["allow"] == "GET, PATCH, DELETE"
    seed = client.put("/http_stream")
    assert seed.status_code == 405
    assert seed.headers["allow"] == "GET, POST"
    assert "PUT" in seed.json()["message"]


@pytest.mark.parametrize("path", ["/v1x", "/V1/people", "/v1.json"])
def test_only_our_own_prefix_gets_problem_objects(client: TestClient, path: str) -> None:
    assert set(client.get(path).json()) == {"message"}


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        (b'{"number": "AAAA"}', "number"),
        (b"{}", "number"),
        (b"[]", "body"),
        (b"not json", "body"),
        (b'{"number": 1e999}', "number"),
    ],
)
def test_what_was_sent_is_never_repeated(sent: bytes, field: str) -> None:
    app = FastAPI(openapi_url=None)
    problems.install(app, lambda _: None)

    @app.post("/v1/body")
    @app.post("/body")
    def body(body: _Body) -> None:
        del body

    client = TestClient(app)
    json = {"Content-Type": "application/json"}
    response = client.post("/v1/body", content=sent, headers=json)
    told = problem(response, 400, "invalid-request")
    assert [entry["field"] for entry in told["errors"]] == [field]
    assert "AAAA" not in response.text
    seed = client.post("/body", content=sent, headers=json)
    assert seed.status_code == 400
    assert set(seed.json()) == {"message"}
    assert field in seed.json()["message"]


def test_refusals_of_requests_have_a_kind_and_a_hint(client: TestClient) -> None:
    for told in (
        problem(client.get("/v1/people", headers={"X-API-Key": "wrong"}), 401, "key-needed"),
        problem(client.get("/v1/people", headers={"Origin": "http://a.example"}), 403, "forbidden"),
        problem(client.post("/v1/verifications", json={}), 415, "unknown-media-type"),
        problem(client.get("/v1/people", headers={"Host": "a.example"}), 421, "unknown-host"),
    ):
        assert told["hint"].endswith(".")
        assert told["hint"] not in told["detail"]


def test_what_is_no_file_is_told_in_the_words_of_clients(client: TestClient) -> None:
    form = {"external_id": "anna"}
    sent = {"files": {"audio": (None, "notafile")}, "data": form}
    told = problem(client.post("/v1/verifications", **sent), 400, "invalid-request")  # type: ignore[arg-type]
    (entry,) = told["errors"]
    assert entry == {"field": "audio", "message": "send it as a file (curl: -F audio=@FILE)"}
    many = {"files": [("audio", (None, "notafile"))], "data": {**form, "consent": "true"}}
    told = problem(client.post("/v1/enrollments", **many), 400, "invalid-request")  # type: ignore[arg-type]
    assert told["errors"][0]["message"] == "send it as a file (curl: -F audio=@FILE)"


def test_a_form_in_the_place_of_json_is_told_so(client: TestClient) -> None:
    told = client.post("/vv/verify", data={"uuid": "1"})
    assert told.status_code == 400
    assert "body: send a JSON object with Content-Type: application/json" in told.json()["message"]


def test_text_that_is_no_unicode_can_be_told() -> None:
    client = _raising(errors.InvalidInput("A lone surrogate: \ud800."))
    assert client.get("/v1/broken").json()["detail"] == "A lone surrogate: \ud800."
