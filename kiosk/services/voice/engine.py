"""The voice models in use, and encoding ahead of the end-point."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from kiosk.core.errors import ModelMissing
from kiosk.core.hearing.several_speakers import ear, judged, pieces_of
from kiosk.core.voice.heard import Heard
from kiosk.services.voice.second_voice import SecondVoice

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt

    from kiosk.core.hearing.audio import AudioClip
    from kiosk.core.hearing.speech import Speech
    from kiosk.core.ports import ModelCard, ModelShelf, SpeakerEncoder
    from kiosk.core.voice.calibration import Calibration
    from kiosk.core.voice.embedding import Embedding


def _alone(model_id: str) -> str | None:
    """Return no second encoder for any first one."""
    del model_id
    return None


class VoiceEngine:
    """Holds the loaded models and encodes one recording at a time, from any thread.

    While the end-pointer still waits for more speech, :meth:`prepare` encodes what was said so
    far. If nothing more follows, :meth:`hear` finds the embeddings ready.

    Which models are chosen stands in the database, and other processes change it there. Whoever
    begins something new calls :meth:`follow`, so that all of them use the same ones.

    Attributes:
        changing: held by whoever changes the model, from the choice to the loaded model. Taken
            within no unit of work, for units of work are opened within it.
        second: the other model: it decides together with the first where scores of both can be
            fused, and else people are only enrolled with it.
        ahead_hits: how often the embeddings were ready.
        ahead_misses: how often they were not.
    """

    def __init__(self, shelf: ModelShelf) -> None:
        """Begin without a model."""
        self._shelf = shelf
        self.second = SecondVoice(shelf)
        self._encoder: SpeakerEncoder | None = None
        self._chosen: Callable[[], str] | None = None
        self._partner: Callable[[str], str | None] = _alone
        self._second_id: str | None = None
        self._changed: Callable[[], None] | None = None
        self._lock = threading.Lock()
        # Loading takes a while, in which the lock above must stay free: the present model serves.
        self.changing = threading.Lock()
        self._ahead: tuple[tuple[str, bytes], Heard] | None = None
        self._cohorts: dict[str, npt.NDArray[np.float32] | None] = {}
        self.ahead_hits = 0
        self.ahead_misses = 0

    @property
    def ready(self) -> bool:
        """Return whether a model is loaded."""
        return self._encoder is not None

    @property
    def card(self) -> ModelCard:
        """Return the first model in use.

        Raises:
            ModelMissing: none is loaded yet.
        """
        return self._loaded().card

    @property
    def deciding(self) -> tuple[str, ...]:
        """Return the loaded models that decide, the first one first.

        Raises:
            ModelMissing: none is loaded yet.
        """
        # Without the lock: who asks within a transaction must not wait for somebody's encoding.
        second, first = self._second_id, self._loaded().card.model_id
        return (first,) if second in (None, first) else (first, second)

    def load(self, model_id: str) -> None:
        """Load a model in the place of the present one, which stays in use when that fails.

        The second one is loaded with it where it decides too.

        Raises:
            ModelMissing: it is not installed.
            ModelAltered: a file differs from its manifest.
            ModelRefused: it is not a model that this program loads.
        """
        self.use(self._shelf.load(model_id))

    def choose_with(
        self, chosen: Callable[[], str], partner: Callable[[str], str | None] = _alone
    ) -> None:
        """Learn whom to ask for the models to use.

        Args:
            chosen: returns the ID of the first one.
            partner: returns the ID of the second one that decides with this first one, or None.
        """
        self._chosen = chosen
        self._partner = partner

    def when_changed(self, told: Callable[[], None]) -> None:
        """Learn whom to tell, at once and from any thread, that other models are loaded."""
        self._changed = told

    def follow(self) -> None:
        """Load the models that are chosen by now, if others are loaded.

        Cheap otherwise: two values are read. Of several threads one loads them, and the others
        wait for it. Where they cannot be used, nobody is compared: the present ones are not what
        other processes use. Before the first :meth:`load`, this does nothing.

        Never to be called within a unit of work.

        Raises:
            ModelMissing, ModelAltered, ModelRefused: a chosen model cannot be used.
            StorageError: it is not known which ones are chosen.
        """
        if self._chosen is None or not self.ready or self._uses(self._chosen()):
            return
        with self.changing:
            # Asked again: meanwhile another thread may have loaded it, or chosen another one.
            wanted = self._chosen()
            if self._uses(wanted):
                return
            if self.card.model_id != wanted:
                # The two have changed places, or the other one is not needed any more.
                self.second.unload()
                self.load(wanted)
            else:
                self.use(self._loaded())

    def partner(self, model_id: str) -> str | None:
        """Return the installed model with which this first one was measured, or None."""
        installed = {card.model_id for card in self._shelf.models()}
        pairs = (each.models for each in self._shelf.calibrations())
        return next(
            (pair[1] for pair in pairs if pair[0] == model_id and set(pair[1:]) & installed), None
        )

    def calibrations(self, models: tuple[str, ...]) -> tuple[Calibration, ...]:
        """Return what was measured about these deciding models together, then about each alone.

        Nothing where they were not measured together.
        """
        known = {each.models: each for each in self._shelf.calibrations()}
        wanted = dict.fromkeys((models, *((each,) for each in models)))
        return tuple(known[each] for each in wanted if each in known) if models in known else ()

    def use(self, encoder: SpeakerEncoder) -> None:
        """Put a loaded model in the place of the present one, and load the one that decides too.

        Raises:
            ModelMissing, ModelAltered, ModelRefused: the second one cannot be used.
        """
        first = encoder.card.model_id
        second = self._partner(first)
        if second is not None:
            self.second.load(second)
        # Read now: the scorer is made within a transaction, and whether a model is still what was
        # installed is asked of the database.
        cohorts = {each: self._shelf.cohort(each) for each in (first, second) if each is not None}
        with self._lock:
            self._cohorts |= cohorts
            self._encoder = encoder
            self._second_id = second
            self._drop_ahead()
        if self._changed is not None:
            self._changed()

    def cohort(self, model_id: str) -> npt.NDArray[np.float32] | None:
        """Return how a model hears other people, read once; None when it comes without.

        Args:
            model_id: of an installed model.

        Returns:
            Shape ``(people, dim)``, rows of unit norm, read-only.

        Raises:
            ModelMissing, ModelAltered, ModelRefused: it cannot be read.
        """
        if model_id not in self._cohorts:
            self._cohorts[model_id] = self._shelf.cohort(model_id)
        return self._cohorts[model_id]

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
                self._ahead = (key, self._heard(speech))

    def hear(self, speech: Speech) -> tuple[Heard, ModelCard]:
        """Return what the deciding models make of the first to the last speech sample.

        Returns:
            It, and the first model. That is not always the one of :attr:`card` a moment ago:
            another thread may have changed it.

        Raises:
            ModelMissing: no model is loaded.
            ModelAltered, ModelRefused: the second one cannot be used.
            BadAudio: the speech is too short to be encoded.
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
            return self._heard(speech), encoder.card

    def encode(self, speech: Speech) -> Embedding:
        """Return what the first model makes of the speech; raises as :meth:`hear`."""
        with self._lock:
            return self._loaded().encode(speech.trimmed)

    def encode_clip(self, clip: AudioClip, *, second: bool = False) -> Embedding:
        """Return the embedding of a whole clip, silence included, as SpeechBrain would.

        Args:
            clip: at the models' rate.
            second: by the second model that decides, and not by the first one.
        """
        with self._lock:
            if second and self._second_id is not None:
                return self.second.encode_clip(self._second_id, clip)
            return self._loaded().encode(clip)

    def forget(self) -> None:
        """Overwrite and drop what was encoded ahead: the attempt is over."""
        with self._lock:
            self._drop_ahead()

    def _heard(self, speech: Speech) -> Heard:
        encoder, pieces = self._loaded(), pieces_of(speech.activity)
        first, second = encoder.card.model_id, self._second_id
        # Pieces take time, and one encoder decides about them.
        listens = ear((first,) if second is None else (first, second))
        made = [encoder.encode_with(speech.trimmed, pieces if listens == first else None)]
        if second is not None:
            given = pieces if listens == second else None
            made.append(self.second.encode_with(second, speech.trimmed, given))
        rows = {embedding.model_id: heard for embedding, heard in made}
        speakers = judged(rows, pieces)
        for heard in rows.values():
            heard.fill(0.0)
        return Heard(tuple(embedding for embedding, _ in made), speakers)

    def _drop_ahead(self) -> None:
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            ahead[1].wipe()

    def _uses(self, model_id: str) -> bool:
        encoder, second = self._encoder, self._second_id
        if encoder is None or encoder.card.model_id != model_id:
            return False
        return second == self._partner(model_id)

    def _loaded(self) -> SpeakerEncoder:
        encoder = self._encoder
        if encoder is None:
            raise ModelMissing("The voice model is not loaded yet.", hint="Wait a moment.")
        return encoder
