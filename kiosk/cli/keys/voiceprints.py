"""Commands that carry a person's voiceprints to another kiosk: ``kiosk users …-voiceprint``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kiosk.cli.enroll.enrolling import AllowDuplicate, KnownVoice
from kiosk.cli.files import read_bytes, write_private
from kiosk.cli.keys.passphrases import PassphraseFile, passphrase_from
from kiosk.cli.options import Id, Json, options_of
from kiosk.cli.output import answer, say
from kiosk.cli.session import open_kiosk
from kiosk.core.errors import ConsentMissing


def export(
    ctx: typer.Context,
    user: Id,
    out: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write.", dir_okay=False)],
    passphrase_file: PassphraseFile = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    as_json: Json = False,
) -> None:
    """Export a person's voiceprints into a file that a passphrase opens on any kiosk."""
    with open_kiosk(options_of(ctx), until="keys") as kiosk:
        made = kiosk.voiceprint_files.export(user, passphrase_from(passphrase_file, new=True))
    write_private(out, made, overwrite=force)
    if as_json:
        answer({"user": user, "file": str(out)})
    else:
        say(f"Exported the voiceprints of {user} to {out}.")


def import_(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An export of a person.")],
    passphrase_file: PassphraseFile = None,
    consent: Annotated[
        bool, typer.Option("--consent", help="The person agreed to be known here as well.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the person's current voiceprints.")
    ] = False,
    allow_duplicate: AllowDuplicate = None,
    as_json: Json = False,
) -> None:
    """Import a person's voiceprints; they are encrypted with the keys of this kiosk."""
    from kiosk.core.voice.duplicates import DuplicateDecision, DuplicateFound, clean_reason, named

    reason = None if allow_duplicate is None else clean_reason(allow_duplicate)
    if not consent:
        raise ConsentMissing(
            "There is no consent of the person.", hint="Ask the person, then add --consent."
        )
    with open_kiosk(options_of(ctx), until="model") as kiosk:
        model_id = kiosk.models.chosen()
        try:
            imported = kiosk.voiceprint_files.import_(
                read_bytes(file),
                passphrase_from(passphrase_file, new=False),
                consent=True,
                replacing=replace,
                decision=None if reason is None else DuplicateDecision(reason),
            )
        except DuplicateFound as exc:
            raise KnownVoice(exc.candidates) from exc
    usable = model_id in imported.model_ids
    if as_json:
        answer(
            {
                "user": imported.user_id,
                "model_ids": list(imported.model_ids),
                "usable": usable,
                "left_out": list(imported.left_out),
                "alike": [each.user_id for each in imported.alike],
            }
        )
        return
    say(f"Imported {imported.user_id}, for {' and '.join(imported.model_ids)}.")
    if imported.left_out:
        say(
            f"Left out because the model is not installed: {', '.join(imported.left_out)}.",
            "yellow",
        )
    if imported.alike:
        say(
            f"The voice is similar to that of {named(imported.alike)}; your reason is recorded.",
            "yellow",
        )
    if not usable:
        say(f"The model in use is {model_id}: the person must be enrolled with it.", "yellow")
