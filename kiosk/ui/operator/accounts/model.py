"""The columns of the table of accounts."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from kiosk.ui.operator.side import role_word
from kiosk.ui.operator.tables.listing import Column as ListColumn
from kiosk.ui.operator.words import NOTHING, local_time

if TYPE_CHECKING:
    from kiosk.core.accounts.operators import Account

_STATES = {
    "enabled": ("check-circle", "positive"),
    "disabled": ("lock", "text-muted"),
    "new": ("refresh", "warning"),
}


class Column(IntEnum):
    """The columns from left to right."""

    LOGIN = 0
    NAME = 1
    ROLE = 2
    STATE = 3
    SIGNED_IN = 4


def columns() -> tuple[ListColumn[Account], ...]:
    """Return the columns in the language of the screen."""
    words = {
        "enabled": _tr("Enabled"),
        "disabled": _tr("Disabled"),
        "new": _tr("Must change the PIN"),
    }
    return (
        ListColumn(_tr("Login"), lambda account: account.login),
        ListColumn(_tr("Name"), lambda account: account.name or NOTHING),
        ListColumn(_tr("Role"), lambda account: role_word(account.role)),
        ListColumn(
            _tr("State"),
            lambda account: words[_state(account)],
            icon=lambda account: _STATES[_state(account)],
        ),
        ListColumn(_tr("Last sign-in"), lambda account: local_time(account.signed_in_at)),
    )


def _state(account: Account) -> str:
    if not account.enabled:
        return "disabled"
    return "new" if account.must_change else "enabled"


def _tr(text: str) -> str:
    return QCoreApplication.translate("AccountsModel", text)
