"""The section of the HTTP service; see :mod:`kiosk.core.api_policy`."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode

from kiosk.core.api_policy import ApiPolicy
from kiosk.core.errors import SettingsInvalid
from kiosk.settings.sections import LocalPath, Section

_LIST = 'a list such as ["{0}"]; in the environment with commas in between'


def _split(value: object) -> object:
    if not isinstance(value, str):
        return value
    return [part.strip() for part in value.split(",") if part.strip()]


Texts = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
"""A list in the file; in the environment texts with commas in between."""


class ApiSettings(Section):
    """How the HTTP service is reached, and how much of it one client may use."""

    host: str = Field(
        default=ApiPolicy.host, pattern=r"^\S+$", description="an IP address or a name of this host"
    )
    port: int = Field(default=ApiPolicy.port, ge=0, le=65_535)
    streams: str = Field(
        default=ApiPolicy.streams,
        pattern=r"^(memory|(rediss?|valkeys?|unix)://\S+)$",
        description="memory, or the address of a Redis or Valkey server such as redis://host:6379",
    )
    seed_compat: bool = ApiPolicy.seed_compat
    seed_engine_open: bool = ApiPolicy.seed_engine_open
    seed_refuse_duplicates: bool = ApiPolicy.seed_refuse_duplicates
    cors_origins: Texts = Field(default=(), description=_LIST.format("https://example.org"))
    hosts: Texts = Field(default=(), description=_LIST.format("kiosk.example.org"))
    tls_certificate: LocalPath | None = Field(default=None, description="a PEM file")
    tls_key: LocalPath | None = Field(default=None, description="a PEM file")
    proxies: Texts = Field(default=(), description=_LIST.format("10.0.0.0/8"))
    max_streams: int = Field(default=ApiPolicy.max_streams, ge=1, le=100_000)
    max_stream_bytes: int = Field(default=ApiPolicy.max_stream_bytes, ge=1_000, le=100_000_000)
    stream_ttl_s: float = Field(default=ApiPolicy.stream_ttl_s, ge=1.0, le=3_600.0)
    max_request_bytes: int = Field(default=ApiPolicy.max_request_bytes, ge=1_000, le=200_000_000)
    max_upload_bytes: int = Field(default=ApiPolicy.max_upload_bytes, ge=1_000, le=200_000_000)
    rate_per_minute: int = Field(default=ApiPolicy.rate_per_minute, ge=1, le=1_000_000)
    burst: int = Field(default=ApiPolicy.burst, ge=1, le=1_000_000)
    inference_queue: int = Field(default=ApiPolicy.inference_queue, ge=1, le=1_000)
    max_connections: int = Field(default=ApiPolicy.max_connections, ge=1, le=10_000)
    header_timeout_s: float = Field(default=ApiPolicy.header_timeout_s, ge=1.0, le=300.0)
    body_timeout_s: float = Field(default=ApiPolicy.body_timeout_s, ge=1.0, le=300.0)

    def policy(self) -> ApiPolicy:
        """Return the limits as a policy.

        Raises:
            SettingsInvalid: settings that contradict each other, or an entry that cannot be used.
        """
        try:
            return ApiPolicy(**dict(self))
        except ValueError as exc:
            raise SettingsInvalid(f"The HTTP service cannot be set up so: {exc}.") from exc
