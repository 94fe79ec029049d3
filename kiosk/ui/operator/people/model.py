"""The columns of the table of people."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from kiosk.core.people.users import PeopleOrder
from kiosk.ui.operator.people.state import PersonState
from kiosk.ui.operator.tables.listing import Column as ListColumn
from kiosk.ui.operator.words import NOTHING, local_date, local_time, number

if TYPE_CHECKING:
    from kiosk.ui.operator.people.rows import Row

STATE_ICONS: dict[PersonState, tuple[str, str]] = {
    PersonState.READY: ("check-circle", "positive"),
    PersonState.WEAKER: ("check-circle", "positive"),
    PersonState.REENROLL: ("refresh", "warning"),
    PersonState.NO_VOICE: ("microphone-off", "warning"),
    PersonState.DISABLED: ("minus", "text-muted"),
    PersonState.LOCKED: ("lock", "warning"),
}
"""Icon and the role of its color for each state."""


class Column(IntEnum):
    """The columns from left to right."""

    ID = 0
    NAME = 1
    STATE = 2
    TAKES = 3
    MODEL = 4
    ENROLLED = 5
    VERIFIED = 6
    SCORE = 7


def columns() -> tuple[ListColumn[Row], ...]:
    """Return the columns in the language of the screen."""
    return (
        ListColumn(_tr("ID"), lambda row: row.user_id, order=PeopleOrder.ID),
        ListColumn(_tr("Name"), lambda row: row.summary.person.name, order=PeopleOrder.NAME),
        ListColumn(
            _tr("State"),
            lambda row: state_word(row.state),
            tip=_why,
            icon=lambda row: STATE_ICONS[row.state],
            order=PeopleOrder.STATE,
        ),
        ListColumn(
            _tr("Takes"),
            lambda row: str(row.summary.takes) if row.summary.takes else NOTHING,
            order=PeopleOrder.TAKES,
            right=True,
        ),
        ListColumn(
            _tr("Model"),
            lambda row: ", ".join(row.summary.model_ids) or NOTHING,
            order=PeopleOrder.MODEL,
            most=150,
        ),
        ListColumn(
            _tr("Enrolled"),
            lambda row: local_date(row.summary.enrolled_at),
            tip=lambda row: local_time(row.summary.enrolled_at),
            order=PeopleOrder.ENROLLED,
        ),
        ListColumn(
            _tr("Verified"),
            lambda row: local_date(row.summary.last_verified_at),
            tip=lambda row: local_time(row.summary.last_verified_at),
            order=PeopleOrder.VERIFIED,
            about=_tr("Last verified"),
        ),
        ListColumn(
            _tr("Score"),
            lambda row: number(row.summary.last_score),
            order=PeopleOrder.SCORE,
            right=True,
            about=_tr("Last score"),
        ),
    )


def state_word(state: PersonState) -> str:
    """Return the word for a state."""
    return {
        PersonState.READY: _tr("Ready"),
        PersonState.WEAKER: _tr("Ready (one model)"),
        PersonState.REENROLL: _tr("Re-enroll needed"),
        PersonState.NO_VOICE: _tr("No voiceprint"),
        PersonState.DISABLED: _tr("Disabled"),
        PersonState.LOCKED: _tr("Locked"),
    }[state]


def _why(row: Row) -> str | None:
    if row.state is PersonState.REENROLL:
        return _tr("Enrolled with a voice model that is no longer in use.")
    if row.state is PersonState.WEAKER:
        return _tr("Not enrolled with one of the voice models in use.")
    if row.state is PersonState.LOCKED:
        return _tr("After too many failures.")
    return None


def _tr(text: str) -> str:
    return QCoreApplication.translate("PeopleModel", text)
