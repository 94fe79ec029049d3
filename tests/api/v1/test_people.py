"""People over HTTP: pages, changes, erasing, attempts, voiceprints."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np
import pytest

from kiosk.core.accounts.acting import acting_as
from kiosk.core.accounts.credentials import Right
from kiosk.core.accounts.roles import Action, program
from kiosk.core.hearing.quality import QualityReport
from kiosk.core.visit.outcomes import TakeAccepted
from kiosk.core.voice.embedding import Embedding
from tests.api.support import client_of, service, voice_file
from tests.api.v1.support import key_with, problem, verify

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from kiosk.services.facade import Kiosk

_QUALITY = QualityReport(6.0, 5.5, 0.98, 40.0, 0.0, -18.0, 7_500.0, 0)


def _add(kiosk: Kiosk, *ids: str, name: str = "") -> None:
    """Enroll people with a voiceprint of random numbers: nobody speaks here."""
    for number, user_id in enumerate(ids):
        generator = np.random.default_rng(number)
        first, second = (
            Embedding.of(generator.normal(size=kiosk.models.card(model_id).dim), model_id)
            for model_id in kiosk.engine.deciding
        )
        kiosk.enroll.save(user_id, name, [TakeAccepted(_QUALITY, first, second)], consent=True)


def _pages(client: TestClient, address: str, key: str, limit: int) -> list[list[Any]]:
    """Return all pages of a list."""
    pages = []
    cursor: dict[str, str] = {}
    while True:
        answer = client.get(address, params={"limit": str(limit), **cursor}).json()
        pages.append(answer[key])
        if answer["next_cursor"] is None:
            return pages
        cursor = {"cursor": answer["next_cursor"]}


def test_people_come_in_pages_by_id(client: TestClient, kiosk: Kiosk) -> None:
    ids = ["b", "a", "é", "c", "Z", "例え", "a.b@c"]
    _add(kiosk, *ids)
    for limit in (1, 2, 3, 7, 8):
        pages = _pages(client, "/v1/people", "people", limit)
        assert [row["external_id"] for page in pages for row in page] == sorted(ids)
        assert all(len(page) == limit for page in pages[:-1])
        assert 0 < len(pages[-1]) <= limit


def test_a_page_goes_on_where_the_last_row_was_even_if_that_is_gone(
    client: TestClient, kiosk: Kiosk
) -> None:
    _add(kiosk, "a", "b", "c")
    first = client.get("/v1/people", params={"limit": 2}).json()
    kiosk.people.remove("b")
    rest = client.get("/v1/people", params={"cursor": first["next_cursor"]}).json()
    assert [row["external_id"] for row in rest["people"]] == ["c"]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=501", "limit=x", "cursor=!", "cursor=a", "cursor=_w"]
)
def test_pages_that_cannot_be_are_refused(client: TestClient, query: str) -> None:
    response = client.get(f"/v1/people?{query}")
    assert response.status_code == 400
    assert response.json()["detail"]


def test_a_row_tells_the_last_decision(client: TestClient, kiosk: Kiosk) -> None:
    _add(kiosk, "anna", name="Anna")
    before = client.get("/v1/people").json()["people"][0]
    assert (before["name"], before["enabled"], before["takes"]) == ("Anna", True, 1)
    assert before["last_attempt_at"] is before["last_score"] is None
    score = verify(client, "anna", voice_file("slt", 0)).json()["score"]
    after = client.get("/v1/people").json()["people"][0]
    assert after["last_score"] == score
    assert after["last_attempt_at"] > before["enrolled_at"]
    assert after["last_verified_at"] is None


def test_a_person_is_shown_without_anything_biometric(client: TestClient, kiosk: Kiosk) -> None:
    _add(kiosk, "anna")
    response = client.get("/v1/people/anna")
    answer = response.json()
    assert answer["consent"]["text_version"] == kiosk.consents.text().version
    shown = {each["model_id"]: each for each in answer["voiceprints"]}
    assert set(shown) == set(kiosk.engine.deciding)
    for each in shown.values():
        assert each["takes"][0]["quality"]["net_speech_s"] == 5.5
    assert "embedding" not in response.text


@pytest.mark.parametrize("user_id", ["anna", "Anna.B-1@site_2", "Łukasz", "例え"])
def test_odd_ids_work_in_addresses(client: TestClient, kiosk: Kiosk, user_id: str) -> None:
    _add(kiosk, user_id)
    address = f"/v1/people/{quote(user_id, safe='')}"
    assert client.get(address).json()["external_id"] == user_id
    assert client.patch(address, json={"name": "X"}).json()["name"] == "X"
    assert client.get(f"{address}/attempts").json()["attempts"] == []
    assert client.delete(address).status_code == 204
    assert kiosk.people.everybody() == []


def test_composed_and_decomposed_accents_are_one_person(client: TestClient, kiosk: Kiosk) -> None:
    _add(kiosk, "Jos\u00e9")
    assert client.get("/v1/people/Jose%CC%81").json()["external_id"] == "Jos\u00e9"


@pytest.mark.parametrize("address", ["%20", "a%20b", "-a", "a%00", "%FF", "x" * 65, "..", "a%2Fb"])
def test_addresses_that_name_nobody(client: TestClient, address: str) -> None:
    for method in ("GET", "DELETE"):
        response = client.request(method, f"/v1/people/{address}")
        assert response.status_code in (400, 404)
        assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["", "/attempts", "/voiceprints"])
def test_unknown_people_are_not_found(client: TestClient, path: str) -> None:
    problem(client.get(f"/v1/people/nobody{path}"), 404, "unknown-person")


def test_a_change_leaves_what_was_not_sent(client: TestClient, kiosk: Kiosk) -> None:
    _add(kiosk, "anna", name="Anna")
    disabled = client.patch("/v1/people/anna", json={"enabled": False}).json()
    assert (disabled["name"], disabled["enabled"]) == ("Anna", False)
    renamed = client.patch("/v1/people/anna", json={"name": " Anna  B "}).json()
    assert (renamed["name"], renamed["enabled"]) == ("Anna B", False)
    both = client.patch("/v1/people/anna", json={"name": "", "enabled": True}).json()
    assert (both["name"], both["enabled"]) == ("", True)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"enabled": "no"},
        {"enabled": None},
        {"name": 1},
        {"name": "x" * 121},
        {"name": "a\u202eb"},
        {"name": "\ud800"},
        {"external_id": "bob"},
        {"\ud800": 1},
        [],
        None,
    ],
)
def test_changes_that_cannot_be_made_change_nothing(
    client: TestClient, kiosk: Kiosk, body: object
) -> None:
    _add(kiosk, "anna", name="Anna")
    sent = json.dumps(body).encode("ascii")
    response = client.patch(
        "/v1/people/anna", content=sent, headers={"Content-Type": "application/json"}
    )
    assert response.status_code == 400, response.text
    person, _ = kiosk.people.details("anna")
    assert (person.name, person.enabled) == ("Anna", True)


def test_a_person_is_erased_once(client: TestClient, kiosk: Kiosk) -> None:
    _add(kiosk, "anna")
    response = client.delete("/v1/people/anna")
    assert (response.status_code, response.content) == (204, b"")
    problem(client.delete("/v1/people/anna"), 404, "unknown-person")


def test_an_erasure_names_the_copies_that_hold_the_person(client: TestClient, kiosk: Kiosk) -> None:
    for number in (1, 2):
        _add(kiosk, "anna", "bob")
        made = kiosk.backups.create().file
        # Also in the answers whose bodies existing clients know.
        routes = ("/v1/people/anna", "/vv/delete_enrollment/bob")
        if number == 2:
            routes = ("/v1/people?confirm=true", "/vv/delete_all_enrollment")
        for route in routes:
            told = client.delete(route).headers["Kiosk-Backups"]
            assert made.name in told.split(", ")
    for info in kiosk.backups.all():
        kiosk.backups.remove(info.file)
    _add(kiosk, "anna")
    assert "Kiosk-Backups" not in client.delete("/v1/people/anna").headers


def test_everybody_is_erased_only_when_confirmed(client: TestClient, kiosk: Kiosk) -> None:
    _add(kiosk, "a", "b", "c")
    for query in ("", "?confirm=false", "?confirm=yes"):
        problem(client.delete(f"/v1/people{query}"), 400, "invalid-request")
    assert len(kiosk.people.everybody()) == 3
    assert client.delete("/v1/people?confirm=true").json() == {"deleted_count": 3}
    assert client.delete("/v1/people?confirm=true").json() == {"deleted_count": 0}


def test_attempts_come_in_pages_newest_first(client: TestClient, kiosk: Kiosk) -> None:
    _add(kiosk, "anna")
    scores = [verify(client, "anna", voice_file("slt", n)).json()["score"] for n in range(3)]
    for limit in (1, 2, 3, 4):
        pages = _pages(client, "/v1/people/anna/attempts", "attempts", limit)
        rows = [row for page in pages for row in page]
        assert [row["score"] for row in rows] == scores[::-1]
        assert {row["outcome"] for row in rows} == {"not_verified"}
    foreign = client.get("/v1/people/anna/attempts", params={"cursor": "YWJj"})
    problem(foreign, 400, "invalid-input")


def test_raw_voiceprints_need_their_right(client: TestClient, kiosk: Kiosk) -> None:
    _add(kiosk, "anna")
    address = "/v1/people/anna/voiceprints"
    plain = client.get(address).json()
    assert plain["voiceprints"][0]["embeddings"] is None
    # Programs on this machine need no key for anything else.
    problem(client.get(f"{address}?raw=true"), 401)
    admin = key_with(kiosk, Right.ADMIN)
    problem(client.get(f"{address}?raw=true", headers=admin), 403)
    allowed = key_with(kiosk, Right.PEOPLE, Right.VOICEPRINTS)
    raw = client.get(f"{address}?raw=true", headers=allowed).json()
    with acting_as(program("tests", frozenset({Action.VOICEPRINTS}))):
        vectors = [take.vector for take in kiosk.people.voiceprints("anna")[0].takes]
    assert np.array_equal(np.float32(raw["voiceprints"][0]["embeddings"]), vectors)


def test_each_route_asks_for_its_right(kiosk: Kiosk) -> None:
    _add(kiosk, "anna")
    with service(kiosk, host="0.0.0.0") as context, client_of(context, "192.0.2.1") as client:
        for headers, status in (
            ({}, 401),
            ({"Authorization": "Bearer vk_nothing"}, 401),
            (key_with(kiosk, Right.VERIFY, Right.ENROLL, Right.VOICEPRINTS), 403),
            (key_with(kiosk, Right.PEOPLE), 200),
        ):
            assert client.get("/v1/people", headers=headers).status_code == status
        # Asked before the body is read: 401 and not 415.
        problem(client.post("/v1/enrollments", content=b"x"), 401)
        verifier = key_with(kiosk, Right.VERIFY)
        problem(client.post("/v1/enrollments", content=b"x", headers=verifier), 403)
        problem(client.post("/v1/verifications", content=b"x", headers=verifier), 415)
        for free in ("/v1/health", "/v1/ready"):
            assert client.get(free).status_code == 200
