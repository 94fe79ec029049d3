"""What people agree to, and the receipt that they did."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

_PLACE = re.compile(r"\{(controller|contact|days|recording_days)(?:\|([^{}\n]*))?\}")


@dataclass(frozen=True)
class ConsentFacts:
    """What a consent text says of this kiosk in particular.

    Attributes:
        controller: who is responsible for the data, as people know them; may be empty.
        contact: whom to ask, and how; may be empty.
        retention_days: days since the last interaction after which a person is erased; None when
            nobody is erased automatically.
        recording_days: days for which enrollment takes are kept, encrypted; None when they are not.
    """

    controller: str
    contact: str
    retention_days: int | None
    recording_days: int | None = None


@dataclass(frozen=True)
class ConsentText:
    """A text as it is shown, with everything filled in.

    Attributes:
        version: of the text that it was made of; it changes with every word of that.
        language: code such as ``en``.
        markdown: headings, paragraphs, lists and bold words.
    """

    version: str
    language: str
    markdown: str = field(repr=False)

    @cached_property
    def sha256(self) -> str:
        """Return the hash of the text in UTF-8, hexadecimal: what exactly was agreed to."""
        return hashlib.sha256(self.markdown.encode()).hexdigest()


@dataclass(frozen=True)
class ConsentTemplate:
    """A text with places to fill in.

    ``{controller}``, ``{contact}``, ``{days}`` and ``{recording_days}`` are replaced;
    ``{contact|the staff}`` by what follows the bar where the site has not said more. A line that
    begins with ``{limited}`` or ``{unlimited}`` is kept where the time of keeping is limited or is
    not, one that begins with ``{recorded}`` or ``{unrecorded}`` where recordings are kept or are
    not. Everything else stays as it is.

    Attributes:
        version: changes with every word of it.
        language: code such as ``en``.
        markdown: the text.
    """

    version: str
    language: str
    markdown: str = field(repr=False)

    def filled(self, facts: ConsentFacts) -> ConsentText:
        """Return the text as people of this kiosk read it."""
        read = (_kept(line, facts) for line in self.markdown.splitlines())
        text = "\n".join(line for line in read if line is not None).strip() + "\n"
        values = {
            "controller": facts.controller,
            "contact": facts.contact,
            "days": _number(facts.retention_days),
            "recording_days": _number(facts.recording_days),
        }
        # In one pass: what is filled in is not looked at again.
        made = _PLACE.sub(lambda match: values[match[1]] or match[2] or "", text)
        return ConsentText(self.version, self.language, made)


def _kept(line: str, facts: ConsentFacts) -> str | None:
    """Return a line without its mark, or None where that says that the line does not apply."""
    holds = {
        "{limited}": facts.retention_days is not None,
        "{unlimited}": facts.retention_days is None,
        "{recorded}": facts.recording_days is not None,
        "{unrecorded}": facts.recording_days is None,
    }
    for mark, applies in holds.items():
        if line.startswith(mark):
            return line.removeprefix(mark).lstrip() if applies else None
    return line


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


@dataclass(frozen=True)
class ConsentReceipt:
    """That a person agreed: to which text, in which language, when, and before whom.

    Attributes:
        receipt_id: random, 32 hexadecimal digits.
        user_id: external ID of the person.
        text_version: see :class:`ConsentText`.
        language: in which the text was shown or read.
        text_sha256: see :attr:`ConsentText.sha256`.
        actor: who recorded the consent, as :class:`kiosk.core.accounts.acting.Actor` names them;
            where a program did, it vouches for having asked the person.
        given_at: timezone-aware UTC.
    """

    receipt_id: str
    user_id: str
    text_version: str
    language: str
    text_sha256: str
    actor: str
    given_at: datetime

    def as_dict(self) -> dict[str, str]:
        """Return it as JSON-ready values."""
        return {
            "receipt_id": self.receipt_id,
            "user": self.user_id,
            "text_version": self.text_version,
            "language": self.language,
            "text_sha256": self.text_sha256,
            "actor": self.actor,
            "given_at": self.given_at.isoformat(),
        }


@dataclass(frozen=True)
class ConsentDocument:
    """A receipt with all that a person wants to read on it.

    Attributes:
        receipt: the receipt.
        name: display name of the person; may be empty.
        text: what was agreed to, word for word.
    """

    receipt: ConsentReceipt
    name: str
    text: ConsentText

    def as_dict(self) -> dict[str, str]:
        """Return it as JSON-ready values."""
        return {**self.receipt.as_dict(), "name": self.name, "text": self.text.markdown}


class ConsentTexts(Protocol):
    """The texts that a site offers."""

    def languages(self) -> list[str]:
        """Return the codes of the languages, English first if there is one, then by code.

        Raises:
            ResourcesMissing: there is no text; nobody can agree to what cannot be shown.
        """

    def template(self, language: str) -> ConsentTemplate:
        """Return the text in a language.

        Raises:
            ResourcesMissing: there is none in that language, or it cannot be read.
        """


class ConsentReceipts(Protocol):
    """Receipts and the texts they refer to, within one unit of work."""

    def add(self, receipt: ConsentReceipt, text: ConsentText) -> None:
        """Store a receipt, and its text unless that is known already.

        Raises:
            ValueError: the receipt is of another text.
            UnknownUser: nobody has the ID of the receipt.
        """

    def get(self, receipt_id: str) -> ConsentReceipt | None:
        """Return a receipt, or None."""

    def of(self, user_id: str) -> list[ConsentReceipt]:
        """Return a person's receipts, newest first."""

    def text(self, sha256: str) -> ConsentText | None:
        """Return a text that somebody once agreed to, or None."""
