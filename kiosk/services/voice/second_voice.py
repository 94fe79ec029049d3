"""The second voice model: people are enrolled with it too, and it decides where it can."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kiosk.core.errors import ModelAltered, ModelMissing, ModelRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kiosk.core.hearing.audio import AudioClip
    from kiosk.core.hearing.several_speakers import Pieces, Rows
    from kiosk.core.hearing.speech import Speech
    from kiosk.core.ports import ModelCard, ModelShelf, SpeakerEncoder
    from kiosk.core.voice.embedding import Embedding


class SecondVoice:
    """Loads the second model when it is needed, and keeps it; safe from any thread."""

    def __init__(self, shelf: ModelShelf) -> None:
        """Load nothing yet."""
        self._shelf = shelf
        self._encoder: SpeakerEncoder | None = None
        self._lock = threading.Lock()

    def load(self, model_id: str) -> ModelCard:
        """Load this model unless it is loaded already.

        Raises:
            ModelMissing, ModelAltered, ModelRefused: it cannot be used; the message says that it
                is the second model, and how to do without it.
        """
        with self._lock:
            return self._loaded(model_id).card

    def encode(self, model_id: str, speech: Speech) -> Embedding:
        """Return the embedding from the first to the last speech sample.

        Raises:
            ModelMissing, ModelAltered, ModelRefused: see :meth:`load`.
            BadAudio: the speech is too short to be encoded.
        """
        return self.encode_clip(model_id, speech.trimmed)

    def encode_clip(self, model_id: str, clip: AudioClip) -> Embedding:
        """Return the embedding of a whole clip; raises as :meth:`encode`."""
        with self._lock:
            return self._loaded(model_id).encode(clip)

    def encode_with(
        self, model_id: str, clip: AudioClip, pieces: Pieces | None
    ) -> tuple[Embedding, Rows]:
        """Return the embedding of a clip and those of pieces of it; raises as :meth:`encode`."""
        with self._lock:
            return self._loaded(model_id).encode_with(clip, pieces)

    def unload(self) -> None:
        """Give its memory back."""
        with self._lock:
            self._encoder = None

    def _loaded(self, model_id: str) -> SpeakerEncoder:
        encoder = self._encoder
        if encoder is None or encoder.card.model_id != model_id:
            self._encoder = None  # never two of them in memory
            with _named():
                encoder = self._encoder = self._shelf.load(model_id)
        return encoder


@contextmanager
def _named() -> Iterator[None]:
    """Say of an error that it is about the second model."""
    try:
        yield
    except (ModelMissing, ModelAltered, ModelRefused) as exc:
        raise type(exc)(
            f"People are to be enrolled with a second voice model, too. {exc.message}",
            hint="Install it again, or do without it: 'kiosk model also none'.",
        ) from exc
