"""What each form of signing in says."""

from __future__ import annotations

from typing import NamedTuple

from kiosk.core.accounts.operators import MIN_PASSWORD, MIN_PIN
from kiosk.ui.messages import translate
from kiosk.ui.sign_in.presenter import Form

_CONTEXT = "SignInView"


class Words(NamedTuple):
    """Title, the sentence below it, and the button that goes on; translated."""

    title: str
    subtitle: str
    action: str


def words_of(form: Form | None) -> Words:
    """Return what a form says; None is the one before it is known which."""
    rules = _tr("Use 6–12 digits, or a password of at least 10 characters. Avoid obvious ones.")
    if form is Form.FIRST:
        return Words(
            _tr("Set up the kiosk: who are you?"),
            _tr(
                "Step 1 of 2. You will be the first administrator. The kiosk opens once this "
                "is done."
            ),
            _tr("Continue"),
        )
    if form is Form.CHOOSE_FIRST:
        return Words(
            _tr("Set up the kiosk: choose a PIN"), f"{_tr('Step 2 of 2.')} {rules}", _tr("Finish")
        )
    if form is Form.CHOOSE_OWN:
        return Words(_tr("Choose a PIN of your own"), rules, _tr("Save and sign in"))
    if form is Form.LOGIN:
        asked = _tr("Enter your login, and your PIN or password.")
        return Words(_tr("Operator"), asked, _tr("Sign in"))
    asked = _tr("Enter the operator PIN or password.") if form is Form.ALONE else ""
    return Words(_tr("Operator"), asked, _tr("Sign in"))


def secret_label(secret: str) -> str:
    """Return the label of a PIN or password that is being chosen: what it still needs.

    Args:
        secret: as far as it is typed.
    """
    if not secret:
        return _tr("PIN or password")
    is_pin = secret.isascii() and secret.isdigit()
    missing = (MIN_PIN if is_pin else MIN_PASSWORD) - len(secret)
    if missing <= 0:
        return _tr("PIN: long enough") if is_pin else _tr("Password: long enough")
    more = _tr("PIN: {0} more digits") if is_pin else _tr("Password: {0} more characters")
    return more.replace("{0}", str(missing))


def again_label(secret: str, again: str) -> str:
    """Return the label of the second: whether the two are the same by now."""
    if not again:
        return _tr("Repeat it")
    return _tr("Matches") if secret == again else _tr("Does not match")


def _tr(text: str) -> str:
    return translate(text, _CONTEXT)
