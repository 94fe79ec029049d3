"""Where the service may listen, and with which files."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import urllib.request
from typing import TYPE_CHECKING

import pytest

from kiosk.api import binding
from kiosk.api.binding import check_binding, server_options
from kiosk.core.accounts.credentials import Right
from kiosk.core.api_policy import ApiPolicy
from kiosk.core.errors import SettingsInvalid
from kiosk.services.accounts.api_keys import ApiKeys
from tests.api.doorway import doorway, served
from tests.fakes.clock import FixedClock
from tests.fakes.records.activity import FakeActivityLog
from tests.fakes.records.audit import PlainSecret
from tests.fakes.storage import InMemoryDatabase
from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk.core.errors import KioskError

OUTSIDE = ("0.0.0.0", "::", "192.0.2.7", "kiosk.lan", "localhost.lan")
INSIDE = ("127.0.0.1", "127.1.2.3", "::1", "localhost")


@pytest.fixture
def keys() -> ApiKeys:
    return ApiKeys(InMemoryDatabase(), FixedClock(), FakeActivityLog(), PlainSecret())


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two certificates for this machine, their keys and a locked one."""
    folder = tmp_path_factory.mktemp("tls")
    for name in ("kiosk", "other"):
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"),
                *("ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj"),
                *("/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
                *("-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.pem")),
            ],
            check=True,
            capture_output=True,
        )
        (folder / f"{name}.key").chmod(0o600)
    subprocess.run(
        [
            *("openssl", "pkcs8", "-topk8", "-in", str(folder / "kiosk.key")),
            *("-passout", "pass:secret", "-out", str(folder / "locked.key")),
        ],
        check=True,
        capture_output=True,
    )
    (folder / "locked.key").chmod(0o600)
    (folder / "rubbish.pem").write_text("no PEM", encoding="utf-8")
    damaged = (folder / "kiosk.pem").read_text("utf-8").replace("M", "!", 1)
    (folder / "damaged.pem").write_text(damaged, encoding="utf-8")
    return folder


def refused(policy: ApiPolicy, keys: ApiKeys) -> KioskError:
    with pytest.raises(SettingsInvalid) as caught:
        check_binding(policy, keys)
    assert "\n" not in str(caught.value)
    return caught.value


# --- where -----------------------------------------------------------------------------------


@pytest.mark.parametrize("host", INSIDE)
def test_this_machine_needs_no_key(keys: ApiKeys, host: str) -> None:
    assert check_binding(ApiPolicy(host=host), keys) == []
    assert check_binding(ApiPolicy(host=host, seed_compat=True), keys) == []


@pytest.mark.parametrize("host", OUTSIDE)
def test_the_network_needs_a_key_and_is_warned_of(keys: ApiKeys, host: str) -> None:
    error = refused(ApiPolicy(host=host), keys)
    assert host in error.message
    assert "kiosk api-key create" in error.hint
    keys.create("desk", [Right.VERIFY])
    (warning,) = check_binding(ApiPolicy(host=host), keys)
    assert "unencrypted" in warning
    assert "--tls-certificate" in warning


def test_a_revoked_key_does_not_suffice(keys: ApiKeys) -> None:
    key, _ = keys.create("desk", [Right.VERIFY])
    keys.revoke(key.key_id)
    assert "no API key" in refused(ApiPolicy(host="0.0.0.0"), keys).message


def test_compatibility_without_keys_is_for_this_machine_only(keys: ApiKeys) -> None:
    keys.create("desk", [Right.VERIFY])
    error = refused(ApiPolicy(host="0.0.0.0", seed_compat=True), keys)
    assert "--seed-compat" in error.message


# --- TLS files -------------------------------------------------------------------------------


def tls(folder: Path, certificate: str, key: str, host: str = "127.0.0.1") -> ApiPolicy:
    return ApiPolicy(host=host, port=0, tls_certificate=folder / certificate, tls_key=folder / key)


