"""Did the capture lose samples?"""

from __future__ import annotations

from kiosk.core.hearing.gates.gate import Bound, Gate, Measure
from kiosk.core.words import QT_TRANSLATE_NOOP, Words

OVERFLOWS = Measure(
    "How often the capture lost samples.", 0.0, lambda speech, _: speech.clip.overflows
)

LOST_AUDIO = Gate(
    code="lost_audio",
    advice="Part of the recording was lost. Please try again.",
    words=Words(
        QT_TRANSLATE_NOOP("messages", "Part of the recording was lost"),
        QT_TRANSLATE_NOOP("messages", "Please try again."),
        "refresh",
    ),
    measure=OVERFLOWS,
    limit=lambda _: 1,
    bound=Bound.BELOW,
)
