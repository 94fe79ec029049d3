"""Streams on a real Redis or Valkey server: what it has to itself, beside the contract."""

from __future__ import annotations

import logging
import subprocess
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from kiosk.api.hearing.redis_streams import RedisStreams
from kiosk.api.hearing.stream_errors import (
    StreamStoreDown,
    StreamTooLarge,
    TooManyStreams,
    UnknownStream,
)
from kiosk.core.api_policy import ApiPolicy
from kiosk.core.errors import SettingsInvalid
from tests.servers import redis as servers
from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import redis


@pytest.fixture
def open_streams(redis_url: str) -> Iterator[Callable[..., RedisStreams]]:
    """Return what opens further connections to one store, as further services would."""
    opened = []

    def open_one(*, max_total_bytes: int = 10**9, **limits: float) -> RedisStreams:
        policy = ApiPolicy(**limits)  # type: ignore[arg-type]
        store = RedisStreams.from_url(redis_url, policy, max_total_bytes=max_total_bytes)
        opened.append(store)
        return store

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def server(redis_url: str) -> Iterator[redis.Redis]:
    """Return a connection behind the program's back."""
    import redis

    with redis.Redis.from_url(redis_url) as client:
        yield client


# --- what is kept ----------------------------------------------------------------------------


def test_two_services_share_streams(open_streams: Callable[..., RedisStreams]) -> None:
    one, other = open_streams(), open_streams()
    stream = one.create()
    one.append(stream, b"\x00\xff")
    other.append(stream, b"")
    other.append(stream, bytes(range(256)) * 100)
    assert one.read(stream) == [b"\x00\xff", b"", bytes(range(256)) * 100]
    assert other.ids() == [stream]
    other.delete(stream)
    with pytest.raises(UnknownStream):
        one.read(stream)


def test_everything_expires_by_itself(
    open_streams: Callable[..., RedisStreams], server: redis.Redis
) -> None:
    streams = open_streams(stream_ttl_s=50.0)
    stream = streams.create()
    streams.append(stream, b"sound")
    keys = list(server.scan_iter())
    assert len(keys) == 3
    assert all(0 < server.pttl(key) <= 50_000 for key in keys)


def test_each_write_begins_the_time_anew_and_reading_does_not(
    open_streams: Callable[..., RedisStreams], server: redis.Redis
) -> None:
    streams = open_streams(stream_ttl_s=5_000.0)
    stream = streams.create()
    streams.append(stream, b"one")
    chunks = next(key for key in server.scan_iter() if stream.encode() in key)
    server.pexpire(chunks, 1_000_000)
    streams.read(stream)
    assert server.pttl(chunks) <= 1_000_000
    streams.append(stream, b"two")
    assert server.pttl(chunks) > 4_000_000


def test_nothing_is_left_after_the_time(
    open_streams: Callable[..., RedisStreams], server: redis.Redis
) -> None:
    streams = open_streams(stream_ttl_s=0.001)
    stream = streams.create()
    with suppress(UnknownStream):
        streams.append(stream, b"sound")
    server.wait(0, 10)  # a round trip or more than a millisecond later
    while server.dbsize():
        server.ping()
    with pytest.raises(UnknownStream):
        streams.append(stream, b"more")
    assert streams.ids() == []


def test_a_stream_whose_chunks_the_server_threw_away_is_gone(
    open_streams: Callable[..., RedisStreams], server: redis.Redis
) -> None:
    streams = open_streams()
    stream = streams.create()
    streams.append(stream, b"sound")
    server.delete(next(key for key in server.scan_iter() if stream.encode() in key))
    with pytest.raises(UnknownStream):
        streams.read(stream)
    with pytest.raises(UnknownStream):
        streams.append(stream, b"rest of the sound")


@pytest.mark.parametrize(
    "named",
    [
        "",
        "sizes",
        "*",
        "../x",
        "0" * 36,
        "1BFC5DEA-085F-4FA5-B453-8AA6DE0CBA81",
        "f8aca1eb-b5ff-4303-8d86-f6df26df2ced",
    ],
)
def test_a_name_that_is_no_stream_reaches_no_key(
    open_streams: Callable[..., RedisStreams], server: redis.Redis, named: str
) -> None:
    streams = open_streams()
    streams.create()
    before = sorted(server.scan_iter())
    for use in (streams.read, streams.delete, lambda each: streams.append(each, b"x")):
        with pytest.raises(UnknownStream):
            use(named)
    assert sorted(server.scan_iter()) == before


# --- limits ----------------------------------------------------------------------------------


