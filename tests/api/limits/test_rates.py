"""How often and how much: token buckets, sizes, and clients that dawdle."""

from __future__ import annotations

import socket
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.api.limits.rates import Buckets, RateLimiter, Refusals
from kiosk.core.accounts.credentials import Right
from kiosk.core.api_policy import ApiPolicy
from tests.api.doorway import ELSEWHERE, HERE, PUBLIC, doorway, served
from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

PEOPLE = "/vv/list_enrollments"
STREAM = "/upload_stream_data/4d038bd4-8d92-4d16-8697-36770463c4d8"


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


# --- buckets ---------------------------------------------------------------------------------


def test_a_bucket_holds_a_burst_and_fills_again() -> None:
    clock = Clock()
    buckets = Buckets(per_minute=60, burst=3, clock=clock)
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 1.0]
    clock.now = 0.25
    assert buckets.take("a") == pytest.approx(0.75)
    assert not buckets.has_any("a")
    clock.now = 1.0
    assert buckets.has_any("a")
    assert buckets.take("a") == 0
    assert buckets.take("a") == pytest.approx(1.0)
    assert buckets.take("b") == 0  # everybody has their own
    clock.now = 1_000.0
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 1.0]


def test_the_wait_that_is_told_suffices_and_nothing_less() -> None:
    clock = Clock()
    buckets = Buckets(per_minute=7, burst=1, clock=clock)
    buckets.take("a")
    wait = buckets.take("a")
    clock.now = wait * 0.99
    assert buckets.take("a") > 0
    clock.now = wait * 1.000001
    assert buckets.take("a") == 0


@given(
    st.floats(1, 10_000),
    st.integers(1, 50),
    st.lists(st.floats(0, 5), min_size=1, max_size=200),
)
def test_nobody_gets_more_than_burst_and_rate_permit(
    per_minute: float, burst: int, pauses: list[float]
) -> None:
    clock = Clock()
    buckets = Buckets(per_minute, burst, clock)
    granted = 0
    for pause in pauses:
        clock.now += pause
        granted += buckets.take("a") == 0
    assert granted <= burst + clock.now * per_minute / 60 + 1e-6


def test_memory_is_bounded_and_the_oldest_is_forgotten() -> None:
    buckets = Buckets(per_minute=1, burst=1, clock=Clock(), max_clients=3)
    for client in ("a", "b", "c", "a", "d"):
        buckets.take(client)
    assert len(buckets) == 3
    assert buckets.take("a") > 0  # seen after b
    assert buckets.take("b") == 0
    refusals = Refusals(max_clients=2)
    assert [refusals.add(client) for client in ("a", "a", "b", "c", "a")] == [1, 2, 1, 1, 1]


def test_looking_takes_no_place() -> None:
    buckets = Buckets(per_minute=1, burst=1, clock=Clock())
    assert buckets.has_any("a")
    assert len(buckets) == 0


# --- requests --------------------------------------------------------------------------------


def test_who_asks_too_often_is_told_when_to_try_again() -> None:
    with doorway(ApiPolicy(rate_per_minute=1, burst=2)) as door:
        client = door.client()
        assert [client.get(PEOPLE).status_code for _ in range(3)] == [200, 200, 429]
        refused = client.get(PEOPLE)
        assert int(refused.headers["Retry-After"]) == 60
        assert "Too many requests" in refused.json()["message"]
        ours = client.get("/v1/people")
        assert (ours.status_code, ours.json()["status"]) == (429, 429)
        assert ours.headers["Content-Type"] == "application/problem+json"
        # Addresses that do not exist count too, and others have their own share.
        assert client.get("/nothing").status_code == 429
        assert door.client(ELSEWHERE).get("/v1/health").status_code == 200


def test_a_key_is_one_client_wherever_it_is_used() -> None:
    with doorway(replace(PUBLIC, rate_per_minute=1, burst=2)) as door:
        one, other = (
            {"X-API-Key": door.key(Right.PEOPLE)},
            {"X-API-Key": door.key(Right.PEOPLE)},
        )
        addresses = (HERE, ELSEWHERE, "192.0.2.8")
        codes = [door.client(each, headers=one).get(PEOPLE).status_code for each in addresses]
        assert codes == [200, 200, 429]
        assert door.client(HERE, headers=other).get(PEOPLE).status_code == 200


def test_wrong_keys_have_a_smaller_share_and_stop_nobody_else() -> None:
    with doorway(PUBLIC) as door:
        right = {"X-API-Key": door.key(Right.PEOPLE)}
        wrong = {"X-API-Key": "vk_000000000000_" + "0" * 43}
        codes = [door.client(ELSEWHERE, headers=wrong).get(PEOPLE).status_code for _ in range(11)]
        assert codes == [401] * 10 + [429]
        assert door.client(ELSEWHERE, headers=right).get(PEOPLE).status_code == 200
        assert door.client(HERE, headers=wrong).get(PEOPLE).status_code == 401


def test_the_limiter_counts_by_itself() -> None:
    from kiosk.api.accounts.clients import Caller

    clock = Clock()
    limiter = RateLimiter(ApiPolicy(rate_per_minute=60, burst=1), clock)
    caller = Caller(HERE, local=True)
    assert (limiter.wait_s(caller), limiter.wait_s(caller)) == (0, 1.0)
    clock.now = 1.0
    assert limiter.wait_s(caller) == 0


# --- sizes -----------------------------------------------------------------------------------

SMALL = ApiPolicy(max_request_bytes=1_000, max_upload_bytes=2_000)


def pieces(count: int, taken: list[int] | None = None) -> Iterator[bytes]:
    for number in range(count):
        if taken is not None:
            taken.append(number)
        yield b" " * 100


