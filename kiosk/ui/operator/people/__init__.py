"""Everybody who is enrolled: find, show, rename, disable, export, erase."""

from kiosk.core.accounts.roles import Action
from kiosk.core.words import QT_TRANSLATE_NOOP
from kiosk.ui.operator.screens import OperatorPage, OperatorScreen


def _load() -> type[OperatorPage]:
    from kiosk.ui.operator.people.page import PeoplePage

    return PeoplePage


SCREEN = OperatorScreen(
    title=QT_TRANSLATE_NOOP("screens", "People"),
    icon="users",
    keys="Ctrl+2",
    load=_load,
    needs=Action.SEE_PEOPLE,
    about=("operators", "Look after people"),
)
