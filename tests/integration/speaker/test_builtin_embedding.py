"""The built-in model computes today what it computed when it was shipped."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.audio import AudioClip

if TYPE_CHECKING:
    from kiosk.speaker.shelf import FolderModelShelf

MODEL = "ecapa-kiosk-1"
PINNED = (
    "dio8q06peJyMsbmnYqp6L6ap9q0drSwrUrHQLFcqSShCKO6q0aflmyUp6ymkHsorHa6QJFewC6UOJScv"
    "fa7IoZosLRyrKjWt9azmMA0sCjH9LaerQCswquWpHx+xq/mv5a7vnZgoHh9UrBqpwp3oKYQskKhcIoun"
    "3aR8LJyv5ywyq/ChXCcmrGQqXCoXpA2vSykwMRkozaLOo8suFKWCqxqvnB9hHX6peaSVGxqr1K3drCKp"
    "Vij4rVURryPrLJgtvShqqyOlG7DpJ0yeBy0mrSiozKXXpRouNzDAqSKZjpz4MKkvkqQpMM+tqqqmKSgu"
    "dKNErXko0CZJMBKsjbG7K1cjpyglhsUrviB5LlQptqMiKpmo1asfJqEtPRsiISUqoym9FugwFjEHI7sl"
    "VKwAsHuskS5Vq4MdbStGrSMpEZ3nosmoDSOOsLIxkS76phosQCJpsWotACzCpFeud6b0oHYkN634pPaw"
    "K5xXL6Iroh1LqoIq2aaaIO4uUyEVIvUf"
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