@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "multipart/form-data; boundary=x"]
)
def test_what_is_announced_as_too_large_is_refused(kind: str) -> None:
    form = kind.startswith("multipart")
    limit, path = (2_000, "/v1/enrollments") if form else (1_000, "/vv/enroll")
    with doorway(SMALL) as door:
        headers = {"Content-Type": kind}
        client = door.client()
        refused = client.post(path, content=b" " * (limit + 1), headers=headers)
        assert refused.status_code == 413
        assert f"The request is larger than {limit} bytes." in refused.text
        assert refused.headers["Connection"] == "close"
        taken = client.post(path, content=b" " * limit, headers=headers)
        assert taken.status_code == 400


def test_a_body_without_a_length_is_refused_when_it_grows_too_large() -> None:
    with doorway(SMALL) as door:
        client = door.client()
        assert client.post("/vv/enroll", content=pieces(10)).status_code == 400
        refused = client.post("/vv/enroll", content=pieces(11))
        assert refused.status_code == 413
        assert client.post("/v1/people", content=pieces(11)).status_code in (405, 413)


def test_our_routes_answer_with_a_problem() -> None:
    with doorway(SMALL) as door:
        refused = door.client().post(
            "/v1/verifications",
            content=pieces(21),
            headers={"Content-Type": "multipart/form-data; boundary=x"},
        )
        assert (refused.status_code, refused.json()["status"]) == (413, 413)
        assert refused.headers["Content-Type"] == "application/problem+json"


# --- on a real socket ------------------------------------------------------------------------


def head(*lines: str, method: str = "POST", path: str = "/vv/enroll") -> bytes:
    fields = "\r\n".join((f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *lines))
    return f"{fields}\r\n\r\n".encode()


def answer_to(where: tuple[str, int], *parts: bytes) -> tuple[int, bytes]:
    """Send the parts, and return status and rest of the answer once the server closes."""
    received = b""
    # A server that has given the client up does not take what is on its way.
    with (
        socket.create_connection(where, timeout=PATIENCE_S) as connection,
        suppress(ConnectionError),
    ):
        for part in parts:
            connection.sendall(part)
        while data := connection.recv(65_536):
            received += data
    status = int(received.split(b" ", 2)[1]) if received else 0
    return status, received


def test_a_large_body_is_refused_before_it_is_sent() -> None:
    with doorway(ApiPolicy(port=0)) as door, served(door) as where:
        status, _ = answer_to(where, head("Content-Length: 99999999999"))
        assert status == 413


def test_a_client_that_sends_everything_first_sees_the_refusal() -> None:
    policy, size = replace(SMALL, port=0, max_request_bytes=3_000_000), 8_000_000
    with doorway(policy) as door, served(door) as where:
        status, answered = answer_to(
            where, head(f"Content-Length: {size}", path=STREAM), b" " * size
        )
    assert status == 413
    assert b"larger than 3000000 bytes" in answered


def test_chunks_are_counted_while_they_arrive() -> None:
    chunk = b"400\r\n" + b" " * 0x400 + b"\r\n"
    with doorway(replace(SMALL, port=0)) as door, served(door) as where:
        # It never ends, and is answered all the same.
        status, answered = answer_to(where, head("Transfer-Encoding: chunked"), chunk * 4)
    assert status == 413
    assert b"larger than 1000 bytes" in answered


def test_a_body_that_stalls_is_given_up() -> None:
    with doorway(ApiPolicy(port=0, body_timeout_s=0.2)) as door, served(door) as where:
        status, answered = answer_to(where, head("Content-Length: 10"), b"{")
    assert status == 408
    assert b"did not arrive in time" in answered


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: b\r\n"]
)
def test_a_head_that_never_ends_is_given_up(sent: bytes) -> None:
    with doorway(ApiPolicy(port=0, header_timeout_s=0.2)) as door, served(door) as where:
        assert answer_to(where, sent) == (0, b"")


def test_drops_of_a_head_win_no_time() -> None:
    with ExitStack() as stack:
        door = stack.enter_context(doorway(ApiPolicy(port=0, header_timeout_s=0.5)))
        where = stack.enter_context(served(door))
        connection = stack.enter_context(socket.create_connection(where, timeout=PATIENCE_S))
        connection.sendall(b"GET / HTTP/1.1\r\n")
        connection.settimeout(0.05)
        drops, closed = 0, False
        while not closed and drops < 400:
            try:
                connection.sendall(b"X-A: b\r\n")
                closed = connection.recv(1) == b""
            except TimeoutError:
                drops += 1
            except OSError:
                closed = True
        assert closed


def test_a_slow_second_head_on_the_same_connection_is_given_up() -> None:
    with doorway(ApiPolicy(port=0, header_timeout_s=2.0)) as door, served(door) as where:
        whole = head(method="GET", path="/v1/health")
        status, answered = answer_to(where, whole, b"GET /v1/health HT")
    assert status == 200
    assert answered.count(b"HTTP/1.1 ") == 1


@pytest.mark.expects_log
def test_a_head_that_is_too_large_is_refused() -> None:
    with doorway(ApiPolicy(port=0)) as door, served(door) as where:
        status, _ = answer_to(where, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: " + b"b" * 99_999)
    assert status == 400


def test_a_client_that_takes_its_time_with_a_good_request_is_answered() -> None:
    policy = ApiPolicy(port=0, header_timeout_s=PATIENCE_S, body_timeout_s=PATIENCE_S)
    with doorway(policy) as door, served(door) as where:
        parts = [bytes([byte]) for byte in head("Content-Length: 2", "Connection: close")]
        status, _ = answer_to(where, *parts, b"{", b"}")
    assert status == 400
