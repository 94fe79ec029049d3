"""Commands for whoever looks after the kiosk: devices and doctor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kiosk.cli import failures
from kiosk.cli.diagnosis.report import Report, last_errors, settings_shown, system_findings
from kiosk.cli.diagnosis.sections import sections
from kiosk.cli.files import write_private
from kiosk.cli.libraries import library_findings
from kiosk.cli.options import Json, options_of
from kiosk.cli.output import answer, say, show_table
from kiosk.cli.session import open_kiosk, settings_of, start
from kiosk.core.errors import KioskError
from kiosk.services.health import Finding

if TYPE_CHECKING:
    from kiosk.core.ports import Device
    from kiosk.services.facade import Kiosk


def devices(ctx: typer.Context, as_json: Json = False) -> None:
    """List the microphones."""
    with open_kiosk(options_of(ctx), until=None) as kiosk:
        found = kiosk.catalog.devices()
    if as_json:
        answer({"devices": [_device(device) for device in found]})
        return
    if not found:
        say("No microphone was found. Connect one.")
        return
    show_table(
        ("Default", "Microphone", "System", ">Channels", ">Rate"),
        [
            (
                "yes" if device.default else "",
                device.name,
                device.host,
                str(device.channels),
                f"{device.rate} Hz",
            )
            for device in found
        ],
    )


def doctor(
    ctx: typer.Context,
    as_json: Json = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="Write the report for support to a JSON file that only you can read.",
            dir_okay=False,
            show_default=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> None:
    """Check everything that support would ask for: exit code 1 when something is wrong.

    No voiceprint, recording, PIN or key is in the report, and no ID or name of an enrolled person.
    """
    options = options_of(ctx)
    settings = settings_of(options)
    with open_kiosk(options, until=None) as kiosk:
        # A new installation has no database before its first start, and only loading tells
        # whether the files of the voice model are what they were.
        failed, trouble = _first_failure(kiosk)
        findings = [
            Finding(failed, ok=False, detail=f"{trouble.code} {trouble.message}", hint=trouble.hint)
            if trouble is not None and finding.name == failed and finding.ok
            else finding
            for finding in (*library_findings(), *kiosk.health.report(), *system_findings(settings))
        ]
        report = Report(
            findings, settings_shown(settings), sections(kiosk, settings), last_errors(settings)
        )
    healthy = report.ok
    if out is not None:
        write_private(out.absolute(), report.file(), overwrite=force)
    if as_json:
        answer(report.described())
    else:
        report.show()
        if out is not None:
            say(f"Wrote {out}.")
        _sum_up(findings)
    raise typer.Exit(failures.OK if healthy else failures.NEGATIVE)


def _sum_up(findings: list[Finding]) -> None:
    """Say at the end, where it is read, what the long tables above come to."""
    amiss = [finding for finding in findings if not finding.ok]
    if not amiss:
        say(f"All is well. {len(findings)} checks, none failed.", "green")
        return
    say(f"Something is wrong. {len(amiss)} of {len(findings)} checks failed:", "red")
    for finding in amiss:
        say(f"- {finding.name}: {finding.detail} {finding.hint}".rstrip(), "red")


def _first_failure(kiosk: Kiosk) -> tuple[str, KioskError | None]:
    """Start what needs no microphone; return the name of the finding that failed, and why."""
    for task, finding in (("storage", "database"), ("keys", "keys"), ("model", "voice model")):
        try:
            with failures.recorded():
                start(kiosk, until=task)
        except KioskError as error:
            return finding, error
    return "", None


def _device(device: Device) -> dict[str, Any]:
    return {
        "key": device.key,
        "host": device.host,
        "name": device.name,
        "channels": device.channels,
        "rate": device.rate,
        "default": device.default,
    }