def test_the_number_of_streams_holds_across_services_at_the_same_time(
    open_streams: Callable[..., RedisStreams],
) -> None:
    created: list[str] = []
    refused: list[TooManyStreams] = []
    begin = threading.Barrier(4)

    def many() -> None:
        streams = open_streams(max_streams=20)
        begin.wait(PATIENCE_S)
        for _ in range(10):
            try:
                created.append(streams.create())
            except TooManyStreams as exc:
                refused.append(exc)

    threads = [threading.Thread(target=many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert (len(created), len(refused)) == (20, 20)
    streams = open_streams(max_streams=20)
    assert sorted(streams.ids()) == sorted(created)
    streams.delete(created[0])
    streams.create()


def test_the_size_of_a_stream_holds_for_writers_at_the_same_time(
    open_streams: Callable[..., RedisStreams],
) -> None:
    stream = open_streams().create()
    begin = threading.Barrier(4)
    refused: list[StreamTooLarge] = []

    def write() -> None:
        streams = open_streams(max_stream_bytes=1000)
        begin.wait(PATIENCE_S)
        for _ in range(10):
            try:
                streams.append(stream, bytes(100))
            except StreamTooLarge as exc:
                refused.append(exc)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert len(refused) == 30
    assert sum(map(len, open_streams().read(stream))) == 1000


def test_all_streams_together_have_a_limit(open_streams: Callable[..., RedisStreams]) -> None:
    streams = open_streams(max_total_bytes=1000)
    one, other = streams.create(), streams.create()
    streams.append(one, bytes(600))
    with pytest.raises(TooManyStreams):
        streams.append(other, bytes(401))
    streams.append(other, bytes(400))
    streams.delete(one)
    streams.append(other, bytes(600))


def test_a_server_without_memory_left_refuses_sound() -> None:
    with servers.running("--maxmemory", "3mb", "--maxmemory-policy", "noeviction") as small:
        streams = RedisStreams.from_url(small.url, ApiPolicy())
        stream = streams.create()

        def fill() -> None:
            for _ in range(100):
                streams.append(stream, bytes(90_000))

        with pytest.raises(TooManyStreams):
            fill()
        assert streams.read(stream)
        streams.delete(stream)
        streams.create()
        streams.close()


# --- failures --------------------------------------------------------------------------------


def test_a_server_that_is_restarted_is_found_again() -> None:
    with servers.running() as server:
        streams = RedisStreams.from_url(server.url, ApiPolicy())
        stream = streams.create()
        server.stop()
        for use in (streams.create, streams.ids, lambda: streams.append(stream, b"x")):
            with pytest.raises(StreamStoreDown, match="does not answer"):
                use()
        server.start()
        with pytest.raises(UnknownStream):  # it kept nothing
            streams.read(stream)
        streams.append(streams.create(), b"x")
        streams.close()


def test_a_server_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.api.hearing.redis_streams._ANSWER_TIMEOUT_S", 0.1)
    with servers.running() as server:
        streams = RedisStreams.from_url(server.url, ApiPolicy())
        stream = streams.create()
        server.pause()
        with pytest.raises(StreamStoreDown):
            streams.append(stream, b"x")
        server.resume()
        streams.append(stream, b"y")
        # What had been sent may have arrived, but nothing was sent twice.
        assert streams.read(stream) in ([b"y"], [b"x", b"y"])
        streams.close()


def test_a_password_is_asked_for_and_never_told(caplog: pytest.LogCaptureFixture) -> None:
    with servers.running("--requirepass", "hunter2") as server:
        for credentials in ("", ":wrong-hunter3@", "someone:hunter2@"):
            url = server.url.replace("unix://", f"unix://{credentials}")
            streams = RedisStreams.from_url(url, ApiPolicy())
            with pytest.raises(StreamStoreDown) as caught:
                streams.create()
            assert "hunter" not in f"{caught.value} {caplog.text}"
            streams.close()
        streams = RedisStreams.from_url(
            server.url.replace("unix://", "unix://:hunter2@"), ApiPolicy()
        )
        streams.create()
        streams.close()


def test_an_encrypted_connection_demands_a_certificate_that_is_trusted(tmp_path: Path) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    try:
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
                *("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"),
                *("-keyout", str(key), "-out", str(certificate)),
            ],
            check=True,
            capture_output=True,
        )
    except OSError:
        pytest.skip("openssl is not installed")
    port = servers.free_port()
    options = [
        *("--tls-port", str(port), "--tls-auth-clients", "no"),
        *("--tls-cert-file", str(certificate), "--tls-key-file", str(key)),
        *("--tls-ca-cert-file", str(certificate)),
    ]
    with servers.running(*options):
        for scheme in ("rediss", "valkeys"):
            address = f"{scheme}://127.0.0.1:{port}"
            trusting = RedisStreams.from_url(f"{address}?ssl_ca_certs={certificate}", ApiPolicy())
            stream = trusting.create()
            trusting.append(stream, b"sound")
            assert trusting.read(stream) == [b"sound"]
            trusting.close()
            careful = RedisStreams.from_url(address, ApiPolicy())
            with pytest.raises(StreamStoreDown):
                careful.create()
            careful.close()


@pytest.mark.parametrize(
    "url", ["memory", "http://me:hunter2@host", "redis://me:hunter2@host:port", "redis://h/?db=x"]
)
def test_what_is_no_address_is_refused_and_not_quoted(url: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        RedisStreams.from_url(url, ApiPolicy())
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "warned"), [((), False), (("--appendonly", "yes"), True), (("--save", "9 9"), True)]
)
def test_a_store_that_writes_recordings_to_its_disk_is_told_in_the_log(
    caplog: pytest.LogCaptureFixture, options: tuple[str, ...], warned: bool
) -> None:
    with servers.running(*options) as server:
        streams = RedisStreams.from_url(server.url, ApiPolicy())
        with caplog.at_level(logging.WARNING):
            streams.warn_of_copies()
        streams.close()
    assert ("its disk" in caplog.text) is warned
