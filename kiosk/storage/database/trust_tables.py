"""The tables of what makes the kiosk accountable: accounts, limits, consent, keys, audit."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Double, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.storage.database.tables import Base as Base
from kiosk.storage.database.tables import UtcDateTime, identifier


class OperatorRow(Base):
    """An account that may sign in."""

    __tablename__ = "operator"

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(identifier(64), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(20))
    hash: Mapped[str] = mapped_column(String(200))
    must_change: Mapped[bool]
    enabled: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    signed_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ThrottleRow(Base):
    """How often somebody has failed: a person, an account, or everybody at this kiosk.

    ``key`` is a keyed hash where it stands for an ID that may be unknown.
    """

    __tablename__ = "throttle"

    key: Mapped[str] = mapped_column(identifier(80), primary_key=True)
    failures: Mapped[int]
    inconclusive: Mapped[int]
    total: Mapped[int]
    disabled: Mapped[bool]
    blocked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    wait_s: Mapped[float | None] = mapped_column(Double)
    boot: Mapped[str | None] = mapped_column(String(64))
    monotonic_until: Mapped[float | None] = mapped_column(Double)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SecondFactorRow(Base):
    """What a person has or knows beside the voice: ``pin`` (argon2id) or ``badge`` (keyed hash)."""

    __tablename__ = "second_factor"
    __table_args__ = (UniqueConstraint("person_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    hash: Mapped[str] = mapped_column(identifier(200), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ConsentTextRow(Base):
    """A text that people agreed to, word for word: nobody can tell it from its hash."""

    __tablename__ = "consent_text"

    sha256: Mapped[str] = mapped_column(identifier(64), primary_key=True)
    version: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(20))
    markdown: Mapped[str] = mapped_column(Text)


class ConsentReceiptRow(Base):
    """That a person agreed: to which text, in which language, and before whom."""

    __tablename__ = "consent_receipt"
    __table_args__ = (Index(None, "person_id", "given_at"),)

    id: Mapped[str] = mapped_column(identifier(32), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    text_version: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(20))
    text_sha256: Mapped[str] = mapped_column(identifier(64), ForeignKey("consent_text.sha256"))
    actor: Mapped[str] = mapped_column(String(200))
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AdaptedTakeRow(Base):
    """A take that a voiceprint has followed to; the enrolled takes stay as they are."""

    __tablename__ = "adapted_take"
    __table_args__ = (UniqueConstraint("voiceprint_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    voiceprint_id: Mapped[int] = mapped_column(ForeignKey("voiceprint.id", ondelete="CASCADE"))
    position: Mapped[int]
    embedding: Mapped[bytes] = mapped_column(LargeBinary)
    key_id: Mapped[str] = mapped_column(identifier(32))
    dim: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RecordingRow(Base):
    """An enrollment take that is kept, encrypted, to enroll the person again without them."""

    __tablename__ = "recording"
    __table_args__ = (UniqueConstraint("person_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    position: Mapped[int]
    sound: Mapped[bytes] = mapped_column(LargeBinary)
    key_id: Mapped[str] = mapped_column(identifier(32))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class IdentityRow(Base):
    """The random identity of the kiosk whose database this is; one row, see ``identity.py``."""

    __tablename__ = "kiosk_identity"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kiosk_id: Mapped[str] = mapped_column(identifier(32))


class TemplateKeyRow(Base):
    """A key of templates, without the key: ``active``, ``retiring`` or ``destroyed``."""

    __tablename__ = "template_key"

    id: Mapped[str] = mapped_column(identifier(32), primary_key=True)
    state: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    destroyed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AuditRow(Base):
    """One link of the audit chain; ``record`` is the canonical JSON that ``mac`` covers."""

    __tablename__ = "audit"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    action: Mapped[str] = mapped_column(identifier(60), index=True)
    actor: Mapped[str] = mapped_column(identifier(200))
    subject: Mapped[str | None] = mapped_column(identifier(120), index=True)
    record: Mapped[str] = mapped_column(Text)
    mac: Mapped[str] = mapped_column(String(64))


class AuditHeadRow(Base):
    """Where the chain ends, so that a missing end is noticed; one row."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    mac: Mapped[str] = mapped_column(String(64))
    changes: Mapped[str] = mapped_column(String(64))
