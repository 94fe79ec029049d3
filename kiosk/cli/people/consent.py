"""Commands about consent: ``kiosk consent …``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kiosk.cli.files import write_private
from kiosk.cli.options import Id, Json, Yes, options_of, show_help_alone
from kiosk.cli.output import answer, say, show_table
from kiosk.cli.people.erasing import DeleteBackups, Erasing, ProofFile, erase_person
from kiosk.cli.session import open_kiosk, settings_of
from kiosk.core.errors import ConsentMissing, InvalidInput
from kiosk.core.people.erasure import Reason

if TYPE_CHECKING:
    from kiosk.core.people.consent import ConsentDocument
    from kiosk.services.facade import Kiosk

Whose = Annotated[
    str,
    typer.Argument(
        metavar="RECEIPT", help="The ID of a receipt, or of a person for the newest one."
    ),
]
Language = Annotated[
    str | None, typer.Option(metavar="CODE", help="Such as en; the first one by default.")
]
_SUFFIXES = (".html", ".json", ".md")


def program() -> typer.Typer:
    """Return the group of commands."""
    app = typer.Typer(help="Consent texts, receipts of consent, and their withdrawal.")
    app.callback(invoke_without_command=True)(show_help_alone)
    app.command("texts")(texts)
    app.command("text")(text)
    app.command("list")(list_)
    app.command("show")(show)
    app.command("export")(export)
    app.command("withdraw")(withdraw)
    return app


def texts(
    ctx: typer.Context,
    write: Annotated[
        bool,
        typer.Option("--write", help="Copy them to the site's folder, where you can edit them."),
    ] = False,
    as_json: Json = False,
) -> None:
    """List the consent texts that people are shown, with their versions and hashes."""
    options = options_of(ctx)
    written: list[Path] = []
    if write:
        from kiosk.resources import resources_dir
        from kiosk.texts import FolderConsentTexts

        settings = settings_of(options)
        written = FolderConsentTexts(resources_dir() / "consent", settings.consent_dir).write_own()
    with open_kiosk(options, until="storage") as kiosk:
        found = [kiosk.consents.text(language) for language in kiosk.consents.languages()]
    if as_json:
        answer(
            {
                "texts": [
                    {"language": t.language, "version": t.version, "sha256": t.sha256}
                    for t in found
                ],
                "written": [str(path) for path in written],
            }
        )
        return
    show_table(
        ("Language", "Version", "SHA-256 as shown"),
        [(each.language, each.version, each.sha256) for each in found],
    )
    for path in written:
        say(f"Written: {path}")


def text(ctx: typer.Context, language: Language = None, as_json: Json = False) -> None:
    """Show a consent text as people are shown it now."""
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        found = kiosk.consents.text(language)
    if as_json:
        answer(
            {
                "language": found.language,
                "version": found.version,
                "sha256": found.sha256,
                "text": found.markdown,
            }
        )
        return
    for line in found.markdown.splitlines():
        say(line)


def list_(ctx: typer.Context, user: Id, as_json: Json = False) -> None:
    """List a person's receipts, newest first."""
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        receipts = kiosk.consents.receipts(user)
    if as_json:
        answer({"receipts": [receipt.as_dict() for receipt in receipts]})
        return
    if not receipts:
        say(f"There is no consent receipt of {user}.")
        return
    show_table(
        ("Receipt", "When", "Text", "Language", "Recorded by"),
        [
            (
                receipt.receipt_id,
                f"{receipt.given_at.astimezone():%Y-%m-%d %H:%M}",
                receipt.text_version,
                receipt.language,
                receipt.actor,
            )
            for receipt in receipts
        ],
    )


def show(ctx: typer.Context, receipt: Whose, as_json: Json = False) -> None:
    """Show a receipt with the text that was agreed to."""
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        document = _document(kiosk, receipt)
    if as_json:
        answer(document.as_dict())
        return
    from kiosk.core.people.consent_document import as_markdown

    for line in as_markdown(document).splitlines():
        say(line)


def export(
    ctx: typer.Context,
    receipt: Whose,
    out: Annotated[
        Path,
        typer.Option(metavar="FILE", help="Ends in .html (to print), .json or .md."),
    ],
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    as_json: Json = False,
) -> None:
    """Write a receipt with its text into a file that only you can read."""
    from kiosk.core.people.consent_document import as_html, as_markdown

    suffix = out.suffix.lower()
    if suffix not in _SUFFIXES:
        raise InvalidInput(
            "The kind of file is not clear.", hint=f"End its name in {', '.join(_SUFFIXES)}."
        )
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        document = _document(kiosk, receipt)
        if suffix == ".html":
            made = as_html(document)
        elif suffix == ".md":
            made = as_markdown(document)
        else:
            made = json.dumps(document.as_dict(), indent=2, ensure_ascii=False) + "\n"
        write_private(out, made, overwrite=force)
        kiosk.consents.handed_out(document)
    if as_json:
        answer({"receipt": document.receipt.receipt_id, "file": str(out)})
    else:
        say(f"Wrote the receipt of {document.receipt.user_id} to {out}.")


def withdraw(
    ctx: typer.Context,
    user: Id,
    delete_backups: DeleteBackups = False,
    proof: ProofFile = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Delete a person who has withdrawn consent, with all their data."""
    erase_person(ctx, user, Reason.WITHDRAWN, Erasing(delete_backups, proof, yes, as_json))


def _document(kiosk: Kiosk, wanted: str) -> ConsentDocument:
    try:
        return kiosk.consents.document(wanted)
    except ConsentMissing:
        # No receipt: then it is a person's ID.
        return kiosk.consents.latest(wanted)
