"""The box within one unit of work: it seals with the key that this very transaction names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from kiosk.core.errors import KeyUnavailable
from kiosk.storage.database.trust_tables import TemplateKeyRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.core.keys.ports import Binding, Sealed, TemplateBox
    from kiosk.core.voice.embedding import Embedding
    from kiosk.storage.database.statements import Statements

ACTIVE = "active"


class UnitBox:
    """Implements :class:`kiosk.core.keys.ports.TemplateBox` for repositories.

    Another process may change the active key at any time. As units of work take turns, the one
    that the database names within this unit is the active one until its end: nothing is sealed
    with a key that is being destroyed.

    Args:
        statements: of the unit of work.
        box: of the vault; None where the database was opened without keys.
    """

    def __init__(self, statements: Statements, box: TemplateBox | None) -> None:
        self._statements = statements
        self._given = box

    @property
    def _box(self) -> TemplateBox:
        if self._given is None:
            raise KeyUnavailable("The database was opened without its keys.")
        return self._given

    @property
    def key_id(self) -> str:
        """Return the active key; before any is recorded, the one that the vault names."""
        query = select(TemplateKeyRow.id).where(TemplateKeyRow.state == ACTIVE)
        found = self._statements.rows(query, lambda row: row[0], "The record of keys")
        return found[0] if found else self._box.key_id

    def seal(self, embedding: Embedding, binding: Binding, key_id: str | None = None) -> Sealed:
        """Rotate and encrypt an embedding; see the port."""
        return self._box.seal(embedding, binding, key_id or self.key_id)

    def open(self, sealed: Sealed, binding: Binding) -> Embedding:
        """Return the embedding as the voice model made it; see the port."""
        return self._box.open(sealed, binding)

    def open_all(self, items: Sequence[tuple[Sealed, Binding]]) -> list[Embedding]:
        """Return many embeddings; see the port."""
        return self._box.open_all(items)

    def rebind(self, sealed: Sealed, binding: Binding, to: Binding) -> Sealed:
        """Bind a template to something else; see the port."""
        return self._box.rebind(sealed, binding, to)

    def seal_bytes(self, data: bytes, binding: Binding, key_id: str | None = None) -> Sealed:
        """Encrypt anything else; see the port."""
        return self._box.seal_bytes(data, binding, key_id or self.key_id)

    def open_bytes(self, sealed: Sealed, binding: Binding) -> bytes:
        """Return what was encrypted; see the port."""
        return self._box.open_bytes(sealed, binding)
