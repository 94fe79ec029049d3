"""What the screens say about reasons, errors and start-up tasks.

Codes and reasons are stable identifiers; the words for them belong to the screen and are
translated when they are shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from kiosk.core.errors import KioskError
from kiosk.core.words import QT_TRANSLATE_NOOP, Words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kiosk.core.hearing.quality import Reason

_CONTEXT = "messages"


@dataclass(frozen=True)
class Message:
    """Something to be shown, already translated.

    Attributes:
        title: what is the matter, a few words.
        hint: what to do, one sentence or two; may be empty.
        icon: name of an icon.
        code: stable code of an error; empty for everything else.
    """

    title: str
    hint: str
    icon: str
    code: str = ""

    @property
    def sentence(self) -> str:
        """Return title, hint and code in one line of text."""
        title = self.title if self.title.endswith((".", "!", "?", "…")) else f"{self.title}."
        return " ".join(part for part in (title, self.hint, self.code and f"({self.code})") if part)


_OWN_WORDS = ""
"""In an entry: the error's own sentence says more than a general one could."""

_ERRORS = {
    "KIO-000": Words(_OWN_WORDS, _OWN_WORDS, "alert-triangle"),
    "USR-001": Words(_OWN_WORDS, _OWN_WORDS, "alert-triangle"),
    "USR-002": Words(
        QT_TRANSLATE_NOOP("messages", "We do not know this ID"),
        QT_TRANSLATE_NOOP("messages", "Check the ID. If you are new here, ask at the desk."),
        "id-badge",
    ),
    "USR-003": Words(
        QT_TRANSLATE_NOOP("messages", "This ID is enrolled already"),
        QT_TRANSLATE_NOOP("messages", "Use another ID, or re-enroll the person."),
        "id-badge",
    ),
    "USR-004": Words(
        QT_TRANSLATE_NOOP("messages", "Your voice is not enrolled yet"),
        QT_TRANSLATE_NOOP("messages", "Ask at the desk to have it enrolled."),
        "user-plus",
    ),
    "USR-005": Words(
        QT_TRANSLATE_NOOP("messages", "Your voice must be enrolled again"),
        QT_TRANSLATE_NOOP("messages", "The kiosk has a new voice model. Ask at the desk."),
        "refresh",
    ),
    "USR-006": Words(
        QT_TRANSLATE_NOOP("messages", "This ID is disabled"),
        QT_TRANSLATE_NOOP("messages", "Ask at the desk to have it enabled."),
        "lock",
    ),
    "USR-007": Words(
        QT_TRANSLATE_NOOP("messages", "There is no consent yet"),
        QT_TRANSLATE_NOOP("messages", "Ask the person, then confirm the consent."),
        "alert-triangle",
    ),
    "USR-008": Words(_OWN_WORDS, _OWN_WORDS, "alert-triangle"),
    "USR-009": Words(
        QT_TRANSLATE_NOOP("messages", "Too many tries"),
        _OWN_WORDS,
        "lock",
    ),
    "USR-010": Words(
        QT_TRANSLATE_NOOP("messages", "This voice is similar to an enrolled person's"),
        QT_TRANSLATE_NOOP("messages", "Compare the people, then decide in the Check step."),
        "users",
    ),
    "OPR-001": Words(_OWN_WORDS, _OWN_WORDS, "lock"),
    "OPR-002": Words(_OWN_WORDS, _OWN_WORDS, "lock"),
    "AUD-001": Words(
        QT_TRANSLATE_NOOP("messages", "The recording cannot be used"),
        QT_TRANSLATE_NOOP("messages", "Please try again."),
        "wave",
    ),
    "MIC-001": Words(
        QT_TRANSLATE_NOOP("messages", "No microphone was found"),
        QT_TRANSLATE_NOOP(
            "messages", "Connect the microphone, or choose another one on the Microphone page."
        ),
        "microphone-off",
    ),
    "MIC-002": Words(
        QT_TRANSLATE_NOOP("messages", "The microphone does not answer"),
        QT_TRANSLATE_NOOP(
            "messages",
            "Check the cable, close other programs that use it, and allow recording.",
        ),
        "microphone-off",
    ),
    "MIC-003": Words(
        QT_TRANSLATE_NOOP("messages", "The sound system is missing"),
        QT_TRANSLATE_NOOP("messages", "Install the system package libportaudio2."),
        "microphone-off",
    ),
    "MDL-001": Words(
        QT_TRANSLATE_NOOP("messages", "The voice model is missing"),
        QT_TRANSLATE_NOOP("messages", "Install it with the command “kiosk model install”."),
        "model",
    ),
    "MDL-002": Words(
        QT_TRANSLATE_NOOP("messages", "The voice model was changed"),
        QT_TRANSLATE_NOOP("messages", "Install it again from its source."),
        "model",
    ),
    "MDL-003": Words(
        QT_TRANSLATE_NOOP("messages", "The voice model cannot be used"),
        QT_TRANSLATE_NOOP("messages", "Choose another model, or install it again."),
        "model",
    ),
    "MDL-004": Words(
        QT_TRANSLATE_NOOP("messages", "The download of the voice model is not complete"),
        QT_TRANSLATE_NOOP("messages", "Check the network and try again. The download resumes."),
        "download",
    ),
    "DB-001": Words(
        QT_TRANSLATE_NOOP("messages", "The database cannot be used"),
        QT_TRANSLATE_NOOP("messages", "Run the command “kiosk doctor”."),
        "alert-triangle",
    ),
    "DB-002": Words(
        QT_TRANSLATE_NOOP("messages", "The database is damaged"),
        QT_TRANSLATE_NOOP("messages", "Restore a backup with 'kiosk backup restore'."),
        "alert-triangle",
    ),
    "DB-003": Words(
        QT_TRANSLATE_NOOP("messages", "Another program is using the data"),
        QT_TRANSLATE_NOOP("messages", "Close the other program that uses this data folder."),
        "lock",
    ),
    "DB-004": Words(
        QT_TRANSLATE_NOOP("messages", "A newer version wrote the data"),
        QT_TRANSLATE_NOOP("messages", "Install the newer version again, or restore a backup."),
        "alert-triangle",
    ),
    "DB-005": Words(
        QT_TRANSLATE_NOOP("messages", "The kiosk cannot write to its data folder"),
        QT_TRANSLATE_NOOP("messages", "Give this user write access to the data folder."),
        "lock",
    ),
    "DB-006": Words(
        QT_TRANSLATE_NOOP("messages", "The disk is full"),
        QT_TRANSLATE_NOOP("messages", "Free some disk space. Nothing was changed."),
        "alert-triangle",
    ),
    "DB-007": Words(
        QT_TRANSLATE_NOOP("messages", "The database server does not answer"),
        QT_TRANSLATE_NOOP("messages", "Check that the server runs and can be reached."),
        "alert-triangle",
    ),
    "CFG-001": Words(_OWN_WORDS, _OWN_WORDS, "settings"),
    "KEY-001": Words(_OWN_WORDS, _OWN_WORDS, "lock"),
    "KEY-002": Words(_OWN_WORDS, _OWN_WORDS, "lock"),
    "KEY-003": Words(_OWN_WORDS, _OWN_WORDS, "lock"),
    "LOG-001": Words(_OWN_WORDS, _OWN_WORDS, "alert-triangle"),
    "BCK-001": Words(_OWN_WORDS, _OWN_WORDS, "alert-triangle"),
    "RUN-001": Words(
        QT_TRANSLATE_NOOP("messages", "Canceled"),
        QT_TRANSLATE_NOOP("messages", "Nothing was stored."),
        "x",
    ),
    "RUN-002": Words(
        QT_TRANSLATE_NOOP("messages", "Program files are missing"),
        QT_TRANSLATE_NOOP("messages", "Install the program again."),
        "alert-triangle",
    ),
    "RUN-003": Words(_OWN_WORDS, _OWN_WORDS, "alert-triangle"),
    # The sentence names the incident under which the log holds the details.
    "BUG-001": Words(
        _OWN_WORDS,
        QT_TRANSLATE_NOOP("messages", "Try again. If it happens again, tell an operator."),
        "alert-triangle",
    ),
}

