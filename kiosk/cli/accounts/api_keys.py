"""Commands about the keys of programs that use the HTTP service: ``kiosk api-key …``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from kiosk.cli.options import Json, Yes, options_of, show_help_alone
from kiosk.cli.output import answer, confirm, say, show_table, warn
from kiosk.cli.session import open_kiosk
from kiosk.core.accounts.credentials import Right, key_id_of

if TYPE_CHECKING:
    from datetime import datetime

    from kiosk.core.accounts.credentials import ApiKey


def _id_of(text: str) -> str:
    """Return the ID, where somebody has typed the whole key: it is not to be shown in messages."""
    return key_id_of(text) or text


KeyId = Annotated[
    str,
    typer.Argument(
        metavar="KEY-ID", callback=_id_of, help="The ID that 'kiosk api-key list' shows."
    ),
]


def program() -> typer.Typer:
    """Return the group of commands."""
    app = typer.Typer(help="Create, list and revoke the API keys of 'kiosk serve'.")
    app.callback(invoke_without_command=True)(show_help_alone)
    app.command("create")(create)
    app.command("list")(list_)
    app.command("revoke")(revoke)
    return app


def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the key is for.")],
    right: Annotated[
        list[Right] | None,
        typer.Option(
            "--right",
            help=(
                "What the key permits; can be given several times. 'admin' is everything "
                "except raw voiceprints. Default: verify."
            ),
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Create an API key and show it once. Only its hash is kept."""
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        key, text = kiosk.api_keys.create(name, right or [Right.VERIFY])
    if as_json:
        answer(_described(key) | {"key": text})
        return
    warn("Keep this key in a safe place. It cannot be shown again.")
    say(text)


def list_(ctx: typer.Context, as_json: Json = False) -> None:
    """List the API keys, including revoked ones; never the keys themselves."""
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        keys = kiosk.api_keys.list()
    if as_json:
        answer({"api_keys": [_described(key) for key in keys]})
        return
    if not keys:
        say("There are no API keys. Create one with 'kiosk api-key create NAME'.")
        return
    show_table(
        ("ID", "Name", "Rights", "Created", "Last used", "State"),
        [
            (
                key.key_id,
                key.name,
                ", ".join(sorted(key.rights)),
                _when(key.created_at),
                _when(key.last_used_at) or "never",
                f"revoked {_when(key.revoked_at)}" if key.revoked else "accepted",
            )
            for key in keys
        ],
    )


def revoke(ctx: typer.Context, key_id: KeyId, yes: Yes = False, as_json: Json = False) -> None:
    """Revoke an API key; a running service refuses it after a second."""
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        key = kiosk.api_keys.get(key_id)
        confirm(f"Revoke the key {key_id} ({key.name})? This cannot be undone.", yes=yes)
        key = kiosk.api_keys.revoke(key_id)
    if as_json:
        answer(_described(key))
    else:
        say(f"The key {key.key_id} ({key.name}) is revoked.")


def _described(key: ApiKey) -> dict[str, Any]:
    def moment(value: datetime | None) -> str | None:
        return None if value is None else value.isoformat()

    return {
        "id": key.key_id,
        "name": key.name,
        "rights": sorted(key.rights),
        "created_at": moment(key.created_at),
        "last_used_at": moment(key.last_used_at),
        "revoked_at": moment(key.revoked_at),
    }


def _when(moment: datetime | None) -> str:
    """Return a moment in local time, as people on the spot read it."""
    return "" if moment is None else f"{moment.astimezone():%Y-%m-%d %H:%M}"
