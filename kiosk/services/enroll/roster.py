"""Enroll many people from recordings, one after the other; each of them whole or not at all."""

from __future__ import annotations

import csv
import io
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from kiosk.core.accounts.roles import Action, require
from kiosk.core.enroll.roster import MOST_BYTES, read_roster
from kiosk.core.errors import (
    AlreadyEnrolled,
    Cancelled,
    DuplicateVoice,
    EnrollmentRefused,
    InvalidInput,
    KioskError,
    NotPermitted,
)
from kiosk.core.hearing.speech import lent
from kiosk.core.records.report import harmless
from kiosk.core.visit.outcomes import TakeAccepted, TakeRefused
from kiosk.core.voice.duplicates import DuplicateFound, named

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from threading import Event

    from kiosk.core.enroll.roster import Entry
    from kiosk.core.hearing.speech import Speech
    from kiosk.core.visit.outcomes import TakeOutcome
    from kiosk.services.enroll.enrolling import EnrollUser
    from kiosk.services.hearing.recordings import Recordings


@dataclass(frozen=True)
class Heard:
    """How one recording was judged.

    Attributes:
        take: its number, the first is 1.
        file: its name.
        outcome: of the quality gate.
    """

    take: int
    file: str
    outcome: TakeOutcome

    def described(self) -> dict[str, Any]:
        """Return it as JSON-ready values, as the HTTP service answers them."""
        reasons = self.outcome.reasons if isinstance(self.outcome, TakeRefused) else ()
        return {
            "take": self.take,
            "file": self.file,
            "accepted": isinstance(self.outcome, TakeAccepted),
            "reasons": [{"code": each.value, "advice": each.gate.advice} for each in reasons],
            "quality": self.outcome.quality.as_dict(),
        }


class TakesRefused(EnrollmentRefused):
    """Some recordings are not good enough.

    Attributes:
        members: how each was judged, for the JSON answer.
    """

    def __init__(self, heard: Sequence[Heard]) -> None:
        refused = [
            (each, each.outcome.reasons) for each in heard if isinstance(each.outcome, TakeRefused)
        ]
        listed = "; ".join(
            f"{each.file}: {', '.join(reason.value.replace('_', ' ') for reason in reasons)}"
            for each, reasons in refused
        )
        advice = dict.fromkeys(reason.gate.advice for _, reasons in refused for reason in reasons)
        super().__init__(
            f"{len(refused)} of {len(heard)} takes cannot be used, nothing was stored ({listed}).",
            hint=" ".join(advice),
        )
        self.members = {"takes": [each.described() for each in heard]}


def hear(
    enrolling: EnrollUser, files: Sequence[Path], recordings: Sequence[Speech]
) -> tuple[list[TakeAccepted], list[Heard]]:
    """Return all takes and how each was judged; one that is refused refuses all of them together.

    Raises:
        TakesRefused: so that all can be recorded again at once.
    """
    outcomes = [enrolling.check_take(speech) for speech in recordings]
    heard = [
        Heard(number, path.name, outcome)
        for number, (path, outcome) in enumerate(zip(files, outcomes, strict=True), 1)
    ]
    accepted = [outcome for outcome in outcomes if isinstance(outcome, TakeAccepted)]
    if len(accepted) < len(heard):
        for take in accepted:
            take.wipe()
        raise TakesRefused(heard)
    return accepted, heard


class RowState(StrEnum):
    """What came of a line."""

    ENROLLED = "enrolled"
    SKIPPED = "skipped"
    """Somebody is enrolled under the ID, most likely by an earlier run."""
    REFUSED = "refused"


