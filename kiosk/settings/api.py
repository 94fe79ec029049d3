"""The section of the HTTP service; see :mod:`kiosk.core.api_policy`."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode

from kiosk.core.api_policy import ApiPolicy
from kiosk.core.errors import SettingsInvalid
from kiosk.settings.sections import LocalPath, Section

_LIST = '{1}: a list such as ["{0}"]; in the environment with commas in between'


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
    port: int = Field(
        default=ApiPolicy.port, ge=0, le=65_535, description="to listen on; 0 for any free one"
    )
    streams: str = Field(
        default=ApiPolicy.streams,
        pattern=r"^(memory|(rediss?|valkeys?|unix)://\S+)$",
        description="memory, or the address of a Redis or Valkey server such as redis://host:6379",
    )
    seed_compat: bool = Field(
        default=ApiPolicy.seed_compat,
        description="raw voiceprints without a key, on loopback, on the seed's routes",
    )
    seed_engine_open: bool = Field(
        default=ApiPolicy.seed_engine_open,
        description="SpeechEngine's routes answer other machines too",
    )
    seed_refuse_duplicates: bool = Field(
        default=ApiPolicy.seed_refuse_duplicates,
        description="/vv/enroll refuses a voice that is similar to an enrolled person's",
    )
    cors_origins: Texts = Field(
        default=(),
        description=_LIST.format("https://example.org", "origins whose pages may use the service"),
    )
    hosts: Texts = Field(
        default=(),
        description=_LIST.format("kiosk.example.org", "names beside localhost that it answers to"),
    )
    tls_certificate: LocalPath | None = Field(
        default=None, description="a PEM file with the certificate and its chain, for HTTPS"
    )
    tls_key: LocalPath | None = Field(
        default=None, description="a PEM file with its private key, not readable by everybody"
    )
    proxies: Texts = Field(
        default=(),
        description=_LIST.format("10.0.0.0/8", "proxies whose X-Forwarded-For is believed"),
    )
    max_streams: int = Field(
        default=ApiPolicy.max_streams, ge=1, le=100_000, description="streams at the same time"
    )
    max_stream_bytes: int = Field(
        default=ApiPolicy.max_stream_bytes,
        ge=1_000,
        le=100_000_000,
        description="bytes of sound in one stream",
    )
    stream_ttl_s: float = Field(
        default=ApiPolicy.stream_ttl_s,
        ge=1.0,
        le=3_600.0,
        description="seconds after the last upload at which a stream expires",
    )
    max_request_bytes: int = Field(
        default=ApiPolicy.max_request_bytes,
        ge=1_000,
        le=200_000_000,
        description="bytes of a body that carries sound of a stream; other JSON has 1 MB",
    )
    max_upload_bytes: int = Field(
        default=ApiPolicy.max_upload_bytes,
        ge=1_000,
        le=200_000_000,
        description="bytes of a multipart/form-data body under /v1",
    )
    rate_per_minute: int = Field(
        default=ApiPolicy.rate_per_minute,
        ge=1,
        le=1_000_000,
        description="requests of one client: a key, else an address (IPv6: its /64)",
    )
    burst: int = Field(
        default=ApiPolicy.burst,
        ge=1,
        le=1_000_000,
        description="requests that one client may make at once",
    )
    inference_queue: int = Field(
        default=ApiPolicy.inference_queue,
        ge=1,
        le=1_000,
        description="recordings that wait for the voice model; more are answered 503",
    )
    max_connections: int = Field(
        default=ApiPolicy.max_connections,
        ge=1,
        le=10_000,
        description="connections at the same time; more are answered 503",
    )
    header_timeout_s: float = Field(
        default=ApiPolicy.header_timeout_s,
        ge=1.0,
        le=300.0,
        description="seconds within which the head of a request must have arrived",
    )
    body_timeout_s: float = Field(
        default=ApiPolicy.body_timeout_s,
        ge=1.0,
        le=300.0,
        description="seconds that may pass without anything of a body arriving",
    )

    def policy(self) -> ApiPolicy:
        """Return the limits as a policy.

        Raises:
            SettingsInvalid: settings that contradict each other, or an entry that cannot be used.
        """
        try:
            return ApiPolicy(**dict(self))
        except ValueError as exc:
            raise SettingsInvalid(f"The HTTP service cannot be set up so: {exc}.") from exc
