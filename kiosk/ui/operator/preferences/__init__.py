"""What an operator switches on and off."""

from kiosk.core.accounts.roles import Action
from kiosk.core.words import QT_TRANSLATE_NOOP
from kiosk.ui.operator.screens import OperatorPage, OperatorScreen


def _load() -> type[OperatorPage]:
    from kiosk.ui.operator.preferences.page import PreferencesPage

    return PreferencesPage


SCREEN = OperatorScreen(
    title=QT_TRANSLATE_NOOP("screens", "Preferences"),
    icon="settings",
    keys="Ctrl+4",
    load=_load,
    needs=Action.SETTINGS,
    about=("operators", "What visitors see"),
)
