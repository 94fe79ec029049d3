from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.bootstrap import build
from kiosk.core.accounts.credentials import Right
from kiosk.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.cli.support import Cli


def test_a_key_is_created_used_listed_and_revoked(cli: Cli, data_dir: Path) -> None:
    assert "There are no API keys" in cli("api-key", "list").out
    made = cli("api-key", "create", "front desk", "--right", "people", "--right", "verify")
    assert made.code == 0
    text = made.out.strip()
    assert "cannot be shown again" in made.err
    assert text not in made.err
    with build(load_settings()) as kiosk:
        key = kiosk.api_keys.authenticate(text)
    assert key is not None
    assert key.rights == {Right.PEOPLE, Right.VERIFY}
    listed = cli("api-key", "list").out
    for shown in (key.key_id, "front desk", "people, verify", "accepted"):
        assert shown in listed
    assert text.split("_")[2] not in listed
    (described,) = cli("api-key", "list", "--json").json["api_keys"]
    assert (described["id"], described["rights"]) == (key.key_id, ["people", "verify"])
    assert described["last_used_at"] is not None
    assert set(described) == {
        *("id", "name", "rights", "created_at", "last_used_at", "revoked_at"),
    }
    revoked = cli("api-key", "revoke", key.key_id, "--yes")
    assert revoked.out == f"The key {key.key_id} (front desk) is revoked.\n"
    with build(load_settings()) as kiosk:
        assert kiosk.api_keys.authenticate(text) is None
    assert "revoked" in cli("api-key", "list").out
    logged = "".join(file.read_text("utf-8") for file in (data_dir / "logs").iterdir())
    assert f"API key {key.key_id} created" in logged
    assert text.split("_")[2] not in logged


def test_by_default_a_key_may_verify_and_no_more(cli: Cli) -> None:
    made = cli("api-key", "create", "kiosk", "--json").json
    assert made["rights"] == ["verify"]
    assert made["key"].startswith(f"vk_{made['id']}_")


def test_revoking_asks_first_and_takes_the_whole_key_too(cli: Cli) -> None:
    made = cli("api-key", "create", "kiosk", "--json").json
    line = cli.refuses("USR-001", "api-key", "revoke", made["key"])
    assert "--yes" in line
    assert cli("api-key", "list", "--json").json["api_keys"][0]["revoked_at"] is None
    revoked = cli("api-key", "revoke", made["key"], "--yes", "--json")
    assert revoked.json["revoked_at"] is not None
    assert made["key"] not in revoked.out


def test_refusals(cli: Cli) -> None:
    assert "nobody" in cli.refuses("USR-001", "api-key", "revoke", "nobody", "--yes")
    line = cli.refuses("USR-001", "api-key", "create", "a", "--right", "all")
    assert "Invalid value for '--right': 'all' is not one of" in line
    cli.refuses("USR-001", "api-key", "create", "  ")
    assert cli("api-key", "list", "--json").json == {"api_keys": []}
    assert "create" in cli("api-key").out
