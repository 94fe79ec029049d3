"""Who is let in: rights, addresses, keys, and what is written down about it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from starlette.datastructures import Headers

from kiosk.api.accounts.auth import KeyRing, shown_key
from kiosk.api.accounts.clients import UNKNOWN, caller_of
from kiosk.core.accounts.credentials import Right
from kiosk.core.api_policy import ApiPolicy
from kiosk.services.accounts.api_keys import ApiKeys
from tests.api.doorway import ELSEWHERE, HERE, PUBLIC, doorway
from tests.fakes.clock import START, FixedClock
from tests.fakes.records.activity import FakeActivityLog
from tests.fakes.records.audit import PlainSecret
from tests.fakes.storage import InMemoryDatabase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import Scope

    from tests.api.doorway import Doorway

PEOPLE = "/vv/list_enrollments"
RAW = "/http_stream/voiceprint/none"
KEYLESS = ("/v1/health", "/v1/ready")


@pytest.fixture
def home() -> Iterator[Doorway]:
    """Return the service as it is by default: on this machine, for this machine."""
    with doorway() as door:
        yield door


@pytest.fixture
def public() -> Iterator[Doorway]:
    """Return a service that other machines can reach."""
    with doorway(PUBLIC) as door:
        yield door


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


# --- on this machine -------------------------------------------------------------------------


def test_no_key_is_needed_at_home(home: Doorway) -> None:
    client = home.client()
    assert client.get(PEOPLE).json() == {"ids": []}
    assert client.post("/start_stream").status_code == 200
    assert client.get("/v1/people").status_code == 200
    assert client.delete("/vv/delete_all_enrollment").json() == {"deleted_count": 0}


@pytest.mark.parametrize("path", [RAW, "/vv/get_voiceprint/nobody"])
def test_raw_voiceprints_need_a_key_at_home(home: Doorway, path: str) -> None:
    refused = home.client().get(path)
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert set(refused.json()) == {"message"}
    assert "kiosk api-key create NAME --right voiceprints" in refused.json()["message"]
    key = home.key(Right.VOICEPRINTS)
    assert home.client().get(RAW, headers=bearer(key)).status_code == 404


def test_comparing_raw_voiceprints_needs_a_key_at_home(home: Doorway) -> None:
    body = {"voiceprint1": [1.0, 0.0], "voiceprint2": [1.0, 0.0]}
    assert home.client().post("/speakeridt/compare_vp", json=body).status_code == 401
    key = home.key(Right.VOICEPRINTS)
    answered = home.client().post("/speakeridt/compare_vp", json=body, headers=bearer(key))
    assert answered.status_code == 200


def test_compatibility_with_the_seed_needs_no_key_for_its_routes_at_home() -> None:
    with doorway(ApiPolicy(seed_compat=True)) as door:
        assert door.client().get(RAW).status_code == 404
        body = {"voiceprint1": [1.0, 0.0], "voiceprint2": [1.0, 0.0]}
        assert door.client().post("/speakeridt/compare_vp", json=body).status_code == 200
        assert door.client(ELSEWHERE).get("/vv/get_voiceprint/nobody").status_code == 401


@pytest.mark.parametrize("address", [ELSEWHERE, "2001:db8::1", "not-an-address"])
def test_whoever_is_not_here_needs_a_key_wherever_the_service_listens(
    home: Doorway, address: str
) -> None:
    assert home.client(address).get(PEOPLE).status_code == 401


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"], ids=str.lower
)
def test_whoever_comes_through_a_proxy_on_this_machine_is_not_here(
    home: Doorway, header: str
) -> None:
    assert home.client().get(PEOPLE, headers={header: HERE}).status_code == 401


def test_a_key_that_is_shown_counts_at_home_too(home: Doorway) -> None:
    key = home.key(Right.VERIFY)
    assert home.client().get(PEOPLE, headers=bearer(key)).status_code == 403
    assert home.client().get(PEOPLE, headers=bearer(f"{key}x")).status_code == 401
    assert home.client().get("/v1/health", headers=bearer(f"{key}x")).status_code == 401


# --- on the network --------------------------------------------------------------------------


@pytest.mark.parametrize("address", [HERE, ELSEWHERE])
def test_a_key_is_needed_for_everything_but_health_on_the_network(
    public: Doorway, address: str
) -> None:
    client = public.client(address, host="kiosk.example:3000")
    for path in (PEOPLE, "/vv/get_voiceprint/nobody", "/get_all_streams", "/v1/people"):
        assert client.get(path).status_code == 401, path
    assert client.post("/start_stream").status_code == 401
    for path in KEYLESS:
        assert client.get(path).status_code in (200, 503), path


@pytest.mark.parametrize("way", ["Authorization", "X-API-Key"])
def test_a_key_is_shown_in_either_header(public: Doorway, way: str) -> None:
    key = public.key(Right.PEOPLE)
    headers = {way: f"Bearer {key}" if way == "Authorization" else key}
    assert public.client(ELSEWHERE).get(PEOPLE, headers=headers).json() == {"ids": []}


def test_a_right_opens_only_what_it_is_for(public: Doorway) -> None:
    asks = {
        Right.VERIFY: ("POST", "/start_stream"),
        Right.PEOPLE: ("GET", PEOPLE),
        Right.VOICEPRINTS: ("GET", RAW),
        Right.ADMIN: ("GET", "/get_all_streams"),
    }
    for held in Right:
        key = public.key(held)
        for needed, (method, path) in asks.items():
            status = public.client().request(method, path, headers=bearer(key)).status_code
            permitted = held is needed or (held is Right.ADMIN and needed is not Right.VOICEPRINTS)
            assert (status != 403) == permitted, (held, needed, status)
            assert status != 401


def test_a_missing_right_is_named(public: Doorway) -> None:
    key = public.key(Right.VERIFY)
    refused = public.client().get(PEOPLE, headers=bearer(key))
    assert "lacks the right 'people'" in refused.json()["message"]
    assert key not in refused.text


def test_refusals_of_our_own_routes_are_problems(public: Doorway) -> None:
    refused = public.client().get("/v1/people")
    assert refused.status_code == 401
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json()["status"] == 401
    assert "API key" in refused.json()["detail"]


def test_the_engine_is_closed_to_other_machines() -> None:
    with doorway(PUBLIC) as door:
        headers = bearer(door.key(Right.ADMIN))
        refused = door.client(ELSEWHERE).post("/http_stream", headers=headers)
        assert refused.status_code == 403
        assert "api.seed_engine_open" in refused.json()["message"]
        # Strangers do not learn that it is there, and a wrong key is told to be one.
        assert door.client(ELSEWHERE).post("/http_stream").status_code == 404
        assert door.client(ELSEWHERE).post("/http_stream", headers=bearer("x")).status_code == 401
        assert door.client(HERE).post("/http_stream", headers=headers).status_code == 200
    with doorway(replace(PUBLIC, seed_engine_open=True)) as door:
        headers = bearer(door.key(Right.ADMIN))
        assert door.client(ELSEWHERE).post("/http_stream", headers=headers).status_code == 200
        assert door.client(ELSEWHERE).post("/http_stream").status_code == 401


@pytest.mark.parametrize("shape", ["sized", "chunked"])
def test_a_stranger_is_asked_for_a_key_before_the_body_is_read(public: Doorway, shape: str) -> None:
    read = []

    def body() -> Iterator[bytes]:
        read.append(True)
        yield b"not even JSON"

    content = body() if shape == "chunked" else b"not even JSON"
    refused = public.client(ELSEWHERE).post("/vv/enroll", content=content)
    assert refused.status_code == 401
    assert refused.headers["Connection"] == "close"
    assert "WWW-Authenticate" in refused.headers


# --- wrong keys ------------------------------------------------------------------------------


def test_a_revoked_key_is_refused(public: Doorway) -> None:
    key = public.key(Right.PEOPLE)
    client = public.client(headers=bearer(key))
    public.kiosk.api_keys.revoke(key.split("_")[1])
    assert client.get(PEOPLE).status_code == 401


@pytest.mark.parametrize(
    "shown",
    [
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": "bearer vk_x"},
        {"X-API-Key": ""},
        {"X-API-Key": "vk_000000000000_" + "0" * 43},
        {"X-API-Key": "\xff" * 60},
    ],
    ids=range(6),
)
def test_what_is_no_key_is_refused(public: Doorway, shown: dict[str, str]) -> None:
    sent = [(name.encode(), value.encode("latin-1")) for name, value in shown.items()]
    refused = public.client().get("/v1/health", headers=sent)
    assert refused.status_code == 401
    assert "not accepted" in refused.json()["detail"]


def test_refused_keys_are_counted_in_the_activity_log_without_the_key(public: Doorway) -> None:
    wrong = "vk_aaaaaaaaaaaa_" + "S" * 43
    client = public.client(ELSEWHERE, headers=bearer(wrong))
    for _ in range(9):
        client.get(PEOPLE)
    public.client(HERE, headers=bearer(wrong)).get(PEOPLE)
    lines = [line for line in public.activity() if "refused" in line]
    assert lines == [
        *(f"API key refused from {ELSEWHERE} (number {count})" for count in (1, 2, 4, 8)),
        f"API key refused from {HERE} (number 1)",
    ]
    logged = "".join(file.read_text("utf-8") for file in public.logs_dir.iterdir())
    assert "S" * 20 not in logged


# --- the ring --------------------------------------------------------------------------------


def test_keys_are_read_again_after_a_second() -> None:
    database, activity = InMemoryDatabase(), FakeActivityLog()
    here, elsewhere = (ApiKeys(database, FixedClock(), activity, PlainSecret()) for _ in range(2))
    now = 0.0
    ring = KeyRing(here, clock=lambda: now)
    key, text = elsewhere.create("test", [Right.VERIFY])
    for _ in range(3):
        commits = database.commits
        assert ring.recognize(text) == replace(key, last_used_at=START)
    assert database.commits == commits  # a use is recorded once in a while
    elsewhere.revoke(key.key_id)
    now = 0.999
    assert ring.recognize(text) is not None
    now = 1.0
    assert ring.recognize(text) is None


def test_a_new_key_is_known_at_once_unless_somebody_tries_many() -> None:
    keys = ApiKeys(InMemoryDatabase(), FixedClock(), FakeActivityLog(), PlainSecret())
    ring = KeyRing(keys, clock=lambda: 0.0)
    assert ring.recognize(keys.create("first", [Right.VERIFY])[1]) is not None
    second, text = keys.create("second", [Right.VERIFY])
    assert ring.recognize(text, look_again=False) is None
    assert ring.recognize(text) == replace(second, last_used_at=START)


# --- who asks --------------------------------------------------------------------------------


def scope_of(peer: str | None, headers: dict[str, str] | None = None) -> Scope:
    return {
        "type": "http",
        "client": None if peer is None else (peer, 1),
        "headers": Headers(headers or {}).raw,
    }


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("10.0.0.1", "198.51.100.9", "198.51.100.9"),
        ("10.0.0.1", "203.0.113.1, 198.51.100.9", "198.51.100.9"),  # the first may be made up
        ("10.0.0.1", "198.51.100.9, 10.0.0.2", "198.51.100.9"),
        ("10.0.0.1", "127.0.0.1", "127.0.0.1"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.9, nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("198.51.100.1", "127.0.0.1", "198.51.100.1"),  # nobody asked this one
    ],
)
def test_only_trusted_proxies_are_believed(peer: str, forwarded: str, address: str) -> None:
    policy = ApiPolicy(proxies=("10.0.0.0/8",))
    caller = caller_of(scope_of(peer, {"X-Forwarded-For": forwarded}), policy)
    assert (caller.address, caller.local) == (address, False)


def test_nobody_behind_a_proxy_on_this_machine_is_local() -> None:
    policy = ApiPolicy(proxies=("127.0.0.1",))
    assert not caller_of(scope_of(HERE), policy).local
    assert caller_of(scope_of("127.0.0.2"), policy).local


@pytest.mark.parametrize(
    ("peer", "address", "local"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("::1", "::1", True),
        ("::ffff:127.0.0.1", "127.0.0.1", True),
        ("::ffff:192.0.2.7", "192.0.2.7", False),
        ("192.0.2.7", "192.0.2.7", False),
        (None, UNKNOWN, False),
        ("", UNKNOWN, False),
    ],
)
def test_addresses(peer: str | None, address: str, local: bool) -> None:
    caller = caller_of(scope_of(peer), ApiPolicy())
    assert (caller.address, caller.local) == (address, local)


def test_who_has_one_ipv6_address_has_the_network() -> None:
    policy = ApiPolicy()
    one, other = (caller_of(scope_of(f"2001:db8::{n}"), policy).client for n in (1, 2))
    third = caller_of(scope_of("2001:db8:0:1::1"), policy).client
    assert one == other == "2001:db8::/64"
    assert third != one


@pytest.mark.parametrize(
    ("headers", "shown"),
    [
        ({}, None),
        ({"Authorization": "Basic eDp5"}, None),
        ({"Authorization": "Basic eDp5", "X-API-Key": "k"}, "k"),
        ({"Authorization": "BEARER  k ", "X-API-Key": "other"}, "k"),
        ({"Authorization": "Bearer"}, ""),
    ],
)
def test_where_a_key_is_looked_for(headers: dict[str, str], shown: str | None) -> None:
    assert shown_key(scope_of(HERE, headers)) == shown
