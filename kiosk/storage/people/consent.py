"""Consent receipts and their texts as rows; nothing of SQLAlchemy leaves this file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from kiosk.core.errors import UnknownUser
from kiosk.core.people.consent import ConsentReceipt, ConsentText
from kiosk.storage.database.tables import PersonRow
from kiosk.storage.database.trust_tables import ConsentReceiptRow, ConsentTextRow

if TYPE_CHECKING:
    from sqlalchemy import Row, Select

    from kiosk.storage.database.statements import Statements


class SqlConsentReceipts:
    """Implements :class:`kiosk.core.people.consent.ConsentReceipts`.

    Args:
        statements: of the unit of work.
    """

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, receipt: ConsentReceipt, text: ConsentText) -> None:
        """Store a receipt, and its text unless that is known already; see the port."""
        if receipt.text_sha256 != text.sha256:
            raise ValueError("the receipt is of another text")
        if self.text(text.sha256) is None:
            self._statements.run(
                insert(ConsentTextRow).values(
                    sha256=text.sha256,
                    version=text.version,
                    language=text.language,
                    markdown=text.markdown,
                )
            )
        self._statements.run(
            insert(ConsentReceiptRow).values(
                id=receipt.receipt_id,
                person_id=self._person_id(receipt.user_id),
                text_version=receipt.text_version,
                language=receipt.language,
                text_sha256=receipt.text_sha256,
                actor=receipt.actor,
                given_at=receipt.given_at,
            )
        )

    def get(self, receipt_id: str) -> ConsentReceipt | None:
        """Return a receipt, or None."""
        query = _receipts().where(ConsentReceiptRow.id == receipt_id)
        found = self._statements.rows(query, _receipt, f"The consent receipt {receipt_id}")
        return found[0] if found else None

    def of(self, user_id: str) -> list[ConsentReceipt]:
        """Return a person's receipts, newest first."""
        query = (
            _receipts()
            .where(PersonRow.user_id == user_id)
            .order_by(ConsentReceiptRow.given_at.desc(), ConsentReceiptRow.id.desc())
        )
        return self._statements.rows(query, _receipt, f"The consent receipts of {user_id}")

    def text(self, sha256: str) -> ConsentText | None:
        """Return a text that somebody once agreed to, or None."""
        query = select(ConsentTextRow).where(ConsentTextRow.sha256 == sha256)
        found = self._statements.rows(query, lambda row: _text(row[0]), "The consent text")
        return found[0] if found else None

    def _person_id(self, user_id: str) -> int:
        query = select(PersonRow.id).where(PersonRow.user_id == user_id)
        found = self._statements.rows(query, lambda row: row[0], f"The person {user_id}")
        if not found:
            raise UnknownUser(f"Nobody has the ID {user_id}.")
        return found[0]


def _receipts() -> Select[ConsentReceiptRow, str]:
    return select(ConsentReceiptRow, PersonRow.user_id).join(
        PersonRow, PersonRow.id == ConsentReceiptRow.person_id
    )


def _receipt(row: Row[ConsentReceiptRow, str]) -> ConsentReceipt:
    stored, user_id = row
    return ConsentReceipt(
        stored.id,
        user_id,
        stored.text_version,
        stored.language,
        stored.text_sha256,
        stored.actor,
        stored.given_at,
    )


def _text(row: ConsentTextRow) -> ConsentText:
    text = ConsentText(row.version, row.language, row.markdown)
    if text.sha256 != row.sha256:
        raise ValueError("the text was changed since it was agreed to")
    return text
