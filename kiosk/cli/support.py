"""Commands for whoever looks after the kiosk: devices and doctor."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import typer

from kiosk.cli import failures
from kiosk.cli.libraries import library_findings
from kiosk.cli.options import Json, options_of
from kiosk.cli.output import answer, say, show_table
from kiosk.cli.session import open_kiosk, settings_of, start
from kiosk.core.errors import KioskError
from kiosk.services.health import Finding

if TYPE_CHECKING:
    from kiosk.core.ports import Device
    from kiosk.services.facade import Kiosk

_DISTRIBUTION = "voice-kiosk"
_PASSWORD = re.compile(r"(://[^:/@\s]*):[^@/\s]+@")


def version() -> str:
    """Return the version of the installed program."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed(_DISTRIBUTION)
    except PackageNotFoundError:
        return "(not installed)"


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


def doctor(ctx: typer.Context, as_json: Json = False) -> None:
    """Look at everything that support would ask for: exit code 1 when something is amiss."""
    options = options_of(ctx)
    settings = [
        (name, _masked(value), origin) for name, value, origin in settings_of(options).describe()
    ]
    with open_kiosk(options, until=None) as kiosk:
        # A new installation has no database before its first start, and only loading tells
        # whether the files of the voice model are what they were.
        failed, trouble = _first_failure(kiosk)
        findings = [
            Finding(failed, ok=False, detail=f"{trouble.code} {trouble.message}", hint=trouble.hint)
            if trouble is not None and finding.name == failed and finding.ok
            else finding
            for finding in (*library_findings(), *kiosk.health.report())
        ]
    healthy = all(finding.ok for finding in findings)
    if as_json:
        answer(
            {
                "ok": healthy,
                "version": version(),
                "findings": [
                    {
                        "name": finding.name,
                        "ok": finding.ok,
                        "detail": finding.detail,
                        "hint": "" if finding.ok else finding.hint,
                    }
                    for finding in findings
                ],
                "settings": [
                    {"name": name, "value": value, "origin": origin}
                    for name, value, origin in settings
                ],
            }
        )
    else:
        show_table(
            ("", "Check", "Found", "What to do"),
            [
                (
                    "ok" if finding.ok else "!!",
                    finding.name,
                    finding.detail,
                    "" if finding.ok else finding.hint,
                )
                for finding in findings
            ],
        )
        show_table(("Setting", "Value", "From"), settings)
        say("All is well." if healthy else "Something is amiss.", "green" if healthy else "red")
    raise typer.Exit(failures.OK if healthy else failures.NEGATIVE)


def _first_failure(kiosk: Kiosk) -> tuple[str, KioskError | None]:
    """Start what needs no microphone; return the name of the finding that failed, and why."""
    for task, finding in (("storage", "database"), ("keys", "keys"), ("model", "voice model")):
        try:
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


def _masked(value: object) -> str:
    """Return a setting as text, without the password of a database address."""
    return _PASSWORD.sub(r"\1:***@", "" if value is None else str(value))
