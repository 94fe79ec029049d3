"""What the panel says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QCoreApplication

from kiosk.services.enroll.roster import RowState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.services.enroll.roster import RowResult

Tone = Literal["positive", "negative"]

MOST_SHOWN = 100
"""Lines that are shown; the report that is saved has all of them."""


def title() -> str:
    """Return the title, which is what the button says, too."""
    return _tr("Enroll from a file")


def about() -> str:
    """Return what it is for."""
    return _tr(
        "Enroll many people from recordings that you already have. People who are enrolled "
        "already are skipped, so you can use a file again."
    )


def columns() -> str:
    """Return what the file must hold."""
    return _tr(
        "The file is a table (CSV) with one person per line and these columns: id, name "
        "(optional), consent (yes, once the person has agreed), and files (3 or more "
        "recordings in the same folder, separated by semicolons)."
    )


def save_report() -> str:
    """Return the words on the button."""
    return _tr("Save report …")


def reading() -> str:
    """Return what is shown before the first line."""
    return _tr("Reading the file …")


def stopping() -> str:
    """Return what is shown until the line that was begun is done."""
    return _tr("Stopping after this person …")


def waiting() -> str:
    """Return what must be known while it runs."""
    return _tr(
        "It stops when you are signed out, so touch the screen now and then. People enrolled "
        "by then stay enrolled. Use the same file to continue."
    )


def progress(done: int, total: int, user_id: str) -> str:
    """Return who is being enrolled."""
    return _filled(_tr("Enrolling {2} ({0} of {1})"), f"{done + 1:,}", f"{total:,}", user_id)


def saved(name: str) -> str:
    """Return that a file is written."""
    return _filled(_tr("{0} saved."), name)


def summary(results: Sequence[RowResult], total: int) -> str:
    """Return how many lines came out how."""
    counted = {state: sum(each.state is state for each in results) for state in RowState}
    enrolled = counted[RowState.ENROLLED]
    parts = [
        _tr("1 person is enrolled.")
        if enrolled == 1
        else _filled(_tr("{0} people are enrolled."), f"{enrolled:,}")
    ]
    for state, text in (
        (RowState.SKIPPED, _tr("Already enrolled: {0}.")),
        (RowState.REFUSED, _tr("Not enrolled: {0}.")),
    ):
        if counted[state]:
            parts.append(_filled(text, f"{counted[state]:,}"))
    left = total - len(results)
    if left:
        parts.append(_filled(_tr("Not reached: {0}. Use the file again."), f"{left:,}"))
    return " ".join(parts)


def report(results: Sequence[RowResult]) -> str:
    """Return a line for each person who was not enrolled; those who were refused first."""
    told = [
        _filled(_tr("Line {0}, {1}: {2}"), f"{each.entry.line:,}", each.entry.user_id, _why(each))
        for state in (RowState.REFUSED, RowState.SKIPPED)
        for each in results
        if each.state is state
    ]
    more = len(told) - MOST_SHOWN
    if more > 0:
        told[MOST_SHOWN:] = [_filled(_tr("… and {0} more, in the report."), f"{more:,}")]
    return "\n".join(told)


def _why(result: RowResult) -> str:
    error = result.error
    if error is None or result.state is RowState.SKIPPED:
        return _tr("already enrolled, skipped.")
    return f"{error.message} {error.hint}".strip()


def _filled(text: str, *values: str) -> str:
    for place, value in enumerate(values):
        text = text.replace(f"{{{place}}}", value)
    return text


def _tr(text: str) -> str:
    return QCoreApplication.translate("many", text)
