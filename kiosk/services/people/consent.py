"""Consent: which text is shown, and the receipt of each enrollment."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.core.accounts.acting import acting
from kiosk.core.accounts.roles import Action, require
from kiosk.core.errors import ConsentMissing, ResourcesMissing
from kiosk.core.people.consent import ConsentDocument, ConsentFacts, ConsentReceipt
from kiosk.core.records.audit import AuditAction, AuditEvent
from kiosk.services.known import known
from kiosk.services.people.retention_policy import policy_in_force

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from kiosk.core.people.consent import ConsentText, ConsentTexts
    from kiosk.core.ports import UnitOfWork, UnitOfWorkFactory


@dataclass(frozen=True)
class ConsentSite:
    """What the texts say of the site.

    Attributes:
        controller: who is responsible for the data, as people know them; may be empty.
        contact: whom to ask, and how; may be empty.
        language: code of the language that is shown first; None for the first there is.
        recording_days: within a transaction, for how many days enrollment takes are kept; None
            when they are not.
    """

    controller: str
    contact: str
    language: str | None = None
    recording_days: Callable[[UnitOfWork], int | None] = lambda _: None


class Consents:
    """Shows consent texts, records receipts and finds them again."""

    def __init__(self, uow: UnitOfWorkFactory, texts: ConsentTexts, site: ConsentSite) -> None:
        """Use these."""
        self._uow = uow
        self._texts = texts
        self._site = site

    def languages(self) -> list[str]:
        """Return the codes of the languages in which there is a text, the site's own first.

        Raises:
            ResourcesMissing: there is no text.
        """
        found = self._texts.languages()
        wanted = (self._site.language or "").replace("_", "-")
        for code in (wanted, wanted.partition("-")[0]):
            if code in found:
                return [code, *(each for each in found if each != code)]
        return found

    def text(self, language: str | None = None) -> ConsentText:
        """Return the text that a person is shown now, with everything filled in.

        Args:
            language: code of it; None for the first there is.

        Raises:
            ResourcesMissing: there is none in that language; nobody can agree to what cannot be
                shown.
        """
        template = self._texts.template(language or self.languages()[0])
        with self._uow() as work:
            facts = ConsentFacts(
                self._site.controller,
                self._site.contact,
                policy_in_force(work).days,
                self._site.recording_days(work),
            )
        return template.filled(facts)

    def record(
        self, work: UnitOfWork, user_id: str, text: ConsentText, at: datetime
    ) -> ConsentReceipt:
        """Store the receipt of a consent within the transaction that stores the voiceprint.

        Args:
            work: the transaction; the person is in it.
            user_id: external ID.
            text: what was shown to the person.
            at: now.
        """
        receipt = ConsentReceipt(
            uuid.uuid4().hex,
            user_id,
            text.version,
            text.language,
            text.sha256,
            acting().name,
            at,
        )
        work.consents.add(receipt, text)
        details = {
            "receipt": receipt.receipt_id,
            "text_version": text.version,
            "language": text.language,
            "text_sha256": text.sha256,
        }
        work.audit.append(AuditEvent(AuditAction.CONSENT_GIVEN, user_id, details))
        return receipt

    def receipts(self, user_id: str) -> list[ConsentReceipt]:
        """Return a person's receipts, newest first.

        Raises:
            UnknownUser: nobody has that ID.
        """
        require(Action.SEE_PEOPLE)
        with self._uow() as work:
            return work.consents.of(known(work, user_id).user_id)

    def document(self, receipt_id: str) -> ConsentDocument:
        """Return a receipt with the name and the text, to be printed.

        Raises:
            ConsentMissing: there is no such receipt.
            ResourcesMissing: its text is gone.
        """
        require(Action.SEE_PEOPLE)
        with self._uow() as work:
            return _document(work, work.consents.get(receipt_id), receipt_id)

    def latest(self, user_id: str) -> ConsentDocument:
        """Return the newest receipt of a person, to be printed.

        Raises:
            UnknownUser: nobody has that ID.
            ConsentMissing: the person has none, as those whom an earlier version enrolled.
        """
        require(Action.SEE_PEOPLE)
        with self._uow() as work:
            user_id = known(work, user_id).user_id
            found = work.consents.of(user_id)
            return _document(work, found[0] if found else None, user_id)

    def handed_out(self, document: ConsentDocument) -> None:
        """Record that a receipt was printed or written into a file."""
        require(Action.EXPORT_PERSON)
        receipt = document.receipt
        with self._uow() as work:
            details = {"receipt": receipt.receipt_id}
            work.audit.append(AuditEvent(AuditAction.CONSENT_EXPORTED, receipt.user_id, details))
            work.commit()


def _document(work: UnitOfWork, receipt: ConsentReceipt | None, wanted: str) -> ConsentDocument:
    if receipt is None:
        raise ConsentMissing(
            f"There is no consent receipt of {wanted}.",
            hint="Receipts are made by enrollments; enroll the person again for one.",
        )
    text = work.consents.text(receipt.text_sha256)
    if text is None:
        raise ResourcesMissing(f"The text of consent receipt {receipt.receipt_id} is missing.")
    person = work.people.get(receipt.user_id)
    return ConsentDocument(receipt, person.name if person else "", text)
