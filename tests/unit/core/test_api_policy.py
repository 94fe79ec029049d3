from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kiosk.core.api_policy import ApiPolicy, is_loopback


def test_the_default_is_this_machine_alone() -> None:
    policy = ApiPolicy()
    assert (policy.host, policy.port, policy.on_loopback, policy.tls) == (
        *("127.0.0.1", 3000),
        *(True, False),
    )
    assert not policy.seed_compat
    assert not policy.seed_engine_open
    assert policy.cors_origins == ()


def test_a_request_holds_a_whole_stream_in_base64() -> None:
    policy = ApiPolicy()
    assert policy.max_request_bytes > policy.max_stream_bytes * 4 / 3


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"port": -1}, "between 0 and 65535"),
        ({"port": 65_536}, "between 0 and 65535"),
        ({"burst": 0}, "above 0"),
        ({"rate_per_minute": 0}, "above 0"),
        ({"stream_ttl_s": 0.0}, "above 0"),
        ({"body_timeout_s": float("nan")}, "above 0"),
        ({"tls_key": Path("key.pem")}, "both"),
        ({"tls_certificate": Path("certificate.pem")}, "both"),
        ({"cors_origins": ("*",)}, "not an origin"),
        ({"cors_origins": ("https://example.org/",)}, "not an origin"),
        ({"cors_origins": ("null",)}, "not an origin"),
        ({"hosts": ("example.org:80",)}, "not a host name"),
        ({"hosts": ("Example.org",)}, "not a host name"),
        ({"proxies": ("proxy.lan",)}, "IPv4 or IPv6"),
    ],
)
def test_what_cannot_be_meant_is_refused(values: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        ApiPolicy(**values)


def test_what_can_be_meant() -> None:
    policy = ApiPolicy(
        cors_origins=("https://example.org", "http://localhost:8080", "http://[::1]:80"),
        hosts=("kiosk.example.org", "10.0.0.1"),
        proxies=("10.0.0.1", "192.168.0.0/16", "fd00::/8"),
        tls_certificate=Path("certificate.pem"),
        tls_key=Path("key.pem"),
    )
    assert policy.tls


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.255.0.1", "::1", "[::1]", "localhost", "::ffff:127.0.0.1"]
)
def test_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        *("0.0.0.0", "::", "192.168.0.1", "::ffff:10.0.0.1", "", "localhost.", "Localhost"),
        *("127.0.0.1.example.org", "127.1", "2130706433", "[::1", "::1]", "fe80::1"),
    ],
)
def test_not_surely_this_machine(host: str) -> None:
    assert not is_loopback(host)
