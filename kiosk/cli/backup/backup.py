"""Commands about backups: ``kiosk backup …``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kiosk.cli.backup.facts import counted, described, facts, serves, tell, when, words
from kiosk.cli.failures import NEGATIVE
from kiosk.cli.keys.passphrases import PassphraseFile, passphrase_from
from kiosk.cli.options import Id, Json, Yes, options_of, show_help_alone
from kiosk.cli.output import answer, confirm, say, show_facts, show_table, waiting, warn
from kiosk.cli.session import open_kiosk
from kiosk.core.errors import InvalidInput, StorageError

if TYPE_CHECKING:
    from kiosk.services.facade import Kiosk

File = Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")]
KeysFile = Annotated[
    Path | None,
    typer.Option(
        "--keys",
        metavar="KEYS",
        help=(
            "A file of 'kiosk keys export' from the kiosk of the backup. The passphrase given "
            "or asked for is the one of this file."
        ),
        show_default=False,
    ),
]
Passphrase = Annotated[
    bool,
    typer.Option(
        "--passphrase",
        help="Ask for a passphrase. With one, the backup can be restored on a new machine.",
    ),
]
OtherKiosk = Annotated[
    bool,
    typer.Option(
        "--other-kiosk",
        help="Accept a backup of another kiosk. Nothing here shows who made it.",
    ),
]
_OF_ANOTHER = (
    " It is of another kiosk. The accounts, API keys, PINs, badges, settings and audit records "
    "of this kiosk are lost, and its own backups then count as those of another kiosk."
)
_MAX_KEYS = 1 << 20


def program() -> typer.Typer:
    """Return the group of commands."""
    app = typer.Typer(help="Make, list, check and restore backups, which are encrypted.")
    app.callback(invoke_without_command=True)(show_help_alone)
    app.command("create")(create)
    app.command("list")(list_)
    app.command("verify")(verify)
    app.command("restore")(restore)
    app.command("remove")(remove)
    app.command("forget")(forget)
    return app


def create(
    ctx: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            help="Where to write; by default the folder of backups, which keeps the newest five.",
            show_default=False,
        ),
    ] = None,
    passphrase: Passphrase = False,
    passphrase_file: PassphraseFile = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    as_json: Json = False,
) -> None:
    """Back up the database while the kiosk runs, and read the backup again.

    Former backups are kept where this one holds what the audit records do not explain.
    """
    secret = _passphrase(passphrase, passphrase_file, new=True)
    with open_kiosk(options_of(ctx), until="keys") as kiosk, waiting("Backing up"):
        made = kiosk.backups.create(
            None if file is None else file.absolute(), secret, overwrite=force
        )
        found = kiosk.audit.look().warnings
    for text in found:
        warn(text)
    if as_json:
        answer(described(made))
        return
    say(f"Made {made.file}.")
    if not made.passphrase:
        warn(
            "It opens only with the keys of this kiosk. Keep a file of 'kiosk keys export' "
            "too, or make a backup with --passphrase."
        )


def list_(ctx: typer.Context, as_json: Json = False) -> None:
    """List the backups in the folder of backups."""
    with open_kiosk(options_of(ctx), until=None) as kiosk:
        found, plain = kiosk.backups.all(), kiosk.backups.unencrypted()
    if as_json:
        files = [str(file) for file in plain]
        answer({"backups": [described(each) for each in found], "unencrypted": files})
        return
    if plain:
        warn(
            "These copies of the database are not encrypted; delete them with 'kiosk backup "
            f"remove' when nobody needs them: {', '.join(file.name for file in plain)}."
        )
    if not found:
        say("There are no backups. Make one with 'kiosk backup create'.")
        return
    show_table(
        ("File", "Made", "Why", ">Size", "Schema", "Passphrase"),
        [
            (
                each.file.name,
                when(each.made_at),
                each.reason.value,
                f"{each.size:,}",
                each.schema,
                "yes" if each.passphrase else "no",
            )
            for each in found
        ],
    )


def verify(
    ctx: typer.Context,
    file: File,
    passphrase: Passphrase = False,
    passphrase_file: PassphraseFile = None,
    keys: KeysFile = None,
    other_kiosk: OtherKiosk = False,
    as_json: Json = False,
) -> None:
    """Unpack a backup and check all of it: every page, every voiceprint, every audit record.

    Says on which machines it can be restored. Exit code 1 when accounts, keys, settings or
    voiceprints in it are not what its records say.
    """
    with open_kiosk(options_of(ctx), until=None) as kiosk:
        secret, exported = _opening(passphrase, passphrase_file, keys)
        with waiting("Checking"):
            checked = kiosk.backups.check(
                _existing(kiosk, file), secret, exported, other_kiosk=other_kiosk
            )
    if as_json:
        answer(
            described(checked.info)
            | {
                "foreign": checked.foreign,
                "keys_here": checked.keys_here,
                "serves": serves(checked.info),
                "contents": counted(checked.contents),
            }
        )
    else:
        sound = "is complete but damaged" if checked.contents.differences else "is intact"
        say(f"{checked.info.file.name} {sound}.")
        show_facts(facts(checked, tried=secret is not None))
        tell(checked.contents)
    if checked.contents.differences:
        raise typer.Exit(NEGATIVE)


def restore(
    ctx: typer.Context,
    file: File,
    passphrase: Passphrase = False,
    passphrase_file: PassphraseFile = None,
    keys: KeysFile = None,
    other_kiosk: OtherKiosk = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Replace the database with a backup; the current one is backed up first."""
    with open_kiosk(options_of(ctx), until=None) as kiosk:
        secret, exported = _opening(passphrase, passphrase_file, keys)
        path = _existing(kiosk, file)
        with waiting("Checking"):
            checked = kiosk.backups.check(path, secret, exported, other_kiosk=other_kiosk)
        for text in checked.contents.differences:
            warn(text)
        now = "nothing that can be read" if checked.present is None else words(checked.present)
        confirm(
            f"Replace the database ({now}) by the backup of {when(checked.info.made_at)} "
            f"({words(checked.contents)})?{_OF_ANOTHER if checked.foreign else ''}",
            yes=yes,
        )
        with waiting("Restoring"):
            done = kiosk.backups.restore(path, secret, exported, other_kiosk=other_kiosk)
    if as_json:
        before = None if done.before is None else str(done.before.file)
        answer({"contents": counted(done.contents), "before": before})
        return
    say(f"Restored {file.name}: {words(done.contents)}.")
    if done.before is not None:
        say(f"What was there before is in {done.before.file}.")
    if checked.foreign:
        say("The keys of that kiosk are on this machine now. Restart running programs.")
    tell(done.contents)


