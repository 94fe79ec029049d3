"""The section of the HTTP service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kiosk.core.api_policy import ApiPolicy
from kiosk.core.errors import SettingsInvalid
from kiosk.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path


def refused(**overrides: object) -> str:
    with pytest.raises(SettingsInvalid) as caught:
        load_settings(None, **overrides).api_policy()
    assert "\n" not in str(caught.value)
    return caught.value.message


def test_the_defaults_are_those_of_the_policy() -> None:
    assert load_settings().api_policy() == ApiPolicy()


def test_every_limit_can_be_set(data_dir: Path, tmp_path: Path) -> None:
    data_dir.mkdir(parents=True)
    (data_dir / "kiosk.toml").write_text(
        f"""
        [api]
        host = "::"
        port = 8443
        streams = "rediss://:secret@cache:6379/1"
        seed_engine_open = true
        cors_origins = ["https://a.example", "https://b.example"]
        hosts = ["kiosk.example"]
        tls_certificate = '{tmp_path / "c.pem"}'
        tls_key = '{tmp_path / "k.pem"}'
        proxies = ["10.0.0.0/8"]
        burst = 7
        """,
        encoding="utf-8",
    )
    assert load_settings(api__rate_per_minute=5).api_policy() == ApiPolicy(
        host="::",
        port=8443,
        streams="rediss://:secret@cache:6379/1",
        seed_engine_open=True,
        cors_origins=("https://a.example", "https://b.example"),
        hosts=("kiosk.example",),
        tls_certificate=tmp_path / "c.pem",
        tls_key=tmp_path / "k.pem",
        proxies=("10.0.0.0/8",),
        rate_per_minute=5,
        burst=7,
    )


def test_lists_in_the_environment_have_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_API__CORS_ORIGINS", "https://a.example, https://b.example,")
    monkeypatch.setenv("KIOSK_API__STREAMS", "redis://localhost")
    policy = load_settings().api_policy()
    assert policy.cors_origins == ("https://a.example", "https://b.example")
    assert policy.streams == "redis://localhost"


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"api__port": 70_000}, "a whole number from 0 to 65535"),
        ({"api__host": "a b"}, "an IP address or a name"),
        ({"api__seed_compat": "perhaps"}, "true or false"),
        ({"api__rate_per_minute": 0}, "a whole number from 1 to 1000000"),
        ({"api__cors_origins": 3}, "a list such as"),
        ({"api__cors_origins": ["*"]}, "'*' is not an origin"),
        ({"api__proxies": ["nginx"]}, "'nginx'"),
        ({"api__tls_key": "/key.pem"}, "both a certificate and its key"),
        ({"api__streams": "mysql://"}, "redis://host:6379"),
    ],
)
def test_refusals_say_what_is_permitted(overrides: dict[str, object], said: str) -> None:
    assert said in refused(**overrides)


def test_a_refusal_never_quotes_the_address_of_the_stream_store() -> None:
    assert "hunter2" not in refused(api__streams="mysql://me:hunter2@host")
