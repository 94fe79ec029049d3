"""Who gets in: what the threshold means here, and what it is set for."""

from kiosk.core.accounts.roles import Action
from kiosk.core.words import QT_TRANSLATE_NOOP
from kiosk.ui.operator.screens import OperatorPage, OperatorScreen


def _load() -> type[OperatorPage]:
    from kiosk.ui.operator.threshold.page import ThresholdPage

    return ThresholdPage


SCREEN = OperatorScreen(
    title=QT_TRANSLATE_NOOP("screens", "Threshold"),
    icon="wave",
    keys="Ctrl+8",
    load=_load,
    needs=Action.SEE_PEOPLE,
    about=("voice", "Choose how strict the check is"),
)
