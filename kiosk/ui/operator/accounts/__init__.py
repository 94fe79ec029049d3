"""Who may sign in, and as what."""

from kiosk.core.accounts.roles import Action
from kiosk.ui.operator.screens import OperatorPage, OperatorScreen
from kiosk.ui.reason_words import QT_TRANSLATE_NOOP


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
