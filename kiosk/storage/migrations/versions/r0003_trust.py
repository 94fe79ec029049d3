"""Sealed templates, accounts, attempt limits, consent receipts, retention and the audit chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op

from kiosk.storage.accounts.first_account import adopt_pin
from kiosk.storage.database.identity import ensure_identity
from kiosk.storage.records.guard import drop_guard, guard_records

if TYPE_CHECKING:
    from datetime import datetime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _identifier(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _moment(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _of_person(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["person_id"],
        ["person.id"],
        name=op.f(f"fk_{table}_person_id_person"),
        ondelete="CASCADE",
    )


def upgrade() -> None:
    # Null: in the clear. Whoever migrates seals these in the same transaction.
    op.add_column("take", sa.Column("key_id", _identifier(32), nullable=True))
    op.add_column(
        "voiceprint",
        sa.Column("enrollment_id", _identifier(32), nullable=False, server_default=sa.text("''")),
    )
    op.add_column("person", _moment("interacted_at", nullable=True))
    # The clock of those who were verified before; that of the others began with their consent.
    op.execute(
        "UPDATE person SET interacted_at = (SELECT max(at) FROM attempt "
        "WHERE attempt.person_id = person.id AND attempt.outcome = 'verified')"
    )
    op.create_table(
        "operator",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login", _identifier(64), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("hash", sa.String(200), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        _moment("created_at"),
        _moment("signed_in_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator")),
        sa.UniqueConstraint("login", name=op.f("uq_operator_login")),
    )
    op.create_table(
        "throttle",
        sa.Column("key", _identifier(80), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("inconclusive", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        _moment("blocked_until", nullable=True),
        sa.Column("wait_s", sa.Double(), nullable=True),
        sa.Column("boot", sa.String(64), nullable=True),
        sa.Column("monotonic_until", sa.Double(), nullable=True),
        _moment("updated_at"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_throttle")),
    )
    adopt_pin(op.get_bind())
    op.create_table(
        "second_factor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("hash", _identifier(200), nullable=False),
        _moment("created_at"),
        _of_person("second_factor"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_factor")),
        sa.UniqueConstraint("person_id", "kind", name=op.f("uq_second_factor_person_id_kind")),
    )
    op.create_index(op.f("ix_second_factor_hash"), "second_factor", ["hash"])
    op.create_table(
        "consent_text",
        sa.Column("sha256", _identifier(64), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("markdown", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_consent_text")),
    )
    op.create_table(
        "consent_receipt",
        sa.Column("id", _identifier(32), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("text_version", sa.String(40), nullable=False),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("text_sha256", _identifier(64), nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        _moment("given_at"),
        _of_person("consent_receipt"),
        sa.ForeignKeyConstraint(
            ["text_sha256"],
            ["consent_text.sha256"],
            name=op.f("fk_consent_receipt_text_sha256_consent_text"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_receipt")),
    )
    op.create_index(
        op.f("ix_consent_receipt_person_id_given_at"), "consent_receipt", ["person_id", "given_at"]
    )
    op.create_table(
        "adapted_take",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("voiceprint_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("embedding", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", _identifier(32), nullable=False),
        sa.Column("dim", sa.Integer(), nullable=False),
        _moment("created_at"),
        sa.ForeignKeyConstraint(
            ["voiceprint_id"],
            ["voiceprint.id"],
            name=op.f("fk_adapted_take_voiceprint_id_voiceprint"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adapted_take")),
        sa.UniqueConstraint(
            "voiceprint_id", "position", name=op.f("uq_adapted_take_voiceprint_id_position")
        ),
    )
    op.create_table(
        "recording",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sound", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", _identifier(32), nullable=False),
        _moment("created_at"),
        _moment("expires_at"),
        _of_person("recording"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording")),
        sa.UniqueConstraint("person_id", "position", name=op.f("uq_recording_person_id_position")),
    )
    op.create_index(op.f("ix_recording_expires_at"), "recording", ["expires_at"])
    ensure_identity(op.get_bind())
    op.create_table(
        "template_key",
        sa.Column("id", _identifier(32), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        _moment("created_at"),
        _moment("destroyed_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_template_key")),
    )
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        _moment("at"),
        sa.Column("action", _identifier(60), nullable=False),
        sa.Column("actor", _identifier(200), nullable=False),
        sa.Column("subject", _identifier(120), nullable=True),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("mac", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
    )
    for column in ("at", "action", "subject"):
        op.create_index(op.f(f"ix_audit_{column}"), "audit", [column])
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("mac", sa.String(64), nullable=False),
        sa.Column("changes", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    guard_records(op.get_bind())


def downgrade() -> None:
    drop_guard(op.get_bind())
    for table in (
        "audit_head",
        "audit",
        "template_key",
        "kiosk_identity",
        "recording",
        "adapted_take",
        "consent_receipt",
        "consent_text",
        "second_factor",
        "throttle",
        "operator",
    ):
        op.drop_table(table)
    op.drop_column("person", "interacted_at")
    op.drop_column("voiceprint", "enrollment_id")
    op.drop_column("take", "key_id")
