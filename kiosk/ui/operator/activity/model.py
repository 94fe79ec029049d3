"""The columns of the table of records, and what a search in it looks for."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from kiosk.core.records.audit import AuditAction
from kiosk.core.records.order import AuditOrder
from kiosk.ui.operator.activity.words import action_word, actor_word, spoken_as, why
from kiosk.ui.operator.tables.listing import Column as ListColumn
from kiosk.ui.operator.words import local_time, number

if TYPE_CHECKING:
    from kiosk.core.records.audit import AuditRecord

_ICONS: dict[str, tuple[str, str]] = {
    AuditAction.VERIFIED: ("check-circle", "positive"),
    AuditAction.NOT_VERIFIED: ("x-circle", "negative"),
    AuditAction.INCONCLUSIVE: ("help-circle", "warning"),
    AuditAction.LOCKED: ("lock", "warning"),
    AuditAction.REFUSED: ("x-circle", "warning"),
    AuditAction.SIGN_IN_REFUSED: ("x-circle", "negative"),
    AuditAction.NOT_PERMITTED: ("x-circle", "negative"),
    AuditAction.API_KEY_REFUSED: ("x-circle", "negative"),
    AuditAction.ENROLLMENT_REFUSED: ("x-circle", "warning"),
    AuditAction.CHAIN_DAMAGED: ("alert-triangle", "negative"),
    AuditAction.STATE_DIFFERS: ("alert-triangle", "negative"),
}


class Column(IntEnum):
    """The columns from left to right."""

    WHEN = 0
    WHO = 1
    WHAT = 2
    ABOUT = 3
    SCORE = 4
    """With the threshold that it was compared with."""
    WHY = 5


_DIGITS = 3
"""Two would say of some rejections that the score is the threshold."""


def columns() -> tuple[ListColumn[AuditRecord], ...]:
    """Return the columns in the language of the screen."""
    return (
        ListColumn(_tr("When"), lambda one: local_time(one.at), tip=_when, order=AuditOrder.WHEN),
        ListColumn(_tr("Who"), actor_word, order=AuditOrder.WHO, most=120),
        ListColumn(
            _tr("What"),
            action_word,
            icon=lambda one: _ICONS.get(one.action),
            order=AuditOrder.WHAT,
            most=190,
        ),
        ListColumn(_tr("About"), lambda one: one.subject or "", order=AuditOrder.ABOUT, most=110),
        ListColumn(_tr("Score, threshold"), _compared, right=True),
        ListColumn(_tr("Details"), why),
    )


def words_of(text: str) -> tuple[tuple[str, ...], ...]:
    """Return what a record must contain so that every word of a text is found in it.

    Records hold names of actions and reasons, and the screen shows words for them: a word is found
    in the one or in the other.
    """
    return tuple(
        tuple(dict.fromkeys((word, word.lower(), word.upper(), word.title(), *spoken_as(word))))
        for word in text.split()
    )


def _compared(record: AuditRecord) -> str:
    """Return a score and on which side of its threshold it is."""
    details = record.details
    score, threshold = details.get("score"), details.get("threshold")
    if not isinstance(score, int | float):
        return ""
    shown = number(float(score), _DIGITS)
    if not isinstance(threshold, int | float):
        return shown
    side = "\N{GREATER-THAN OR EQUAL TO}" if score >= threshold else "<"
    return f"{shown} {side} {number(float(threshold), _DIGITS)}"


def _when(record: AuditRecord) -> str:
    label = _tr("Record {0}").replace("{0}", str(record.seq))
    return f"{record.at.astimezone():%Y-%m-%d %H:%M:%S} – {label}"


def _tr(text: str) -> str:
    return QCoreApplication.translate("ActivityModel", text)
