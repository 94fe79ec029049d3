"""No web page drives the service, and every answer says how it is to be handled."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from kiosk.api.browsers import SECURITY_HEADERS
from kiosk.core.api_policy import ApiPolicy
from tests.api.doorway import ELSEWHERE, PUBLIC, doorway

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api.doorway import Doorway

PEOPLE = "/vv/list_enrollments"
EVIL = "https://evil.example"
GOOD = "https://desk.example"


@pytest.fixture
def home() -> Iterator[Doorway]:
    with doorway() as door:
        yield door


# --- names -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:3000", "localhost:80", "LOCALHOST", "[::1]:3000", "[::1]"]
)
def test_names_of_this_machine(home: Doorway, host: str) -> None:
    assert home.client().get(PEOPLE, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:3000", "127.0.0.1.evil.example", "localhost.evil.example"),
        *("192.0.2.7", "localhost@evil.example", "0.0.0.0", "", "[::1", "127.0.0.1:3000:80"),
    ],
)
def test_other_names_are_refused(home: Doorway, host: str) -> None:
    """A page whose name was made to point here (DNS rebinding) sends its own name."""
    refused = home.client().get(PEOPLE, headers={"Host": host})
    assert refused.status_code == 421
    assert "api.hosts" in refused.json()["message"]


def test_names_can_be_added() -> None:
    with doorway(ApiPolicy(hosts=("kiosk.lan",))) as door:
        assert door.client(host="kiosk.lan:3000").get(PEOPLE).status_code == 200
        assert door.client(host="other.lan:3000").get(PEOPLE).status_code == 421


def test_on_the_network_every_name_will_do_unless_some_are_named() -> None:
    with doorway(PUBLIC) as door:
        client = door.client(ELSEWHERE, host="kiosk.lan")
        assert client.get("/v1/health").status_code == 200
    with doorway(replace(PUBLIC, hosts=("kiosk.lan",))) as door:
        for host, status in (("kiosk.lan", 200), ("127.0.0.1", 200), ("evil.example", 421)):
            assert door.client(ELSEWHERE, host=host).get("/v1/health").status_code == status


# --- origins ---------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", [EVIL, "null", "http://127.0.0.1:8000", "http://localhost:3000"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
def test_pages_of_other_origins_are_refused(home: Doorway, origin: str, method: str) -> None:
    path = "/vv/delete_all_enrollment"
    refused = home.client().request(method, path, headers={"Origin": origin})
    assert refused.status_code == 403
    assert "Access-Control-Allow-Origin" not in refused.headers


def test_pages_of_the_service_itself_may_use_it(home: Doorway) -> None:
    client = home.client(host="localhost:3000")
    assert client.get(PEOPLE, headers={"Origin": "http://localhost:3000"}).status_code == 200


@pytest.mark.parametrize(
    ("fetch", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403),  # an image
        ({"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 200),  # a link
        ({"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}, 200),
        ({"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}, 200),  # typed in
    ],
)
def test_what_browsers_mark_as_foreign(home: Doorway, fetch: dict[str, str], status: int) -> None:
    assert home.client().get(PEOPLE, headers=fetch).status_code == status


def test_named_origins_may_use_the_service_and_others_may_not() -> None:
    with doorway(ApiPolicy(cors_origins=(GOOD,), rate_per_minute=1, burst=2)) as door:
        client = door.client()
        asked = {
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "X-API-Key, Content-Type",
        }
        preflight = client.options("/vv/verify", headers={"Origin": GOOD, **asked})
        assert preflight.status_code == 200
        assert preflight.headers["Access-Control-Allow-Origin"] == GOOD
        assert "Access-Control-Allow-Credentials" not in preflight.headers
        assert client.options("/vv/verify", headers={"Origin": EVIL, **asked}).status_code == 403
        # Also when refused, or else the page could not tell the person why.
        headers = {"Origin": GOOD, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
        codes = []
        for _ in range(3):
            answered = client.get(PEOPLE, headers=headers)
            codes.append(answered.status_code)
            assert answered.headers["Access-Control-Allow-Origin"] == GOOD
            assert "Retry-After" in answered.headers["Access-Control-Expose-Headers"]
        assert codes == [200, 200, 429]


# --- headers ---------------------------------------------------------------------------------


def test_every_answer_has_the_security_headers() -> None:
    with doorway(ApiPolicy(max_request_bytes=10)) as door:
        client = door.client()
        answers = {
            200: client.get(PEOPLE),
            404: client.get("/nothing"),
            405: client.put(PEOPLE),
            401: client.get("/vv/get_voiceprint/x"),
            403: client.get(PEOPLE, headers={"Origin": EVIL}),
            413: client.post("/vv/enroll", content=b" " * 11),
            421: client.get(PEOPLE, headers={"Host": EVIL}),
        }
    for status, answered in answers.items():
        assert answered.status_code == status
        for name, value in SECURITY_HEADERS.items():
            assert answered.headers[name] == value, (status, name)
        assert "Server" not in answered.headers


def test_pages_load_nothing_but_what_comes_with_them(home: Doorway) -> None:
    page = home.client().get("/swagger/")
    assert page.headers["Content-Type"].startswith("text/html")
    rules = page.headers["Content-Security-Policy"].split("; ")
    assert "default-src 'none'" in rules
    assert "script-src 'self'" in rules
    assert "frame-ancestors 'none'" in rules
