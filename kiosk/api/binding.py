"""Where the service may listen, and with which files: looked at before it starts."""

from __future__ import annotations

import ssl
import stat
from typing import TYPE_CHECKING, Any

from kiosk.core.errors import SettingsInvalid

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk.core.api_policy import ApiPolicy
    from kiosk.services.accounts.api_keys import ApiKeys

_MAX_HEAD = 16_384
_KEEP_ALIVE_S = 20
_GRACE_S = 8
"""For requests in work when the service ends. Containers are killed after ten seconds."""
_BACKLOG = 128


def check_binding(policy: ApiPolicy, keys: ApiKeys) -> list[str]:
    """Make sure that the service can be started as it is configured.

    Args:
        policy: where to listen.
        keys: the stored keys; the database is prepared.

    Returns:
        Warnings, each one plain sentence.

    Raises:
        SettingsInvalid: other machines could reach it without a key, or the TLS files cannot be
            used.
        StorageError: the keys cannot be read.
    """
    if policy.tls_certificate is not None and policy.tls_key is not None:
        _require_pair(policy.tls_certificate, policy.tls_key)
    if policy.on_loopback:
        return []
    if policy.seed_compat:
        raise SettingsInvalid(
            f"Other machines could read voiceprints without a key: --seed-compat and {policy.host}"
            " do not go together.",
            hint="Listen on 127.0.0.1, or leave --seed-compat out and use API keys.",
        )
    if not keys.any_accepted():
        raise SettingsInvalid(
            f"Other machines could reach the service on {policy.host}, and there is no API key.",
            hint="Create one with 'kiosk api-key create NAME', or listen on 127.0.0.1.",
        )
    if policy.tls:
        return []
    return [
        f"Voices and API keys reach {policy.host} unencrypted. Name --tls-certificate and "
        "--tls-key, unless a proxy in front of the service speaks TLS."
    ]


def server_options(policy: ApiPolicy) -> dict[str, Any]:
    """Return what uvicorn's ``Config`` is given beside the application.

    Only limits and what is needed to listen: logging is configured by the program, the access log
    is :mod:`kiosk.api.records.request_log`, and proxies are judged by
    :mod:`kiosk.api.accounts.clients`.
    """
    from kiosk.api.limits.slow_clients import impatient

    return {
        "host": policy.host,
        "port": policy.port,
        "ssl_certfile": policy.tls_certificate,
        "ssl_keyfile": policy.tls_key,
        "http": impatient(policy.header_timeout_s),
        "ws": "none",
        "log_config": None,
        "access_log": False,
        "proxy_headers": False,
        "server_header": False,
        "limit_concurrency": policy.max_connections,
        "backlog": _BACKLOG,
        "timeout_keep_alive": _KEEP_ALIVE_S,
        "timeout_graceful_shutdown": _GRACE_S,
        "h11_max_incomplete_event_size": _MAX_HEAD,
    }


def _require_pair(certificate: Path, key: Path) -> None:
    """Look at the TLS files; messages name them, and never what is in them.

    Raises:
        SettingsInvalid: they cannot be used.
    """
    if b"-----BEGIN CERTIFICATE-----" not in _read("certificate", certificate):
        raise _unusable("certificate", certificate, "is not a certificate in PEM format")
    text = _read("key", key)
    if b"PRIVATE KEY-----" not in text:
        raise _unusable("key", key, "is not a private key in PEM format")
    if b"ENCRYPTED" in text:
        raise _unusable("key", key, "is protected by a password, which nobody can type at start")
    if key.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
        raise SettingsInvalid(
            f"Everybody on this machine can read or change the TLS key {key}.",
            hint=f"Run 'chmod 600 {key}'; if others could read it, have a new certificate made.",
        )
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except ssl.SSLError as exc:
        if exc.reason == "KEY_VALUES_MISMATCH":
            raise _unusable(
                "key", key, f"does not belong to the certificate {certificate}"
            ) from exc
        raise SettingsInvalid(
            f"The TLS certificate {certificate} and its key {key} cannot be used"
            f" ({exc.reason or 'no reason given'}).",
            hint="Name a certificate in PEM format, with its chain, and its private key.",
        ) from exc


def _read(what: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise _unusable(what, path, f"cannot be read ({exc.strerror})") from exc


def _unusable(what: str, path: Path, why: str) -> SettingsInvalid:
    return SettingsInvalid(
        f"The TLS {what} {path} {why}.",
        hint=f"Correct --tls-{what} or the setting api.tls_{what}.",
    )
