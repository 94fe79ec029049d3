"""The real voice models, which the tests of one process need not load and ask again and again.

What they say of a sound is remembered: many tests say the same few sentences.
"""

from __future__ import annotations

import hashlib
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from kiosk.core.voice.embedding import Embedding
from kiosk.resources import resources_dir
from kiosk.speaker.encoders.encoder import ClipEncoder
from kiosk.speaker.encoders.loading import load_encoder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kiosk.core.hearing.audio import AudioClip
    from kiosk.core.hearing.several_speakers import Pieces
    from kiosk.speaker.bundles.bundle import Bundle
    from kiosk.speaker.encoders.encoder import Raw


class Hearing:
    """What was loaded and heard so far, by the tests of one process."""

    def __init__(self) -> None:
        self._load = _loading()
        self._encode = _remembering()

    @contextmanager
    def used(self) -> Iterator[None]:
        """Load each built-in model once, and hear each sound once."""
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("kiosk.speaker.shelf.load_encoder", self._load)
            patched.setattr(ClipEncoder, "encode_with", self._encode)
            yield


def _loading() -> Any:
    builtin_folder = resources_dir() / "models"
    loaded: dict[Path, ClipEncoder] = {}

    def once(bundle: Bundle, *, builtin: bool = False, threads: int | None = None) -> ClipEncoder:
        if bundle.folder.parent != builtin_folder:
            return load_encoder(bundle, builtin=builtin, threads=threads)
        if bundle.folder not in loaded:
            loaded[bundle.folder] = load_encoder(bundle, builtin=builtin, threads=threads)
        return loaded[bundle.folder]

    return once


def _remembering() -> Any:
    encode = ClipEncoder.encode_with
    heard: weakref.WeakKeyDictionary[ClipEncoder, dict[Any, tuple[Embedding, Raw]]]
    heard = weakref.WeakKeyDictionary()

    def encode_with(
        self: ClipEncoder, clip: AudioClip, pieces: Pieces | None
    ) -> tuple[Embedding, Raw]:
        known = heard.setdefault(self, {})
        key = clip.rate, hashlib.blake2b(clip.samples.tobytes()).digest(), pieces
        if key not in known:
            known[key] = encode(self, clip, pieces)
        embedding, rows = known[key]
        # Copies: whoever has compared them overwrites them.
        return Embedding(embedding.vector.copy(), embedding.model_id), rows.copy()

    return encode_with
