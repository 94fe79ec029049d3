"""The voice model in use, and encoding ahead of the end-point."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from kiosk.core.errors import ModelMissing
from kiosk.services.second_voice import SecondVoice

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt

    from kiosk.core.audio import AudioClip
    from kiosk.core.embedding import Embedding
    from kiosk.core.ports import ModelCard, ModelShelf, SpeakerEncoder
    from kiosk.core.speech import Speech


class VoiceEngine:
    """Holds the loaded model and encodes one recording at a time, from any thread.

    While the end-pointer still waits for more speech, :meth:`prepare` encodes what was said so
    far. If nothing more follows, :meth:`encode` finds the embedding ready.

    Which model is chosen stands in the database, and other processes change it there. Whoever
    begins something new calls :meth:`follow`, so that all of them use the same one.

    Attributes:
        changing: held by whoever changes the model, from the choice to the loaded model. Taken
            within no unit of work, for units of work are opened within it.
        second: the model with which people are enrolled, too.
        ahead_hits: how often the embedding was ready.
        ahead_misses: how often it was not.
    """

    def __init__(self, shelf: ModelShelf) -> None:
        """Begin without a model."""
        self._shelf = shelf
        self.second = SecondVoice(shelf)
        self._encoder: SpeakerEncoder | None = None
        self._chosen: Callable[[], str] | None = None
        self._lock = threading.Lock()
        # Loading takes a while, in which the lock above must stay free: the present model serves.
        self.changing = threading.Lock()
        self._ahead: tuple[tuple[str, bytes], Embedding] | None = None
        self._cohort: tuple[str, npt.NDArray[np.float32] | None] | None = None
        self.ahead_hits = 0
        self.ahead_misses = 0

    @property
    def ready(self) -> bool:
        """Return whether a model is loaded."""
        return self._encoder is not None

    @property
    def card(self) -> ModelCard:
        """Return the model in use.

        Raises:
            ModelMissing: none is loaded yet.
        """
        return self._loaded().card

    def load(self, model_id: str) -> None:
        """Load a model in the place of the present one, which stays in use when that fails.

        Raises:
            ModelMissing: it is not installed.
            ModelAltered: a file differs from its manifest.
            ModelRefused: it is not a model that this program loads.
        """
        self.use(self._shelf.load(model_id))

    def choose_with(self, chosen: Callable[[], str]) -> None:
        """Learn what :meth:`follow` asks for the ID of the model to use."""
        self._chosen = chosen

    def follow(self) -> None:
        """Load the model that is chosen by now, if it is another one than is loaded.

        Cheap otherwise: one value is read. Of several threads one loads the model, and the others
        wait for it. Where it cannot be used, nobody is compared: the present one is not what
        other processes use. Before the first :meth:`load`, this does nothing.

        Never to be called within a unit of work.

        Raises:
            ModelMissing, ModelAltered, ModelRefused: the chosen model cannot be used.
            StorageError: it is not known which one is chosen.
        """
        if self._chosen is None or not self.ready or self._uses(self._chosen()):
            return
        with self.changing:
            # Asked again: meanwhile another thread may have loaded it, or chosen another one.
            wanted = self._chosen()
            if not self._uses(wanted):
                self.load(wanted)
                # The two have changed places, or it is not needed any more.
                self.second.unload()

    def use(self, encoder: SpeakerEncoder) -> None:
        """Put a loaded model in the place of the present one."""
        with self._lock:
            self._encoder = encoder
            self._drop_ahead()

    def cohort(self, model_id: str) -> npt.NDArray[np.float32] | None:
        """Return how a model hears other people, read once; None when it comes without.

        Args:
            model_id: of an installed model.

        Returns:
            Shape ``(people, dim)``, rows of unit norm, read-only.

        Raises:
            ModelMissing, ModelAltered, ModelRefused: it cannot be read.
        """
        known = self._cohort
        if known is None or known[0] != model_id:
            self._cohort = known = (model_id, self._shelf.cohort(model_id))
        return known[1]

    def prepare(self, speech: Speech) -> None:
        """Encode the speech so far, in case nothing more follows.

        Raises:
            ModelMissing: no model is loaded.
            BadAudio: the speech is too short to be encoded.
        """
        key = speech.key
        with self._lock:
            if self._ahead is None or self._ahead[0] != key:
                self._drop_ahead()
                self._ahead = (key, self._loaded().encode(speech.trimmed))

    def encode(self, speech: Speech) -> Embedding:
        """Return the embedding from the first to the last speech sample.

        Raises:
            ModelMissing: no model is loaded.
            BadAudio: the speech is too short to be encoded.
        """
        return self.encode_by(speech)[0]

    def encode_by(self, speech: Speech) -> tuple[Embedding, ModelCard]:
        """Return what :meth:`encode` does, and the model that made it.

        That is not always the one of :attr:`card` a moment ago: another thread may have changed it.

        Raises:
            ModelMissing, BadAudio: see :meth:`encode`.
        """
        key = speech.key
        with self._lock:
            # Within the lock, here as elsewhere: the model may be changed by another thread.
            encoder = self._loaded()
            ahead = self._ahead
            if ahead is not None and ahead[0] == key and speech.attempt_id:
                self._ahead = None
                self.ahead_hits += 1
                return ahead[1], encoder.card
            self._drop_ahead()
            if speech.attempt_id:
                self.ahead_misses += 1
            return encoder.encode(speech.trimmed), encoder.card

    def encode_clip(self, clip: AudioClip) -> Embedding:
        """Return the embedding of a whole clip, silence included, as SpeechBrain would."""
        with self._lock:
            return self._loaded().encode(clip)

    def forget(self) -> None:
        """Overwrite and drop what was encoded ahead: the attempt is over."""
        with self._lock:
            self._drop_ahead()

    def _drop_ahead(self) -> None:
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            ahead[1].wipe()

    def _uses(self, model_id: str) -> bool:
        encoder = self._encoder
        return encoder is not None and encoder.card.model_id == model_id

    def _loaded(self) -> SpeakerEncoder:
        encoder = self._encoder
        if encoder is None:
            raise ModelMissing("The voice model is not loaded yet.", hint="Wait a moment.")
        return encoder