@dataclass(frozen=True)
class RowResult:
    """What came of one line of the table.

    Attributes:
        entry: the line.
        state: see :class:`RowState`.
        error: why it was refused or skipped.
        takes: how its recordings were judged, JSON-ready, where they were.
    """

    entry: Entry
    state: RowState
    error: KioskError | None = None
    takes: tuple[dict[str, Any], ...] = ()

    def described(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        made: dict[str, Any] = {
            "line": self.entry.line,
            "user": self.entry.user_id,
            "state": self.state.value,
            "report": list(self.takes),
        }
        if self.error is not None:
            error = self.error
            made["error"] = {"code": error.code, "message": error.message, "hint": error.hint}
        return made


_COLUMNS = ("line", "id", "result", "code", "why", "what to do", "takes that cannot be used")


def as_csv(results: Sequence[RowResult]) -> str:
    """Return a table of what came of each line, with a heading."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(_COLUMNS)
    for each in results:
        error = each.error
        told = ("", "", "") if error is None else (error.code, error.message, error.hint)
        refused = [take["file"] for take in each.takes if not take["accepted"]]
        texts = (each.entry.user_id, each.state.value, *told, "; ".join(refused))
        table.writerow([each.entry.line, *map(harmless, texts)])
    return out.getvalue()


class EnrollMany:
    """Enrolls the people of a table; those who are enrolled already are left as they are.

    Args:
        recordings: reads sound files.
        enrolling: enrolls one person.
    """

    def __init__(self, recordings: Recordings, enrolling: EnrollUser) -> None:
        self._recordings = recordings
        self._enrolling = enrolling

    def __call__(
        self,
        table: Path,
        *,
        progress: Callable[[int, int, RowResult | None], None],
        cancelled: Event | None = None,
    ) -> list[RowResult]:
        """Enroll everybody in a table, and return what came of each line.

        What went wrong with one person is that line's result, and the others go on.

        Args:
            table: a CSV file; see :data:`kiosk.core.enroll.roster.TEMPLATE`. Recordings are found
                from its folder.
            progress: told how many lines are done, of how many, and what came of the last.
            cancelled: when set, no further line is begun.

        Raises:
            InvalidInput: it is no such table; nobody was enrolled.
            NotPermitted: whoever acts may not, or not any more.
        """
        entries = self.read(table)
        progress(0, len(entries), None)
        results: list[RowResult] = []
        for entry in entries:
            if cancelled is not None and cancelled.is_set():
                break
            results.append(self.row(entry, table.parent))
            progress(len(results), len(entries), results[-1])
        return results

    def read(self, table: Path) -> list[Entry]:
        """Return the lines of a table, for whoever enrolls them one by one.

        Raises:
            InvalidInput: it is no such table.
            NotPermitted: whoever acts may not enroll.
        """
        require(Action.ENROLL)
        try:
            with table.open("rb") as file:
                return read_roster(file.read(MOST_BYTES + 1))
        except OSError as exc:
            raise InvalidInput(
                f"The table {table.name} cannot be read: {exc.strerror}.", hint="Choose another."
            ) from exc

    def row(self, entry: Entry, folder: Path) -> RowResult:
        """Enroll the person of one line; what goes wrong with them is the result.

        Args:
            entry: the line.
            folder: where its recordings are found.

        Raises:
            NotPermitted: whoever acts may not, or not any more.
        """
        require(Action.ENROLL)
        try:
            if entry.error is not None:
                raise entry.error
            return self._enrolled(entry, folder)
        except AlreadyEnrolled as error:
            return RowResult(entry, RowState.SKIPPED, error)
        except (NotPermitted, Cancelled):
            raise
        except DuplicateFound as error:
            why = DuplicateVoice(
                f"The voice is similar to that of {named(error.candidates)}.",
                hint="If it is a different person, enroll this one alone and give a reason.",
            )
            return RowResult(entry, RowState.REFUSED, why)
        except TakesRefused as error:
            return RowResult(entry, RowState.REFUSED, error, tuple(error.members["takes"]))
        except KioskError as error:
            return RowResult(entry, RowState.REFUSED, error)

    def _enrolled(self, entry: Entry, folder: Path) -> RowResult:
        # First, for whoever runs it again waits for nothing that is done.
        self._enrolling.require_free(entry.user_id)
        files = [folder / each for each in entry.files]
        with ExitStack() as stack:
            speeches: list[Speech] = []
            for path in files:
                speeches.append(self._recordings.speech(path))
                stack.enter_context(lent(speeches[-1]))
            accepted, heard = hear(self._enrolling, files, speeches)
        try:
            self._enrolling.save(entry.user_id, entry.name, accepted, consent=True)
        finally:
            for take in accepted:
                take.wipe()
        takes = tuple(each.described() for each in heard)
        return RowResult(entry, RowState.ENROLLED, takes=takes)
