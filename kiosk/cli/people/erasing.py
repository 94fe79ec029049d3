"""Erasing a person from the command line: what is asked, and what is told."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kiosk.cli.files import write_private
from kiosk.cli.options import options_of
from kiosk.cli.output import answer, confirm, say, warn
from kiosk.cli.session import open_kiosk
from kiosk.core.errors import InvalidInput

if TYPE_CHECKING:
    from kiosk.core.people.erasure import ErasureProof, Reason
    from kiosk.services.facade import Kiosk

PATIENCE_S = 5.0
"""How long a command waits for another program that is reading the database."""

DeleteBackups = Annotated[
    bool,
    typer.Option("--delete-backups", help="Also delete backups that may hold the person."),
]
ProofFile = Annotated[
    Path | None,
    typer.Option("--proof", metavar="FILE", help="Write a proof of the deletion, as JSON."),
]


@dataclass(frozen=True)
class Erasing:
    """How a person is erased.

    Attributes:
        delete_backups: backups that may hold the person go, too.
        proof: a file for the proof; None for none.
        yes: nobody is asked.
        as_json: the answer is one JSON value.
    """

    delete_backups: bool
    proof: Path | None
    yes: bool
    as_json: bool


def erase_person(ctx: typer.Context, user: str, reason: Reason, how: Erasing) -> None:
    """Erase a person after a question, and tell what went and what stays.

    Raises:
        InvalidInput: the file of the proof is there already; nobody was erased.
        UnknownUser: nobody has that ID.
    """
    if how.proof is not None and how.proof.exists():
        raise InvalidInput(
            f"The file {how.proof.name} exists already.", hint="Choose another for the proof."
        )
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        kiosk.people.details(user)
        confirm(_question(kiosk, user, how), yes=how.yes)
        proof = kiosk.people.remove(user, reason)
        if proof.overwritten is False:
            proof = proof.completed(
                overwritten=kiosk.erase.finish(PATIENCE_S), backups=proof.backups
            )
        deleted = kiosk.erase.delete_backups(proof.backups) if how.delete_backups else ()
    left = tuple(name for name in proof.backups if name not in deleted)
    proof = proof.completed(overwritten=proof.overwritten, backups=left)
    if how.proof is not None:
        text = json.dumps(proof.as_dict(), indent=2, ensure_ascii=False) + "\n"
        write_private(how.proof, text, overwrite=False)
    if how.as_json:
        answer({"user": user, "removed": True, "proof": proof.as_dict()})
        return
    say(f"Deleted {user}.")
    show_rest(proof, overwritten=proof.overwritten is not False)


def show_rest(proof: ErasureProof, *, overwritten: bool) -> None:
    """Tell on stderr what is still to be done after an erasure."""
    if not overwritten:
        warn(
            "Another program is reading the database, so the deleted data is not overwritten "
            "yet. A running kiosk does it as soon as it can."
        )
    if proof.logs is False:
        warn(
            "A log file cannot be changed now, so it still names the deleted person. A running "
            "kiosk overwrites it as soon as it can."
        )
    if proof.backups:
        warn(f"These copies may still hold deleted data: {', '.join(proof.backups)}.")


def _question(kiosk: Kiosk, user: str, how: Erasing) -> str:
    goes = "voiceprint, attempts, consent receipts and all other data"
    backups = kiosk.erase.backups_holding(user)
    also = ""
    if backups:
        verb = "are also deleted" if how.delete_backups else "stay and may hold the person"
        also = f" {len(backups)} backups {verb}." if len(backups) > 1 else f" 1 backup {verb}."
        also = also.replace("1 backup are", "1 backup is").replace(
            "1 backup stay", "1 backup stays"
        )
    return f"Delete {user} with {goes}?{also} This cannot be undone."
