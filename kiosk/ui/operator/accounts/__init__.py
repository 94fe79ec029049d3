"""Who may sign in, and as what."""

from kiosk.core.accounts.roles import Action
from kiosk.core.words import QT_TRANSLATE_NOOP
from kiosk.ui.operator.screens import OperatorPage, OperatorScreen


def _load() -> type[OperatorPage]:
    from kiosk.ui.operator.accounts.page import AccountsPage

    return AccountsPage


SCREEN = OperatorScreen(
    title=QT_TRANSLATE_NOOP("screens", "Accounts"),
    icon="id-badge",
    keys="Ctrl+5",
    load=_load,
    needs=Action.ACCOUNTS,
    about=("security", "Accounts"),
)
