"""SQLAlchemy engines on a PostgreSQL server, with the settings that make it safe."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool, QueuePool

from kiosk.core.errors import SettingsInvalid

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

_DRIVER = "postgresql+psycopg"
_CONNECT_TIMEOUT_S = 5
_STATEMENT_TIMEOUT_S = 30
_UNITS_LOCK = 0x6B696F736B  # "kiosk"; advisory locks are numbers, and each database has its own


def url_of(text: str) -> URL:
    """Return a database address; over a network its connection is encrypted unless it says no.

    ``sslmode=require`` is what is put in where the address leaves it open and the server is on
    another machine: libpq's own default sends everything in the clear where a server offers
    nothing better, and what travels here are voiceprints.

    Raises:
        SettingsInvalid: it is not an address of a PostgreSQL database; it is not quoted, for it
            may hold a password.
    """
    try:
        url = make_url(text).set(drivername=_DRIVER)
    except (ArgumentError, ValueError) as exc:
        raise _not_an_address() from exc
    if not url.database:
        raise _not_an_address()
    if "password" in url.query:
        raise SettingsInvalid(
            "The database URL holds a password where it is not looked for.",
            hint="Put it before the host, or better in the file that PGPASSFILE names.",
        )
    host = url.query.get("host", url.host)
    if "sslmode" not in url.query and not _is_local(host):
        url = url.update_query_dict({"sslmode": "require"})
    return url


def unit_engine(url: URL, timeout: float) -> Engine:
    """Return an engine for units of work.

    Args:
        url: see :func:`url_of`.
        timeout: seconds to wait for another process before the database counts as locked.

    Raises:
        SettingsInvalid: the driver is not installed.
    """
    return _engine(url, timeout, QueuePool)


def migration_engine(url: URL, timeout: float) -> Engine:
    """Return an engine for migrations; see :func:`unit_engine`."""
    return _engine(url, timeout, NullPool)


def reading_engine(url: URL, timeout: float) -> Engine:
    """Return an engine whose statements each are a transaction, and take no turn.

    For what is read in the middle of a unit of work, and for what no transaction may hold.
    """
    return _engine(url, timeout, NullPool, takes_turns=False).execution_options(
        isolation_level="AUTOCOMMIT"
    )


def _engine(
    url: URL, timeout: float, pool: type[NullPool | QueuePool], *, takes_turns: bool = True
) -> Engine:
    options = {
        "lock_timeout": f"{round(timeout * 1000)}ms",
        "statement_timeout": f"{max(_STATEMENT_TIMEOUT_S, round(timeout) + 1)}s",
        "synchronous_commit": "on",  # a decision is durable before it is shown
        "idle_in_transaction_session_timeout": "60s",  # whoever hangs does not stop the others
        "timezone": "UTC",
    }
    try:
        engine = create_engine(
            url,
            poolclass=pool,
            # A connection that the server's restart has cut is replaced before it is used.
            pool_pre_ping=True,
            # Parameters are embeddings and names: no exception text may hold them.
            hide_parameters=True,
            connect_args={
                "connect_timeout": _CONNECT_TIMEOUT_S,
                "application_name": "voice-kiosk",
                "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
            },
        )
    except ModuleNotFoundError as exc:
        raise SettingsInvalid(
            "The driver for PostgreSQL is not installed.",
            hint="Install voice-kiosk with its extra 'postgresql'.",
        ) from exc
    if takes_turns:
        event.listen(engine, "begin", _take_turns)
    return engine


def _take_turns(connection: Connection) -> None:
    """Let one unit of work at a time run, as ``BEGIN IMMEDIATE`` does on SQLite.

    Units read, decide and write: tries of a PIN are counted so, and an ID is found to be free.
    Without turns two of them could decide on the same state; with the level SERIALIZABLE one of
    them would fail at its end and had to be repeated by every use-case. Units are short, encoding
    is not part of them, and the lock goes with the transaction, however that ends.
    """
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_UNITS_LOCK})")


def _is_local(host: str | tuple[str, ...] | None) -> bool:
    if isinstance(host, tuple):
        return all(_is_local(each) for each in host)
    if not host or host.startswith(("/", "@")) or host == "localhost":
        return True  # a socket of this machine
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _not_an_address() -> SettingsInvalid:
    return SettingsInvalid(
        "The database URL is not one of a PostgreSQL database.",
        hint=f"Set database_url to {_DRIVER}://user@host/name.",
    )
