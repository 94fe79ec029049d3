"""The pages of the operator's side: what each is for, and how it is made when first wanted."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from kiosk.core.accounts.roles import Action

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from kiosk.ui.navigation import Ui

ENROLL, PEOPLE, MICROPHONE, PREFERENCES = "enroll", "people", "microphone", "preferences"
ACCOUNTS, PRIVACY, ACTIVITY, THRESHOLD = "accounts", "privacy", "activity", "threshold"
HELP = "help"
_NEEDED = {
    ENROLL: Action.ENROLL,
    PEOPLE: Action.SEE_PEOPLE,
    MICROPHONE: Action.MICROPHONE,
    ACCOUNTS: Action.ACCOUNTS,
    ACTIVITY: Action.SEE_AUDIT,
    PRIVACY: Action.RETENTION,
    THRESHOLD: Action.SEE_PEOPLE,
    HELP: Action.VERIFY,
}
"""What a page is for; one that is not named here is for administrators."""


def needed(key: str) -> Action:
    """Return what somebody must be permitted to see a page."""
    return _NEEDED.get(key, Action.SETTINGS)


def load(key: str) -> None:
    """Import what a page is made of, which takes as long as making it."""
    import_module(f"kiosk.ui.operator.{key}.page")


def made(
    key: str,
    ui: Ui,
    parent: QWidget,
    go: Callable[[str], None],
    reenroll: Callable[[str, str, list[tuple[str, str]]], None],
) -> QWidget:
    """Make a page.

    Args:
        key: which.
        ui: what screens work with.
        parent: where it will be shown, so that it is dressed once.
        go: shows another page.
        reenroll: begins to enroll somebody anew, by ID and name; then those who follow.
    """
    # Imported when first wanted: pyqtgraph alone takes longer than showing the window.
    if key == PEOPLE:
        from kiosk.ui.operator.people.page import PeoplePage

        people = PeoplePage(ui, parent)
        people.enroll.connect(partial(go, ENROLL))
        people.reenroll.connect(reenroll)
        return people
    if key == MICROPHONE:
        from kiosk.ui.operator.microphone.page import MicrophonePage

        return MicrophonePage(ui, parent)
    if key == THRESHOLD:
        from kiosk.ui.operator.threshold.page import ThresholdPage

        return ThresholdPage(ui, parent)
    if key == PREFERENCES:
        from kiosk.ui.operator.preferences.page import PreferencesPage

        preferences = PreferencesPage(ui, ui.service, parent)
        preferences.asked_privacy.connect(partial(go, PRIVACY))
        return preferences
    if key == PRIVACY:
        from kiosk.ui.operator.privacy.page import PrivacyPage

        return PrivacyPage(ui, parent)
    if key == ACTIVITY:
        from kiosk.ui.operator.activity.page import ActivityPage

        return ActivityPage(ui, parent)
    if key == ACCOUNTS:
        from kiosk.ui.operator.accounts.page import AccountsPage

        return AccountsPage(ui, parent)
    if key == HELP:
        from kiosk.ui.operator.help.page import HelpPage

        return HelpPage(ui, parent)
    from kiosk.ui.operator.enroll.page import EnrollPage

    return EnrollPage(ui, parent)
