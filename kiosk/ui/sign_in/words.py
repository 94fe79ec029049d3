"""What each form of signing in says."""

from __future__ import annotations

from typing import NamedTuple

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
    rules = _tr("A PIN of 6 to 12 digits, or a password of 10 characters or more; hard to guess.")
    if form is Form.FIRST:
        return Words(
            _tr("Set up the kiosk: who are you?"),
            _tr("Step 1 of 2. You become its first administrator; nobody can use it before."),
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


def _tr(text: str) -> str:
    return translate(text, _CONTEXT)
