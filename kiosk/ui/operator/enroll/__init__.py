"""Enrolling a person: Person, Consent, Voice, Check, Done."""

from kiosk.core.accounts.roles import Action
from kiosk.core.words import QT_TRANSLATE_NOOP
from kiosk.ui.operator.screens import OperatorPage, OperatorScreen


def _load() -> type[OperatorPage]:
    from kiosk.ui.operator.enroll.page import EnrollPage

    return EnrollPage


SCREEN = OperatorScreen(
    title=QT_TRANSLATE_NOOP("screens", "Enroll"),
    icon="user-plus",
    keys="Ctrl+1",
    load=_load,
    needs=Action.ENROLL,
    about=("operators", "Enroll a person"),
)
