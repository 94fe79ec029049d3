"""Two synthetic voices in one take, heard by the encoders in the box."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from kiosk.core.hearing.audio import AudioClip
from kiosk.core.hearing.several_speakers import Speakers, judged, pieces_of
from kiosk.core.hearing.speech import find_speech
from tests.integration.speaker.conftest import VOICES
from tests.integration.speaker.support import detector

if TYPE_CHECKING:
    from kiosk.core.ports import SpeakerEncoder
    from kiosk.speaker.shelf import FolderModelShelf

Voices = dict[tuple[str, int], AudioClip]

pytestmark = pytest.mark.usefixtures("torch_ready")


def found(encoder: SpeakerEncoder, *clips: AudioClip) -> Speakers:
    """Return what is found in clips that are joined."""
    said = find_speech(AudioClip(np.concatenate([c.samples for c in clips])), detector())
    pieces = pieces_of(said.activity)
    embedding, rows = encoder.encode_with(said.trimmed, pieces)
    assert len(rows) == len(pieces.starts)
    return judged({embedding.model_id: rows}, pieces)


def test_two_voices_in_one_take_are_found(shelf: FolderModelShelf, speech: Voices) -> None:
    encoder = shelf.load("campplus")
    for other in ("awb", "rms"):
        assert found(encoder, speech["slt", 0], speech[other, 1]).several, other
        assert found(encoder, speech[other, 0], speech["slt", 1]).several, other
    for one in VOICES:
        assert not found(encoder, speech[one, 0]).several, one
        assert not found(encoder, speech[one, 0], speech[one, 1]).several, one


def test_the_first_encoder_alone_refuses_no_single_voice(
    shelf: FolderModelShelf, speech: Voices
) -> None:
    encoder = shelf.load("ecapa-kiosk-2")
    for one in VOICES:
        alone = found(encoder, speech[one, 0], speech[one, 1])
        assert not alone.several, one
        for other in set(VOICES) - {one}:
            mixed = found(encoder, speech[one, 0], speech[other, 1])
            assert mixed.agreement is not None
            assert alone.agreement is not None
            assert mixed.agreement < alone.agreement, (one, other)
