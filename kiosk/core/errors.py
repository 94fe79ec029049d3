"""Everything that may go wrong and that a person can do something about, with stable codes.

A code never changes its meaning: support, the log and the out-of-service screen all quote it.
Whatever is raised and is *not* a :class:`KioskError` is a defect of the program.
"""

from __future__ import annotations

from typing import ClassVar


class KioskError(Exception):
    """Base of all expected failures.

    Attributes:
        code: stable identifier such as ``MIC-001``.
        message: what happened, one plain sentence, safe to show to anybody.
        hint: what to do about it, one plain sentence.
    """

    code: ClassVar[str] = "KIO-000"
    default_hint: ClassVar[str] = ""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = self.default_hint if hint is None else hint

    def __str__(self) -> str:
        """Return the sentence with its hint, as the command line prints it."""
        return f"{self.message} {self.hint}".strip()


class UserFixable(KioskError):
    """The person in front of the screen can mend it."""


class OperatorFixable(KioskError):
    """Somebody who looks after the kiosk can mend it."""


# --- people ----------------------------------------------------------------------------------


class InvalidInput(UserFixable):
    """A field holds a value that cannot be used."""

    code = "USR-001"


class UnknownUser(UserFixable):
    """Nobody is enrolled under that ID."""

    code = "USR-002"
    default_hint = "Check the ID, or enroll the person first."


class AlreadyEnrolled(UserFixable):
    """The ID is taken by an enrolled person."""

    code = "USR-003"
    default_hint = "Use another ID, or remove or re-enroll the person."


class NotEnrolled(UserFixable):
    """The person is known but has no voiceprint that could be compared."""

    code = "USR-004"
    default_hint = "Enroll the person's voice first."


class ReenrollmentNeeded(UserFixable):
    """The voiceprint was made by another voice model. Scores across models mean nothing."""

    code = "USR-005"
    default_hint = "Re-enroll the person with the model in use."


class PersonDisabled(UserFixable):
    """An operator has disabled this person."""

    code = "USR-006"
    default_hint = "An operator can enable the person again."


class ConsentMissing(UserFixable):
    """No voiceprint is made without the person's consent."""

    code = "USR-007"
    default_hint = "Ask the person, then confirm the consent."


class EnrollmentRefused(UserFixable):
    """The takes are not good enough, or not of one voice."""

    code = "USR-008"
    default_hint = "Record the takes again."


class WrongPin(UserFixable):
    """The operator PIN was not accepted."""

    code = "OPR-001"
    default_hint = "Try again."


# --- audio -----------------------------------------------------------------------------------


class BadAudio(UserFixable):
    """A recording could not be read as audio, or is outside the permitted limits."""

    code = "AUD-001"
    default_hint = "Use a recording of speech as WAV, FLAC, MP3, M4A, Ogg, WMA, WebM or AMR."


class MicrophoneMissing(OperatorFixable):
    """No microphone, or not the one that was chosen."""

    code = "MIC-001"
    default_hint = "Connect a microphone, or choose another one on the Microphone page."


class MicrophoneFailed(OperatorFixable):
    """The microphone is there but delivers no sound."""

    code = "MIC-002"
    default_hint = "Close other programs that use it, and allow recording."


class AudioSystemMissing(OperatorFixable):
    """PortAudio is not installed."""

    code = "MIC-003"
    default_hint = "Install the system package libportaudio2."


# --- voice model -----------------------------------------------------------------------------


class ModelMissing(OperatorFixable):
    """No voice model of that name is installed."""

    code = "MDL-001"
    default_hint = "See 'kiosk model list', or install one with 'kiosk model install'."


class ModelAltered(OperatorFixable):
    """A file of the bundle does not have the hash that its manifest records."""

    code = "MDL-002"
    default_hint = "Install the model again from its source."


class ModelRefused(OperatorFixable):
    """The folder is not a voice model that this kiosk can load."""

    code = "MDL-003"
    default_hint = "Use a SpeechBrain ECAPA-TDNN folder or the published CAM++."


