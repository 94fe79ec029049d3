"""The command that answers HTTP: ``kiosk serve``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kiosk.cli.options import options_of
from kiosk.cli.output import say, warn
from kiosk.cli.session import built, start
from kiosk.core.accounts.acting import VISITOR, acting_as
from kiosk.systemd import supervisor_of
from kiosk.vault.process import protect

if TYPE_CHECKING:
    from kiosk.core.supervision import Supervisor
    from kiosk.services.facade import Kiosk
    from kiosk.settings import Settings

_Pem = typer.Option(metavar="FILE", help="PEM file, for HTTPS.", dir_okay=False)


def serve(
    ctx: typer.Context,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; 127.0.0.1 by default.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65_535, help="Port; 3000 by default, 0 for any that is free."),
    ] = None,
    seed_compat: Annotated[
        bool | None,
        typer.Option(
            "--seed-compat",
            help="Also give raw voiceprints to programs on this machine without a key.",
        ),
    ] = None,
    tls_certificate: Annotated[Path | None, _Pem] = None,
    tls_key: Annotated[Path | None, _Pem] = None,
) -> None:
    """Answer HTTP over the same people and voice model, without a screen and a microphone.

    Ends in order on Ctrl-C and SIGTERM.
    """
    from kiosk.settings import load_settings

    supervisor = supervisor_of()
    protect()
    options = options_of(ctx)
    settings = load_settings(
        options.data_dir,
        api__host=host,
        api__port=port,
        api__seed_compat=seed_compat,
        api__tls_certificate=tls_certificate,
        api__tls_key=tls_key,
    )
    # Each request says who sends it; one that would not is a visitor's.
    with acting_as(VISITOR), built(settings, options) as kiosk, kiosk.audit.running("service"):
        _serve(kiosk, settings, supervisor)


def _serve(kiosk: Kiosk, settings: Settings, supervisor: Supervisor) -> None:
    from kiosk.api.app import create_app
    from kiosk.api.assembly import assembled, check_streams
    from kiosk.api.binding import check_binding
    from kiosk.api.server import Server, listen
    from kiosk.logs import FileRequestLog

    policy = settings.api_policy()
    start(kiosk, until="storage")
    for warning in check_binding(policy, kiosk.api_keys):
        warn(warning)
    # Before the model is loaded, which takes longest: a port that is taken is told at once.
    with listen(policy) as listener:
        start(kiosk, until="model")
        kiosk.housekeeping.start()
        with assembled(kiosk, policy, FileRequestLog(settings.logs_dir)) as context:
            for warning in check_streams(context):
                warn(warning)
            server = Server(
                create_app(context),
                policy,
                listener,
                lambda address: _announce(address, supervisor),
                supervisor,
            )
            server.serve_until_stopped()


def _announce(address: str, supervisor: Supervisor) -> None:
    from kiosk.api.server import documentation_at

    supervisor.ready(f"Listening on {address}")
    say(f"Listening on {address}; documentation at {documentation_at(address)}")
    sys.stdout.flush()  # whoever has started this waits for the line
