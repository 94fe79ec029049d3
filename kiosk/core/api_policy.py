"""The limits of the HTTP service, as one validated value."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_MB = 1_000_000
_ORIGIN = re.compile(r"https?://[a-z0-9.\-_]+(:\d{1,5})?|https?://\[[0-9a-f:]+\](:\d{1,5})?")
_HOST = re.compile(r"[a-z0-9.\-_]+|\[?[0-9a-f:]+\]?")


@dataclass(frozen=True)
class ApiPolicy:
    """How the HTTP service is reached, by whom, and how much of it one client may use.

    Attributes:
        host: address to listen on, an IP address or a name.
        port: TCP port; 0 lets the system choose.
        streams: where streams are kept: ``memory``, or the address of a Redis or Valkey server.
        seed_compat: clients on this machine need no key for the seed's routes, raw voiceprints
            included; has no effect unless ``host`` is loopback.
        seed_engine_open: the SpeechEngine routes are answered to other machines too.
        seed_refuse_duplicates: the seed's enrollment answers 409 to a voice that is like that of
            somebody enrolled already; otherwise it enrolls, and that is recorded.
        cors_origins: origins such as ``https://example.org`` whose pages may use the service.
        hosts: names under which the service is asked for, beside those of loopback; without any, a
            service that other machines can reach answers to every name.
        tls_certificate: PEM file with the certificate and its chain.
        tls_key: PEM file with the private key.
        proxies: addresses and networks of reverse proxies whose ``X-Forwarded-For`` is believed.
        max_streams: streams at the same time.
        max_stream_bytes: sound in one stream.
        stream_ttl_s: seconds after the last write at which a stream expires.
        max_request_bytes: body that carries sound of a stream; by default base64 of a whole stream,
            and some. Other JSON: 1 MB.
        max_upload_bytes: body of a ``multipart/form-data`` request: recordings of several takes.
        rate_per_minute: requests of one client a minute, in the long run.
        burst: requests that one client may make at once.
        inference_queue: requests that wait for the voice model; more are sent away.
        max_connections: connections at the same time; more are answered 503.
        header_timeout_s: seconds within which the head of a request must have arrived.
        body_timeout_s: seconds that may pass without anything of a body arriving, and in all, plus
            a second for each 50 kB that has arrived.
    """

    host: str = "127.0.0.1"
    port: int = 3000
    streams: str = "memory"
    seed_compat: bool = False
    seed_engine_open: bool = False
    seed_refuse_duplicates: bool = False
    cors_origins: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    proxies: tuple[str, ...] = ()
    max_streams: int = 1_000
    max_stream_bytes: int = 10 * _MB
    stream_ttl_s: float = 50.0
    max_request_bytes: int = 16 * _MB
    max_upload_bytes: int = 32 * _MB
    rate_per_minute: int = 3000
    burst: int = 500
    inference_queue: int = 8
    max_connections: int = 256
    header_timeout_s: float = 10.0
    body_timeout_s: float = 15.0

    def __post_init__(self) -> None:
        """Refuse what cannot be meant.

        Raises:
            ValueError: says in words what is wrong.
        """
        counts = (
            self.max_streams,
            self.max_stream_bytes,
            self.max_request_bytes,
            self.max_upload_bytes,
            self.rate_per_minute,
            self.burst,
            self.inference_queue,
            self.max_connections,
        )
        times = (self.stream_ttl_s, self.header_timeout_s, self.body_timeout_s)
        if min(counts) < 1 or not all(each > 0 for each in times):
            raise ValueError("limits of the HTTP service are above 0")
        if not 0 <= self.port <= 65_535:
            raise ValueError("a port is between 0 and 65535")
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("TLS needs both a certificate and its key")
        for origin in self.cors_origins:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is not an origin such as https://example.org")
        for host in self.hosts:
            if not _HOST.fullmatch(host):
                raise ValueError(f"{host!r} is not a host name in small letters, without a port")
        for proxy in self.proxies:
            ipaddress.ip_network(proxy, strict=False)

    @property
    def on_loopback(self) -> bool:
        """Return whether only this machine can reach the service."""
        return is_loopback(self.host)

    @property
    def tls(self) -> bool:
        """Return whether the service speaks HTTPS."""
        return self.tls_certificate is not None


def is_loopback(host: str) -> bool:
    """Return whether an address or name is this machine and nothing else.

    Args:
        host: such as ``127.0.0.1``, ``::1`` or ``localhost``. Other names are not looked up: what
            they mean can change.
    """
    if host == "localhost":
        return True
    bracketed = host.startswith("[") and host.endswith("]")
    try:
        address = ipaddress.ip_address(host[1:-1] if bracketed else host)
    except ValueError:
        return False
    # An IPv6 socket that takes IPv4 too shows 127.0.0.1 as ::ffff:127.0.0.1.
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