class ModelDownloadFailed(OperatorFixable):
    """The download did not complete. The next try resumes it."""

    code = "MDL-004"
    default_hint = "Check the network and run the same command again. The download resumes."


# --- storage ---------------------------------------------------------------------------------


class StorageError(OperatorFixable):
    """The database failed."""

    code = "DB-001"
    default_hint = "Run 'kiosk doctor'."


class DatabaseCorrupt(StorageError):
    """The database file is damaged."""

    code = "DB-002"
    default_hint = "Restore a backup with 'kiosk backup restore'."


class DatabaseLocked(StorageError):
    """Another program is using the database."""

    code = "DB-003"
    default_hint = "Close the other program that uses this data folder and try again."


class DatabaseNewer(StorageError):
    """A newer version of this program has written the database."""

    code = "DB-004"
    default_hint = (
        "Install the newer version again, or go back to a backup that this version can read: "
        "'kiosk backup list', then 'kiosk backup restore FILE'."
    )


class StorageReadOnly(StorageError):
    """The data folder cannot be written."""

    code = "DB-005"
    default_hint = (
        "Give this user write access to the data folder, or choose another with --data-dir."
    )


class DiskFull(StorageError):
    """No space is left."""

    code = "DB-006"
    default_hint = "Free some disk space. Nothing was changed."


class DatabaseUnreachable(StorageError):
    """The database server does not answer, or does not let this program in."""

    code = "DB-007"
    default_hint = "Check that the server runs, and the address and user in database_url."


# --- trust -----------------------------------------------------------------------------------


class NotPermitted(UserFixable):
    """The role of the account does not allow it."""

    code = "OPR-002"
    default_hint = "Ask an administrator."


class TooManyTries(UserFixable):
    """Too many attempts have failed. The hint says when and how to continue."""

    code = "USR-009"
    default_hint = "Wait, or use another way to identify."


class DuplicateVoice(UserFixable):
    """The voice is similar to an enrolled person's. An operator must decide."""

    code = "USR-010"
    default_hint = "Compare the people, then confirm or refuse the enrollment."


class KeyUnavailable(OperatorFixable):
    """A key of this kiosk is missing or cannot be read."""

    code = "KEY-001"
    default_hint = "Give the kiosk its key again, or restore a backup."


class TemplateUnreadable(OperatorFixable):
    """A stored voiceprint was changed, or belongs to another person, model or kiosk."""

    code = "KEY-002"
    default_hint = "Enroll the person again, or restore a backup."


class WrongPassphrase(UserFixable):
    """A file could not be opened with this passphrase."""

    code = "KEY-003"
    default_hint = "Type the passphrase that it was made with."


class ChainBroken(OperatorFixable):
    """The audit records were changed. The message names the first one."""

    code = "LOG-001"
    default_hint = "Keep a copy of the data folder, and find out who had access to it."


class BackupUnusable(OperatorFixable):
    """A backup is damaged, incomplete, or of another program or kiosk."""

    code = "BCK-001"
    default_hint = "Choose another backup."


# --- program ---------------------------------------------------------------------------------


class SettingsInvalid(OperatorFixable):
    """The configuration file or an environment variable holds a value that is not permitted."""

    code = "CFG-001"
    default_hint = "Correct the named setting."


class Cancelled(KioskError):
    """The attempt was canceled before it was decided. Nothing was stored."""

    code = "RUN-001"


class ResourcesMissing(OperatorFixable):
    """The installation lacks the files that come with the program."""

    code = "RUN-002"
    default_hint = "Install the program again."


class DisplayMissing(OperatorFixable):
    """The desktop was started where there is no screen."""

    code = "RUN-003"
    default_hint = "Start it in a graphical session, or use the other commands: 'kiosk --help'."


class Defect(KioskError):
    """An unexpected error occurred. The log has the details under its incident number."""

    code = "BUG-001"
    default_hint = "Try again. If it happens again, tell an administrator."