def remove(ctx: typer.Context, file: File, yes: Yes = False, as_json: Json = False) -> None:
    """Delete a backup."""
    with open_kiosk(options_of(ctx), until="keys") as kiosk:
        path = _existing(kiosk, file)
        confirm(f"Delete the backup {path.name}? This cannot be undone.", yes=yes)
        kiosk.backups.remove(path)
    if as_json:
        answer({"file": str(path), "removed": True})
    else:
        say(f"Deleted {path.name}.")


def forget(
    ctx: typer.Context,
    user: Id,
    as_json: Json = False,
) -> None:
    """Delete a person from the backups in the folder; these are rewritten."""
    with open_kiosk(options_of(ctx), until="keys") as kiosk, waiting("Writing anew"):
        held = [file.name for file in kiosk.backups.holding(user)]
        left = [file.name for file in kiosk.backups.forget(user)]
    done = [name for name in held if name not in left]
    if as_json:
        answer({"user": user, "rewritten": done, "left": left})
        return
    say(f"{user} was in {len(held)} backups, of which {len(done)} were written anew.")
    if left:
        raise StorageError(
            f"These cannot be written anew and may hold {user} still: {', '.join(left)}.",
            hint="Delete them with 'kiosk backup remove'.",
        )


def _opening(
    wanted: bool, passphrase_file: Path | None, keys: Path | None
) -> tuple[str | None, bytes | None]:
    """Return the passphrase and the exported keys with which a backup is opened."""
    exported = None if keys is None else _read(keys)
    return _passphrase(wanted or exported is not None, passphrase_file, new=False), exported


def _passphrase(wanted: bool, file: Path | None, *, new: bool) -> str | None:
    if not wanted and file is None:
        return None
    return passphrase_from(file, new=new)


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(_MAX_KEYS)
    except OSError as exc:
        raise InvalidInput(
            f"The file {file.name} cannot be read: {exc.strerror}.", hint="Choose another."
        ) from exc


def _existing(kiosk: Kiosk, file: Path) -> Path:
    """Return the file, or the one of that name among the backups and other copies."""
    if not file.exists() and file.name == str(file):
        known = [*(each.file for each in kiosk.backups.all()), *kiosk.backups.unencrypted()]
        return next((each for each in known if each.name == file.name), file.absolute())
    return file.absolute()
