"""Was the voice too quiet?"""

from __future__ import annotations

from kiosk.core.hearing.audio import dbfs
from kiosk.core.hearing.gates.gate import Display, Gate, Measure
from kiosk.core.words import QT_TRANSLATE_NOOP, Words

LEVEL = Measure(
    "Level of the speech in dB relative to full scale.", -18.2, lambda _, voice: dbfs(voice)
)

TOO_QUIET = Gate(
    code="too_quiet",
    advice="The voice was too quiet. Speak a little louder, or come closer.",
    words=Words(
        QT_TRANSLATE_NOOP("messages", "Speak a little louder"),
        QT_TRANSLATE_NOOP("messages", "Coming closer helps too."),
        "speaker",
    ),
    measure=LEVEL,
    limit=lambda policy: policy.min_level_dbfs,
    display=Display(QT_TRANSLATE_NOOP("figures", "Level"), "dBFS", place=3),
)
