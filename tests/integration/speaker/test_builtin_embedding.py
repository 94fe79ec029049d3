"""The built-in model computes today what it computed when it was shipped."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.hearing.audio import AudioClip

if TYPE_CHECKING:
    from kiosk.speaker.shelf import FolderModelShelf

MODEL = "ecapa-kiosk-2"
PINNED = (
    "3C64qXOrLyUSsiQfMKTjMOuVYrB1qPYky7FxJWwo+Co1KdioJK10p5QqpiNAJ50rEqc3LOSuwKS+IMYtb6+P"
    "pxIrR6gULN6rH6qeMCUfIDBuLeKqyCx4oX0ePiDrqZSwEq1Cp0IuZagNrGSqyCyFLL8sRarJKqSqBSYRLs2w"
    "CS8MqJSkhSxTrV4piaFYJgmw0ik2Mbss/aSHG7cs5Zm8rGWspCJIpY6seSOgJYirq610rByk+iykrAGUfaFR"
    "LQItdCqnrMyg/65fKa6cmi3KpfynjB+uqh4x3y+YoAimPKVlMO8wqKdNL6msualKpAcqLSqkpvApAiWBLjys"
    "DLGnLikh+yl0JiEu26i6Ltwp/x43LPsnd6ZFKUYldaZ5n/8lCSHNpPcwDjFrJ3ygo6mMrfSrSS4TrbqnyieM"
    "r70qs4paqUygQiZirlMyMDCgobIo5Zx2sAwtLS3VoCesRKlPqwwpv6zKloivk6IBLuMsPCVJqmcsH6TDqZsq"
    "L6t4KYGj"
)
"""Half-precision numbers, little-endian, in base64."""


def signal() -> AudioClip:
    """Return two seconds of a voice-like buzz: harmonics of a wavering pitch under two formants."""
    time = np.arange(32_000) / 16_000
    phase = 2.0 * np.pi * (140.0 * time + 3.0 * np.sin(2.0 * np.pi * 2.5 * time))
    sound = np.zeros_like(time)
    for harmonic in range(1, 25):
        pitch = 140.0 * harmonic
        loud = sum(np.exp(-(((pitch - at) / 250.0) ** 2)) for at in (650.0, 1_700.0)) + 0.02
        sound += loud * np.sin(harmonic * phase)
    sound *= 0.6 + 0.4 * np.sin(2.0 * np.pi * 4.0 * time)
    return AudioClip((0.1 * sound).astype(np.float32))


def test_the_embedding_of_a_fixed_signal_stays_as_it_is(shelf: FolderModelShelf) -> None:
    pinned = np.frombuffer(base64.b64decode(PINNED), dtype="<f2").astype(np.float64)
    embedding = shelf.load(MODEL).encode(signal())
    assert embedding.vector.shape == pinned.shape == (192,)
    cosine = float(embedding.vector @ pinned / np.linalg.norm(pinned))
    # Libraries and processors differ by less than half precision does.
    assert cosine > 0.9999
