"""IDs are compared without regard to case, width and script of digits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kiosk.core.people.users import fold_id

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    folded = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")
    op.add_column("person", sa.Column("folded", folded, nullable=True))
    connection = op.get_bind()
    taken: set[str] = set()
    for row_id, user_id in connection.execute(
        sa.text("SELECT id, user_id FROM person ORDER BY created_at, id")
    ).all():
        key = fold_id(user_id)
        # Whoever came later stays without: found by the very spelling, and named by the doctor.
        if key not in taken:
            connection.execute(
                sa.text("UPDATE person SET folded = :key WHERE id = :row"),
                {"key": key, "row": row_id},
            )
        taken.add(key)
    op.create_index(op.f("ix_person_folded"), "person", ["folded"], unique=True)


def downgrade() -> None:
    op.drop_index(op.f("ix_person_folded"), "person")
    op.drop_column("person", "folded")
