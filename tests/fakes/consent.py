"""Consent, retention and traces in memory; consent texts of a site that does not exist."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING, Any

from kiosk.core.errors import ResourcesMissing, UnknownUser
from kiosk.core.people.retention import LastInteraction
from kiosk.resources import resources_dir
from kiosk.services.people.consent import Consents, ConsentSite
from kiosk.texts import FolderConsentTexts

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from kiosk.core.people.consent import ConsentReceipt, ConsentTemplate, ConsentText
    from kiosk.core.ports import UnitOfWorkFactory
    from tests.fakes.storage import InMemoryUnitOfWork

SITE = ConsentSite("Example Works", "the reception")


def site_consents(uow: UnitOfWorkFactory, folder: Path | None = None) -> Consents:
    """Return consents with the program's own texts, or those of a folder that overrides them."""
    own = resources_dir() / "consent"
    return Consents(uow, FolderConsentTexts(own, folder or own / "none"), SITE)


class FixedTexts:
    """Implements :class:`kiosk.core.people.consent.ConsentTexts` on templates that a test makes."""

    def __init__(self, *templates: ConsentTemplate) -> None:
        self._templates = {each.language: each for each in templates}

    def languages(self) -> list[str]:
        if not self._templates:
            raise ResourcesMissing("There is no consent text.")
        return list(self._templates)

    def template(self, language: str) -> ConsentTemplate:
        if language not in self._templates:
            raise ResourcesMissing("There is no such text.")
        return self._templates[language]


class InMemoryConsents:
    def __init__(self, unit: InMemoryUnitOfWork) -> None:
        self._unit = unit

    def add(self, receipt: ConsentReceipt, text: ConsentText) -> None:
        if receipt.text_sha256 != text.sha256:
            raise ValueError("the receipt is of another text")
        state = self._unit.state
        if receipt.user_id not in state.people:
            raise UnknownUser(f"Nobody has the ID {receipt.user_id}.")
        state.consent_texts.setdefault(text.sha256, text)
        state.receipts[receipt.receipt_id] = receipt

    def get(self, receipt_id: str) -> ConsentReceipt | None:
        return self._unit.state.receipts.get(receipt_id)

    def of(self, user_id: str) -> list[ConsentReceipt]:
        found = [each for each in self._unit.state.receipts.values() if each.user_id == user_id]
        return sorted(found, key=lambda each: (each.given_at, each.receipt_id), reverse=True)

    def text(self, sha256: str) -> ConsentText | None:
        return self._unit.state.consent_texts.get(sha256)


class InMemoryRetention:
    def __init__(self, unit: InMemoryUnitOfWork) -> None:
        self._unit = unit

    def touch(self, user_id: str, at: datetime) -> None:
        if at.tzinfo is None:
            raise ValueError("only times with a zone are stored")
        if user_id in self._unit.state.people:
            self._unit.state.interactions[user_id] = at.astimezone(UTC)

    def last_interaction(self, user_id: str) -> LastInteraction | None:
        found = [each for each in self.last_interactions() if each.user_id == user_id]
        return found[0] if found else None

    def last_interactions(self) -> list[LastInteraction]:
        state = self._unit.state
        return [
            LastInteraction(
                person.user_id,
                person.name,
                state.interactions.get(person.user_id)
                or (person.consent.given_at if person.consent else person.created_at),
            )
            for _, person in sorted(state.people.items())
        ]

    def bound(self, latest: datetime) -> int:
        state = self._unit.state
        for attempt_id, each in state.attempts.items():
            if each.user_id not in state.people and each.at > latest:
                state.attempts[attempt_id] = replace(each, at=latest)
        ahead = [each.user_id for each in self.last_interactions() if each.at > latest]
        for user_id in ahead:
            self.touch(user_id, latest)
        return len(ahead)

    def remove_nobodys(self, before: datetime) -> int:
        state = self._unit.state
        old = [
            attempt_id
            for attempt_id, each in state.attempts.items()
            if each.user_id not in state.people and each.at < before
        ]
        for attempt_id in old:
            del state.attempts[attempt_id]
        return len(old)


class InMemoryTraces:
    def __init__(self, unit: InMemoryUnitOfWork) -> None:
        self._unit = unit

    def count(self, user_id: str | None) -> dict[str, int]:
        state = self._unit.state

        def mine(owner: str) -> bool:
            return user_id is None or owner == user_id

        voiceprints = [v for (owner, _), v in state.voiceprints.items() if mine(owner)]
        counted = {
            "person": sum(mine(owner) for owner in state.people),
            "voiceprint": len(voiceprints),
            "take": sum(len(each.takes) for each in voiceprints),
            "attempt": sum(mine(each.user_id) for each in state.attempts.values()),
            "consent_receipt": sum(mine(each.user_id) for each in state.receipts.values()),
        }
        return {table: number for table, number in counted.items() if number}

    def rows(self, user_id: str) -> dict[str, list[dict[str, Any]]]:
        tell: dict[str, Callable[[ConsentReceipt], Any]] = {
            "id": lambda each: each.receipt_id,
            "text_sha256": lambda each: each.text_sha256,
        }
        receipts = [
            {name: value(each) for name, value in tell.items()}
            for each in self._unit.consents.of(user_id)
        ]
        return {"consent_receipt": receipts} if receipts else {}
