"""One recording, and one person, as every encoder in use hears them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kiosk.core.errors import EnrollmentRefused
from kiosk.core.hearing.several_speakers import Speakers
from kiosk.core.voice.embedding import Voiceprint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.core.voice.embedding import Embedding


@dataclass(frozen=True, eq=False)
class Heard:
    """A recording as the encoders hear it.

    Attributes:
        embeddings: one of each encoder, the kiosk's first one first.
        speakers: whether there is more than one within it.
    """

    embeddings: tuple[Embedding, ...]
    speakers: Speakers = field(default_factory=Speakers)

    @property
    def model_ids(self) -> tuple[str, ...]:
        """Return the encoders, in their order."""
        return tuple(each.model_id for each in self.embeddings)

    def by(self, model_id: str) -> Embedding | None:
        """Return what one encoder made of it; None where that did not hear it."""
        return next((each for each in self.embeddings if each.model_id == model_id), None)

    def wipe(self) -> None:
        """Overwrite every vector; see :meth:`kiosk.core.voice.embedding.Embedding.wipe`."""
        for each in self.embeddings:
            each.wipe()


@dataclass(frozen=True, eq=False)
class Voice:
    """A person as the encoders know them.

    Attributes:
        voiceprints: at most one of each encoder; people who were enrolled before an encoder came
            have none of it.
    """

    voiceprints: tuple[Voiceprint, ...]

    @property
    def model_ids(self) -> tuple[str, ...]:
        """Return the encoders that know the person."""
        return tuple(each.model_id for each in self.voiceprints)

    def by(self, model_id: str) -> Voiceprint | None:
        """Return what one encoder knows of them; None where that is nothing."""
        return next((each for each in self.voiceprints if each.model_id == model_id), None)

    def wipe(self) -> None:
        """Overwrite every take."""
        for each in self.voiceprints:
            each.wipe()


def voice_of(takes: Sequence[Heard]) -> Voice:
    """Return the voice of some takes.

    Raises:
        EnrollmentRefused: they were not all heard by the same encoders.
    """
    heard_by = {take.model_ids for take in takes}
    if len(heard_by) != 1:
        raise EnrollmentRefused("The voice models were changed between these takes.")
    made = zip(*(take.embeddings for take in takes), strict=True)
    return Voice(tuple(Voiceprint(tuple(each)) for each in made))
