"""The manual, in the window."""

from kiosk.core.accounts.roles import Action
from kiosk.core.words import QT_TRANSLATE_NOOP
from kiosk.ui.operator.screens import OperatorPage, OperatorScreen


def _load() -> type[OperatorPage]:
    from kiosk.ui.operator.help.page import HelpPage

    return HelpPage


SCREEN = OperatorScreen(
    title=QT_TRANSLATE_NOOP("screens", "Help"),
    icon="help",
    keys="F1",
    load=_load,
    needs=Action.VERIFY,
)
