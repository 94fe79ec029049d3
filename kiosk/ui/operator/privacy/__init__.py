"""How long people are kept, and what they are asked to agree to."""

from kiosk.core.accounts.roles import Action
from kiosk.core.words import QT_TRANSLATE_NOOP
from kiosk.ui.operator.screens import OperatorPage, OperatorScreen


def _load() -> type[OperatorPage]:
    from kiosk.ui.operator.privacy.page import PrivacyPage

    return PrivacyPage


SCREEN = OperatorScreen(
    title=QT_TRANSLATE_NOOP("screens", "Privacy"),
    icon="shield",
    keys="Ctrl+6",
    load=_load,
    needs=Action.RETENTION,
    about=("privacy", "How long people are kept"),
)
