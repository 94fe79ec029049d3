"""Which microphone is used, and whether it is any good."""

from kiosk.core.accounts.roles import Action
from kiosk.core.words import QT_TRANSLATE_NOOP
from kiosk.ui.operator.screens import OperatorPage, OperatorScreen


def _load() -> type[OperatorPage]:
    from kiosk.ui.operator.microphone.page import MicrophonePage

    return MicrophonePage


SCREEN = OperatorScreen(
    title=QT_TRANSLATE_NOOP("screens", "Microphone"),
    icon="microphone",
    keys="Ctrl+3",
    load=_load,
    needs=Action.MICROPHONE,
    about=("operators", "The microphone"),
)
