"""Was anything said, and enough?"""

from __future__ import annotations

from kiosk.core.hearing.gates.gate import Bound, Display, Gate, Measure
from kiosk.core.words import QT_TRANSLATE_NOOP, Words

NET_SPEECH = Measure("Net speech in seconds.", 5.78, lambda speech, _: speech.activity.net_seconds)

TOO_SHORT = Gate(
    code="too_short",
    advice="Too little speech was heard. Say the whole sentence.",
    words=Words(
        QT_TRANSLATE_NOOP("messages", "Too little was heard"),
        QT_TRANSLATE_NOOP("messages", "Say the whole sentence."),
        "wave",
    ),
    measure=NET_SPEECH,
    limit=lambda policy: policy.min_net_s,
    display=Display(QT_TRANSLATE_NOOP("figures", "Speech"), "s", place=1, digits=1),
)

NO_SPEECH = Gate(
    code="no_speech",
    advice="No speech was heard. Speak towards the microphone.",
    words=Words(
        QT_TRANSLATE_NOOP("messages", "No speech was heard"),
        QT_TRANSLATE_NOOP("messages", "Speak towards the microphone after the sentence appears."),
        "microphone-off",
    ),
    measure=NET_SPEECH,
    limit=lambda _: 0.0,
    bound=Bound.ABOVE,
    shown_at=TOO_SHORT,
)
