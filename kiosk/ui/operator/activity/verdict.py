"""What became of checking the chain, in one paragraph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from kiosk.ui.operator.words import local_date

if TYPE_CHECKING:
    from kiosk.core.records.verdict import Verdict


_SHOWN = 3
"""Sentences that fit into the page."""


def verdict_words(verdict: Verdict) -> str:
    """Return the verdict, the first record that is not as it was written, and what to know."""
    if verdict.broken is not None:
        advice = _tr("Keep a copy of the data folder, and find out who had access to it.")
        return " ".join([_tr("The records were changed by somebody."), verdict.broken.text, advice])
    if not verdict.intact:
        found = (*verdict.differences, *verdict.unguarded)
        advice = _tr("Tell an administrator. 'kiosk audit verify' lists every change.")
        return " ".join([_tr("Somebody has changed the database."), *found[:_SHOWN], advice])
    text = _tr("All {0} records since {1} are unchanged.")
    begun = None if verdict.first is None else verdict.first.at
    parts = [text.replace("{0}", f"{verdict.records:,}").replace("{1}", local_date(begun))]
    if verdict.anchors:
        parts.append(_tr("Integrity checks passed: {0}.").replace("{0}", str(verdict.anchors)))
    return " ".join([*parts, *verdict.notices])


def _tr(text: str) -> str:
    return QCoreApplication.translate("activity", text)
