"""What a PostgreSQL server reports, as this program's errors."""

from __future__ import annotations

from kiosk.core.errors import (
    AlreadyEnrolled,
    DatabaseCorrupt,
    DatabaseLocked,
    DatabaseUnreachable,
    DiskFull,
    KioskError,
    StorageError,
    StorageReadOnly,
)

# SQLSTATE codes, https://www.postgresql.org/docs/current/errcodes-appendix.html
_UNIQUE = "23505"
_LOCKED = {"55P03", "40001", "40P01", "57014"}  # lock or statement timeout, lost to another
_FULL = {"53100", "53200"}
_READ_ONLY = {"25006", "42501"}
_CORRUPT = {"XX001", "XX002"}
_GONE = {"57P01", "57P02", "57P03", "53300", "25P03"}  # stopping, starting, too many, idle too long
_CONNECTION_CLASS = "08"
_NO_TABLE = "42P01"

_ONE_ID = ("uq_person_user_id", "ix_person_folded")


def is_of_postgresql(error: object) -> bool:
    """Return whether an exception is one of the driver."""
    return type(error).__module__.partition(".")[0] == "psycopg"


def translate(error: Exception) -> KioskError:
    """Return the error of this program that says what an exception of the driver means.

    Codes are compared and not messages; no message is repeated, for some quote values.
    """
    state: str | None = getattr(error, "sqlstate", None)
    if state is None:
        # Without a code it is the client's library that speaks: no connection, or no longer.
        if type(error).__name__ == "OperationalError":
            return DatabaseUnreachable("The database server does not answer, or refuses this user.")
        return StorageError(f"The database failed ({type(error).__name__}).")
    diagnosis = getattr(error, "diag", None)
    if state == _UNIQUE and getattr(diagnosis, "constraint_name", "") in _ONE_ID:
        return AlreadyEnrolled("That ID is already enrolled.")
    if state in _LOCKED:
        return DatabaseLocked("Another program is using the database.")
    if state in _FULL:
        return DiskFull("The disk of the database server is full.")
    if state in _READ_ONLY:
        return StorageReadOnly(
            "The database cannot be written.",
            hint="Give the database user the right to write, and check that the server is not a "
            "read-only copy.",
        )
    if state in _CORRUPT:
        return DatabaseCorrupt(
            "The database is damaged.", hint="Restore it from a backup of the server."
        )
    if state in _GONE or state.startswith(_CONNECTION_CLASS):
        return DatabaseUnreachable("The database server has closed the connection.")
    if state == _NO_TABLE:
        return StorageError("The database is not prepared yet.", hint="Start the kiosk once.")
    return StorageError(f"The database failed (SQLSTATE {state}).")
