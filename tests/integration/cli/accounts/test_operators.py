"""``kiosk operators``: accounts from the command line."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

import pytest

from kiosk.bootstrap import build
from kiosk.cli.session import console
from kiosk.core.accounts.acting import Role, acting_as
from kiosk.core.errors import WrongPin
from kiosk.settings import load_settings

if TYPE_CHECKING:
    from tests.integration.cli.support import Cli


def add(cli: Cli, login: str, role: str = "administrator") -> str:
    made = cli("operators", "add", login, "--role", role, "--name", login.title(), "--json")
    assert made.code == 0, made
    return str(made.json["pin"])


def test_an_account_from_the_first_to_the_last_step(cli: Cli) -> None:
    assert "There are no accounts" in cli("operators", "list").out
    pin = add(cli, "olga")
    with build(load_settings()) as kiosk:
        signed_in = kiosk.operators.sign_in("olga", pin)
        assert signed_in.must_change
        with acting_as(signed_in.actor):
            kiosk.operators.change_own(signed_in.account, "", "550183")
    plain = cli("operators", "add", "bruno")
    assert plain.code == 0
    assert plain.out.strip().isdigit()
    assert "cannot be shown again" in plain.err
    (bruno, olga) = cli("operators", "list", "--json").json["operators"]
    assert (bruno["login"], bruno["role"], bruno["must_change"]) == ("bruno", "operator", True)
    assert (olga["login"], olga["role"], olga["must_change"]) == ("olga", "administrator", False)
    assert set(olga) == {
        *("login", "name", "role", "enabled", "must_change", "created_at", "signed_in_at"),
    }
    assert "is administrator now" in cli("operators", "role", "bruno", "administrator").out
    assert "disabled" in cli("operators", "disable", "bruno").out
    listed = cli("operators", "list").out
    for shown in ("bruno", "olga", "disabled", "enabled", "never"):
        assert shown in listed
    assert "must change the PIN" in cli("operators", "enable", "bruno").out
    assert cli("operators", "remove", "bruno", "--yes").out == "The account bruno is removed.\n"
    assert len(cli("operators", "list", "--json").json["operators"]) == 1


def test_a_reset_replaces_the_pin(cli: Cli) -> None:
    before = add(cli, "olga")
    after = cli("operators", "reset", "OLGA").out.strip()
    with build(load_settings()) as kiosk:
        with pytest.raises(WrongPin):
            kiosk.operators.sign_in("olga", before)
        assert kiosk.operators.sign_in("olga", after).must_change


def test_a_reset_ends_the_wait_that_a_visitor_has_made(cli: Cli) -> None:
    add(cli, "olga")
    with build(load_settings()) as kiosk:
        for message in ("not right",) * 5 + ("Too many",):
            with pytest.raises(WrongPin, match=message):
                kiosk.operators.sign_in("olga", "000000")
    after = cli("operators", "reset", "olga").out.strip()
    with build(load_settings()) as kiosk:
        assert kiosk.operators.sign_in("olga", after).must_change


def test_a_second_administrator_is_recommended(cli: Cli) -> None:
    add(cli, "olga")
    add(cli, "bruno", "operator")
    assert "Add a second administrator" in cli("operators", "list").out
    cli("operators", "role", "bruno", "administrator")
    assert "Add a second administrator" not in cli("operators", "list").out


def test_the_first_account_is_an_administrator_s(cli: Cli) -> None:
    assert "administrator" in cli.refuses("USR-001", "operators", "add", "bruno")
    assert cli("operators", "list", "--json").json["operators"] == []


def test_the_last_administrator_stays(cli: Cli) -> None:
    add(cli, "olga")
    add(cli, "bruno", "operator")
    for command in (("disable", "olga"), ("role", "olga", "operator"), ("remove", "olga", "--yes")):
        assert "last administrator" in cli.refuses("USR-001", "operators", *command)
    assert len(cli("operators", "list", "--json").json["operators"]) == 2


@pytest.mark.parametrize("command", ["reset", "disable", "enable", "remove"])
def test_an_account_that_is_not_there(cli: Cli, command: str) -> None:
    yes = ("--yes",) if command == "remove" else ()
    assert "no account nobody" in cli.refuses("USR-001", "operators", command, "nobody", *yes)


def test_what_cannot_be_an_account(cli: Cli) -> None:
    cli.refuses("USR-001", "operators", "add", "not a login", "--role", "administrator")
    cli.refuses("USR-001", "operators", "add", "olga", "--role", "system")
    add(cli, "olga")
    cli.refuses("USR-001", "operators", "add", "Olga", "--role", "administrator")
    assert "--yes" in cli.refuses("USR-001", "operators", "remove", "olga")


def test_the_table_of_roles_is_shown(cli: Cli) -> None:
    table = cli("operators", "roles", "--json").json
    assert table["visitor"] == ["verify"]
    assert set(table["operator"]) < set(table["administrator"])
    assert "delete everyone" in cli("operators", "roles").out


def test_the_command_line_acts_as_who_runs_it(cli: Cli) -> None:
    assert console().name == f"console:{getpass.getuser()}"
    assert console().role is Role.ADMINISTRATOR
    add(cli, "olga")
    with build(load_settings()) as kiosk, kiosk.operators._uow() as work:
        assert work.audit.tail().seq > 0
