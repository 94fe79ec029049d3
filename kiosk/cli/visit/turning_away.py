"""Ask before a setting turns people away who can be verified today."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.cli.output import confirm
from kiosk.cli.session import start
from kiosk.core.errors import KioskError, SettingsInvalid

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.services.facade import Kiosk
    from kiosk.services.visit.shut_out import ShutOut, Standing


def ask_reenrollment(question: str, count: Callable[[], ShutOut], *, yes: bool) -> None:
    """Ask where people would have to enroll again.

    Args:
        question: that "y" says yes to.
        count: tells how many.
        yes: nothing is asked.

    Raises:
        InvalidInput: nobody can be asked.
        Cancelled: the answer was no.
    """
    _ask(question, "could not verify until they enroll again", count, yes=yes)


def ask_threshold(
    kiosk: Kiosk,
    question: str,
    higher: Callable[[], bool],
    below: Callable[[Standing], ShutOut],
    *,
    yes: bool,
) -> None:
    """Ask where people would not reach another line; their voiceprints are opened for that.

    Args:
        kiosk: started as far as the storage.
        question: that "y" says yes to.
        higher: whether the line is above the present one; else nothing is asked.
        below: counts them.
        yes: nothing is asked.

    Raises:
        InvalidInput: nobody can be asked.
        Cancelled: the answer was no.
    """
    try:
        if yes or not higher():
            return
    except SettingsInvalid:  # what is stored is no line: nobody is verified until it is set
        return

    def count() -> ShutOut:
        start(kiosk, until="keys")
        return below(kiosk.shut_outs.standing())

    lost = "would probably be turned away, judging by their last attempt or their own takes"
    _ask(question, lost, count, yes=yes)


def _ask(question: str, what: str, count: Callable[[], ShutOut], *, yes: bool) -> None:
    if yes:
        return
    try:
        found = count()
    except KioskError as error:
        lost = f"How many people would be turned away cannot be told: {error.message}"
        confirm(question, yes=False, lost=lost)
        return
    if found.count:
        of = f"{found.count:,} of the {found.people:,} people who can be verified today"
        confirm(question, yes=False, lost=f"{of} {what}.")
