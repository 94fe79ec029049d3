"""The accounts of those who look after the kiosk, and what a PIN or password must be like."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from kiosk.core.accounts.acting import Actor, Role
from kiosk.core.errors import InvalidInput

if TYPE_CHECKING:
    from datetime import datetime

MAX_LOGIN = 32
_SHORT_LOGIN = 2
MIN_PIN, MAX_PIN = 6, 12
MIN_PASSWORD, MAX_PASSWORD = 10, 128
_LEAST_DIFFERENT = {"PIN": 3, "password": 5}
"""Different characters: ``aaaaaaaaaa`` is long and no secret."""
_LOGIN = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?", re.ASCII)
_ROWS = ("0123456789", "9876543210", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")
# What every guesser tries first. Long lists help little here: tries are few and slow.
_FIRST_GUESSES = frozenset(
    {
        "112233",
        "102030",
        "147258",
        "159753",
        "258456",
        "123654",
        "147258369",
        "789456",
        "789456123",
        "password",
        "passwort",
        "letmein",
        "welcome",
        "iloveyou",
        "administrator",
        "operator",
        "voicekiosk",
        "changeme",
    }
)


@dataclass(frozen=True)
class Account:
    """Somebody who may sign in.

    Attributes:
        login: what they type, in small letters; see :func:`clean_login`.
        name: display name, may be empty.
        role: operator or administrator.
        hash: of the PIN or password.
        must_change: another person has chosen it, so that it is to be changed at once.
        enabled: False while they may not sign in.
        created_at: timezone-aware UTC.
        signed_in_at: the last time; None before the first.
    """

    login: str
    name: str
    role: Role
    hash: str = field(repr=False)
    created_at: datetime
    must_change: bool = False
    enabled: bool = True
    signed_in_at: datetime | None = None

    @property
    def actor(self) -> Actor:
        """Return them as somebody who acts.

        Who has still to change a secret that another person knows may do nothing else.
        """
        role = Role.VISITOR if self.must_change else self.role
        return Actor(f"operator:{self.login}", role)


class OperatorStore(Protocol):
    """Accounts within one unit of work."""

    def get(self, login: str) -> Account | None:
        """Return an account, or None."""

    def add(self, account: Account) -> None:
        """Add an account.

        Raises:
            StorageError: the login is taken.
        """

    def update(self, account: Account) -> bool:
        """Store everything but login and creation; False when there is no such account."""

    def remove(self, login: str) -> bool:
        """Remove an account; False when there is none."""

    def all(self) -> list[Account]:
        """Return every account, by login."""


def clean_login(text: str) -> str:
    """Return a login as it is stored: in small letters, so that any keypad can type it.

    Raises:
        InvalidInput: it cannot be used.
    """
    value = unicodedata.normalize("NFKC", text.strip()).lower()
    if not 0 < len(value) <= MAX_LOGIN or not _LOGIN.fullmatch(value):
        raise InvalidInput(
            "The login cannot be used.",
            hint=f"Use 1 to {MAX_LOGIN} letters a to z, digits, dots, dashes or underscores, "
            "with a letter or digit first and last.",
        )
    return value


def clean_secret(text: str) -> str:
    """Return a PIN or password as it is hashed: however the keyboard composes its accents."""
    return unicodedata.normalize("NFKC", text)


def check_secret(secret: str, login: str) -> None:
    """Refuse a PIN or password that is too short or that is guessed first.

    A PIN of 6 to 12 digits is enough where every try is counted and delayed, as here. Length and a
    list of bad choices in the place of rules about kinds of characters: NIST SP 800-63B, 3.1.1.2.

    Args:
        secret: see :func:`clean_secret`.
        login: of the account; a secret that holds it is none.

    Raises:
        InvalidInput: it cannot be used; the hint says what can.
    """
    hint = (
        f"Use a PIN of {MIN_PIN} to {MAX_PIN} digits, or a password of {MIN_PASSWORD} characters "
        "or more."
    )
    if len(secret) > MAX_PASSWORD or any(not c.isprintable() for c in secret):
        raise InvalidInput(
            "The PIN or password cannot be used.",
            hint=f"Use at most {MAX_PASSWORD} printable characters.",
        )
    is_pin = secret.isascii() and secret.isdigit()
    if len(secret) < (MIN_PIN if is_pin else MIN_PASSWORD):
        raise InvalidInput("The PIN or password is too short.", hint=hint)
    what = "PIN" if is_pin else "password"
    if _is_easy(secret, what) or (len(login) > _SHORT_LOGIN and login in secret.lower()):
        raise InvalidInput(
            f"The {what} is too easy to guess.",
            hint="Avoid sequences and repeats." if is_pin else "Use several unrelated words.",
        )


def _is_easy(secret: str, what: str) -> bool:
    plain = secret.lower()
    if plain.rstrip("0123456789!.?") in _FIRST_GUESSES or plain in _FIRST_GUESSES:
        return True
    # One piece again and again, such as 121212, and 123123 too.
    if any(_repeats(plain, size) for size in range(1, 1 + len(plain) // 2)):
        return True
    if any(plain in row + row for row in _ROWS):
        return True
    return len(set(plain)) < _LEAST_DIFFERENT[what]


def _repeats(text: str, size: int) -> bool:
    return text == (text[:size] * (len(text) // size + 1))[: len(text)]
