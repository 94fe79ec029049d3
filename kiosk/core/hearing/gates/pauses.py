"""Were there long pauses?"""

from __future__ import annotations

from kiosk.core.hearing.gates.gate import Bound, Gate, Measure
from kiosk.core.hearing.gates.net_speech import TOO_SHORT
from kiosk.core.words import QT_TRANSLATE_NOOP, Words

SPEECH_RATIO = Measure(
    "Net speech over the span from first to last speech.",
    0.98,
    lambda speech, _: speech.activity.ratio,
)

MOSTLY_SILENCE = Gate(
    code="mostly_silence",
    advice="The pauses were too long. Speak without stopping.",
    words=Words(
        QT_TRANSLATE_NOOP("messages", "The pauses were too long"),
        QT_TRANSLATE_NOOP("messages", "Say the sentence without stopping."),
        "wave",
    ),
    measure=SPEECH_RATIO,
    limit=lambda policy: policy.min_ratio,
    bound=Bound.ABOVE,
    shown_at=TOO_SHORT,
)