_TASKS = {
    "storage": Words(QT_TRANSLATE_NOOP("messages", "Opening the data …"), "", "refresh"),
    "keys": Words(QT_TRANSLATE_NOOP("messages", "Opening the voiceprints …"), "", "lock"),
    "audit": Words(QT_TRANSLATE_NOOP("messages", "Opening the audit records …"), "", "activity"),
    "model": Words(QT_TRANSLATE_NOOP("messages", "Loading the voice model …"), "", "model"),
    "microphone": Words(
        QT_TRANSLATE_NOOP("messages", "Opening the microphone …"), "", "microphone"
    ),
    "": Words(QT_TRANSLATE_NOOP("messages", "Getting ready …"), "", "refresh"),
}


def translate(text: str, context: str = _CONTEXT) -> str:
    """Return a text in the language of the screen."""
    return QCoreApplication.translate(context, text) if text else ""


def for_reason(reason: Reason) -> Message:
    """Return what to say about a recording: as a live hint (title) or as advice (hint)."""
    return _shown(reason.gate.words)


def for_error(error: KioskError) -> Message:
    """Return what to say about an error. One without an entry speaks for itself."""
    entry = _ERRORS.get(error.code, _ERRORS[KioskError.code])
    shown = _shown(entry)
    return Message(shown.title or error.message, shown.hint or error.hint, entry.icon, error.code)


def for_task(name: str) -> Message:
    """Return what to say while a start-up task runs; general words for an unknown one."""
    return _shown(_TASKS.get(name, _TASKS[""]))


def known_codes() -> Iterable[str]:
    """Return the error codes that have an entry."""
    return _ERRORS.keys()


def known_tasks() -> Iterable[str]:
    """Return the start-up tasks that have an entry."""
    return (name for name in _TASKS if name)


def _shown(entry: Words) -> Message:
    return Message(translate(entry.title), translate(entry.hint), entry.icon)