def test_a_good_pair_needs_no_warning(keys: ApiKeys, made: Path) -> None:
    keys.create("desk", [Right.VERIFY])
    assert check_binding(tls(made, "kiosk.pem", "kiosk.key", "0.0.0.0"), keys) == []


@pytest.mark.parametrize(
    ("certificate", "key", "what", "why"),
    [
        ("missing.pem", "kiosk.key", "missing.pem", "No such file"),
        ("kiosk.pem", "missing.key", "missing.key", "No such file"),
        (".", "kiosk.key", "certificate", "directory"),
        ("kiosk.key", "kiosk.key", "kiosk.key", "is not a certificate"),
        ("kiosk.pem", "kiosk.pem", "kiosk.pem", "is not a private key"),
        ("rubbish.pem", "kiosk.key", "rubbish.pem", "is not a certificate"),
        ("kiosk.pem", "locked.key", "locked.key", "password"),
        ("kiosk.pem", "other.key", "other.key", "does not belong to"),
        ("damaged.pem", "kiosk.key", "damaged.pem", "cannot be used"),
    ],
)
def test_files_that_cannot_be_used(
    keys: ApiKeys, made: Path, certificate: str, key: str, what: str, why: str
) -> None:
    error = refused(tls(made, certificate, key), keys)
    assert what in error.message
    assert why in error.message
    assert "BEGIN" not in str(error)


@pytest.mark.parametrize("mode", [0o604, 0o644, 0o602, 0o666])
def test_a_key_that_everybody_can_read_is_refused(
    keys: ApiKeys, made: Path, tmp_path: Path, mode: int
) -> None:
    shutil.copy(made / "kiosk.pem", tmp_path)
    shutil.copy(made / "kiosk.key", tmp_path)
    (tmp_path / "kiosk.key").chmod(mode)
    error = refused(tls(tmp_path, "kiosk.pem", "kiosk.key"), keys)
    assert "Everybody" in error.message
    assert "chmod 600" in error.hint
    (tmp_path / "kiosk.key").chmod(0o640)  # a group of those who may
    assert check_binding(tls(tmp_path, "kiosk.pem", "kiosk.key"), keys) == []


def test_the_service_speaks_https(made: Path) -> None:
    trusted = ssl.create_default_context(cafile=made / "kiosk.pem")
    with doorway(tls(made, "kiosk.pem", "kiosk.key")) as door, served(door) as (_, port):
        address = f"https://localhost:{port}/v1/health"
        with urllib.request.urlopen(address, context=trusted, timeout=PATIENCE_S) as answered:
            assert answered.status == 200
            assert answered.headers["Server"] is None
        with pytest.raises(OSError):
            urllib.request.urlopen(address.replace("https", "http"), timeout=PATIENCE_S)
        with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
            urllib.request.urlopen(address, timeout=PATIENCE_S)


# --- the server ------------------------------------------------------------------------------


def test_nothing_of_a_request_is_logged_or_told_by_the_server_itself() -> None:
    options = server_options(ApiPolicy(max_connections=7))
    assert options["access_log"] is False
    assert options["server_header"] is False
    assert options["proxy_headers"] is False
    assert options["limit_concurrency"] == 7


@pytest.mark.expects_log
def test_more_connections_than_permitted_are_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    import http.client

    monkeypatch.setattr(binding, "_KEEP_ALIVE_S", PATIENCE_S)  # the first waits for the fourth
    with doorway(ApiPolicy(port=0, max_connections=3)) as door, served(door) as where:
        open_ones = [http.client.HTTPConnection(*where, timeout=PATIENCE_S) for _ in range(4)]
        codes = []
        for connection in open_ones:
            connection.request("GET", "/v1/health")
            answered = connection.getresponse()
            answered.read()
            codes.append(answered.status)
        for connection in open_ones:
            connection.close()
    assert codes == [200, 200, 503, 503]
