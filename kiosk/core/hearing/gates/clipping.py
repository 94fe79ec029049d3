"""Was the voice too loud?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.hearing.gates.gate import Bound, Display, Gate, Measure
from kiosk.core.words import QT_TRANSLATE_NOOP, Words

if TYPE_CHECKING:
    from kiosk.core.hearing.audio import Samples

FULL_SCALE = 0.985
"""Magnitude that counts as clipped. Below 1: resampling rounds the flat tops of clipped waves."""


def clipping(voice: Samples) -> float:
    """Return the share of samples at full scale, in [0, 1]."""
    return float(np.mean(np.abs(voice) >= FULL_SCALE)) if len(voice) else 0.0


CLIPPING = Measure("Share of speech samples at full scale.", 0.0, lambda _, voice: clipping(voice))

CLIPPED = Gate(
    code="clipped",
    advice="The voice was too loud and is distorted. Step back a little.",
    words=Words(
        QT_TRANSLATE_NOOP("messages", "Too close: step back a little"),
        QT_TRANSLATE_NOOP("messages", "Your voice is so loud that it is distorted."),
        "alert-triangle",
    ),
    measure=CLIPPING,
    limit=lambda policy: policy.max_clipping,
    bound=Bound.BELOW,
    display=Display(
        QT_TRANSLATE_NOOP("figures", "Clipping"),
        "%",
        place=4,
        digits=1,
        limit_digits=0,
        convert=lambda share: 100 * share,
    ),
)
