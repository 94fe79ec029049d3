"""Did more than one person speak? Found by :mod:`kiosk.core.hearing.several_speakers`."""

from __future__ import annotations

from kiosk.core.hearing.gates.gate import Gate
from kiosk.core.words import QT_TRANSLATE_NOOP, Words

SEVERAL_SPEAKERS = Gate(
    code="several_speakers",
    advice="More than one voice was heard. Please speak alone.",
    words=Words(
        QT_TRANSLATE_NOOP("messages", "More than one voice was heard"),
        QT_TRANSLATE_NOOP("messages", "Please speak alone."),
        "users",
    ),
)
