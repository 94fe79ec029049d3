"""Commands about the accounts of those who look after the kiosk: ``kiosk operators …``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from kiosk.cli.options import Json, Yes, options_of, show_help_alone
from kiosk.cli.output import answer, confirm, say, show_table, warn
from kiosk.cli.session import open_kiosk
from kiosk.core.accounts.acting import Role
from kiosk.core.accounts.roles import PERMITTED, Action

if TYPE_CHECKING:
    from datetime import datetime

    from kiosk.core.accounts.operators import Account


def _role(text: str) -> Role:
    """Return a role that accounts can have."""
    if text not in (Role.OPERATOR.value, Role.ADMINISTRATOR.value):
        raise typer.BadParameter("choose operator or administrator")
    return Role(text)


Login = Annotated[str, typer.Argument(metavar="LOGIN", help="The login of the account.")]
_ROLE_HELP = "operator or administrator."


def program() -> typer.Typer:
    """Return the group of commands."""
    app = typer.Typer(help="List, add, change and remove accounts.")
    app.callback(invoke_without_command=True)(show_help_alone)
    app.command("list")(list_)
    app.command("add")(add)
    app.command("reset")(reset)
    app.command("disable")(disable)
    app.command("enable")(enable)
    app.command("role")(role)
    app.command("remove")(remove)
    app.command("roles")(roles)
    return app


def list_(ctx: typer.Context, as_json: Json = False) -> None:
    """List the accounts; never their PINs and passwords."""
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        accounts = kiosk.accounts.list()
    if as_json:
        answer({"operators": [_described(account) for account in accounts]})
        return
    if not accounts:
        say("There are no accounts. The kiosk asks for the first one when it is started.")
        return
    show_table(
        ("Login", "Name", "Role", "State", "Created", "Last sign-in"),
        [
            (
                account.login,
                account.name,
                account.role.value,
                _state(account),
                _when(account.created_at),
                _when(account.signed_in_at) or "never",
            )
            for account in accounts
        ],
    )
    if sum(each.enabled and each.role is Role.ADMINISTRATOR for each in accounts) == 1:
        say("Note: there is only one administrator. Failed tries of others can lock an account")
        say("for up to five minutes, and a PIN can be forgotten. Add a second administrator.")


def add(
    ctx: typer.Context,
    login: Login,
    name: Annotated[str, typer.Option(help="Display name.")] = "",
    role: Annotated[
        Role, typer.Option(parser=_role, metavar="ROLE", help=_ROLE_HELP)
    ] = Role.OPERATOR,
    as_json: Json = False,
) -> None:
    """Add an account and show a PIN, which must be changed at the first sign-in."""
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        account, pin = kiosk.accounts.add(login, name, role)
    _give(account, pin, as_json=as_json)


def reset(ctx: typer.Context, login: Login, as_json: Json = False) -> None:
    """Show a new PIN, which must be changed at the next sign-in; clear failed tries."""
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        account, pin = kiosk.accounts.reset(login)
    _give(account, pin, as_json=as_json)


def disable(ctx: typer.Context, login: Login, as_json: Json = False) -> None:
    """Disable an account: nobody can sign in with it."""
    _set_enabled(ctx, login, enabled=False, as_json=as_json)


def enable(ctx: typer.Context, login: Login, as_json: Json = False) -> None:
    """Enable a disabled account."""
    _set_enabled(ctx, login, enabled=True, as_json=as_json)


def role(
    ctx: typer.Context,
    login: Login,
    new_role: Annotated[Role, typer.Argument(parser=_role, metavar="ROLE", help=_ROLE_HELP)],
    as_json: Json = False,
) -> None:
    """Make an account operator or administrator."""
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        account = kiosk.accounts.set_role(login, new_role)
    _changed(account, f"{account.login} is {account.role.value} now.", as_json=as_json)


def remove(ctx: typer.Context, login: Login, yes: Yes = False, as_json: Json = False) -> None:
    """Remove an account; the last administrator stays."""
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        confirm(f"Remove the account {login}? This cannot be undone.", yes=yes)
        kiosk.accounts.remove(login)
    if as_json:
        answer({"login": login, "removed": True})
    else:
        say(f"The account {login} is removed.")


def roles(as_json: Json = False) -> None:
    """Show what each role can do."""
    shown = (Role.VISITOR, Role.OPERATOR, Role.ADMINISTRATOR)
    if as_json:
        answer({role.value: sorted(PERMITTED[role]) for role in shown})
        return
    show_table(
        ("Action", *(role.value.capitalize() for role in shown)),
        [
            (action.value, *("yes" if action in PERMITTED[role] else "" for role in shown))
            for action in Action
        ],
    )


def _set_enabled(ctx: typer.Context, login: str, *, enabled: bool, as_json: bool) -> None:
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        account = kiosk.accounts.set_enabled(login, enabled=enabled)
    _changed(account, f"{account.login} is {_state(account)}.", as_json=as_json)


def _give(account: Account, pin: str, *, as_json: bool) -> None:
    if as_json:
        answer(_described(account) | {"pin": pin})
        return
    warn(f"The PIN for the next sign-in of {account.login}; it cannot be shown again.")
    say(pin)


def _changed(account: Account, sentence: str, *, as_json: bool) -> None:
    if as_json:
        answer(_described(account))
    else:
        say(sentence)


def _described(account: Account) -> dict[str, Any]:
    signed_in = account.signed_in_at
    return {
        "login": account.login,
        "name": account.name,
        "role": account.role.value,
        "enabled": account.enabled,
        "must_change": account.must_change,
        "created_at": account.created_at.isoformat(),
        "signed_in_at": None if signed_in is None else signed_in.isoformat(),
    }


def _state(account: Account) -> str:
    if not account.enabled:
        return "disabled"
    return "must change the PIN" if account.must_change else "enabled"


def _when(moment: datetime | None) -> str:
    """Return a moment in local time, as people on the spot read it."""
    return "" if moment is None else f"{moment.astimezone():%Y-%m-%d %H:%M}"
