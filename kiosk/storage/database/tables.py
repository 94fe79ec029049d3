"""The tables, of portable types; mapped to values in :mod:`kiosk.storage.people.repositories`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    DateTime,
    Double,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy import Dialect

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Every constraint has a name, for a later migration can only change what it can name."""


def identifier(length: int) -> String:
    """Return the type of texts that are compared and sorted by code point, as SQLite does.

    A PostgreSQL server would otherwise sort them by the language that it was set up with.
    """
    return String(length).with_variant(String(length, collation="C"), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: timezone-aware UTC going in and coming out, on databases without zones too."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC.

        Raises:
            ValueError: the time has no zone, so it could mean any moment.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("only times with a zone are stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC; what SQLite returns without a zone was stored as UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(naming_convention=NAMING)


class PersonRow(Base):
    """A person, without biometric data.

    ``folded`` is what all spellings of the ID have in common; see
    :func:`kiosk.core.people.users.fold_id`. Null for whoever shares it with somebody else, as
    databases of earlier versions permitted: they are found by their very spelling.
    """

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(identifier(64), unique=True)
    folded: Mapped[str | None] = mapped_column(identifier(64), unique=True, index=True)
    name: Mapped[str] = mapped_column(String(120))
    enabled: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    consent_version: Mapped[str | None] = mapped_column(String(40))
    consent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    interacted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class VoiceprintRow(Base):
    """A person's voiceprint of one voice model.

    ``enrollment_id`` is random and another one whenever the voiceprint changes: its takes are
    bound to it, and the audit records name it.
    """

    __tablename__ = "voiceprint"
    __table_args__ = (UniqueConstraint("person_id", "model_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    model_id: Mapped[str] = mapped_column(identifier(120), index=True)
    enrollment_id: Mapped[str] = mapped_column(identifier(32), server_default=text("''"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TakeRow(Base):
    """One take of a voiceprint: its sealed embedding, and its quality.

    ``key_id`` is null only amid the migration of a database of an earlier version, which stored
    ``dim`` little-endian float32 in the clear; later such a row is nobody's voiceprint.
    """

    __tablename__ = "take"
    __table_args__ = (UniqueConstraint("voiceprint_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    voiceprint_id: Mapped[int] = mapped_column(ForeignKey("voiceprint.id", ondelete="CASCADE"))
    position: Mapped[int]
    embedding: Mapped[bytes] = mapped_column(LargeBinary)
    key_id: Mapped[str | None] = mapped_column(identifier(32))
    dim: Mapped[int]
    quality: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AttemptRow(Base):
    """A verification as it was decided; ``person_id`` is null where nobody had the claimed ID."""

    __tablename__ = "attempt"
    __table_args__ = (Index(None, "user_id", "at"),)

    id: Mapped[str] = mapped_column(identifier(64), primary_key=True)
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), index=True
    )
    user_id: Mapped[str] = mapped_column(identifier(64))
    outcome: Mapped[str] = mapped_column(String(40))
    score: Mapped[float | None] = mapped_column(Double)
    threshold: Mapped[float] = mapped_column(Double)
    model_id: Mapped[str] = mapped_column(identifier(120))
    reasons: Mapped[list[Any]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class PreferenceRow(Base):
    """A value that an operator set."""

    __tablename__ = "preference"

    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    value: Mapped[str]
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ApiKeyRow(Base):
    """A key of a program that uses the HTTP service: its hash, never the key."""

    __tablename__ = "api_key"

    id: Mapped[str] = mapped_column(identifier(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    rights: Mapped[list[Any]] = mapped_column(JSON)
    hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
