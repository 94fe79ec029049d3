"""Runs migrations on the connection, and in the transaction, that the program hands over."""

from __future__ import annotations

from alembic import context

from kiosk.storage.database.trust_tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite alters by copying
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
