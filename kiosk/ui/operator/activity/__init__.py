"""The Activity page: what was done, by whom, and that the records of it are untouched."""

from kiosk.core.accounts.roles import Action
from kiosk.core.words import QT_TRANSLATE_NOOP
from kiosk.ui.operator.screens import OperatorPage, OperatorScreen


def _load() -> type[OperatorPage]:
    from kiosk.ui.operator.activity.page import ActivityPage

    return ActivityPage


SCREEN = OperatorScreen(
    title=QT_TRANSLATE_NOOP("screens", "Activity"),
    icon="activity",
    keys="Ctrl+7",
    load=_load,
    needs=Action.SEE_AUDIT,
    about=("security", "Audit records"),
)
