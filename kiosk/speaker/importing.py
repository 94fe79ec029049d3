"""Turns a folder of SpeechBrain files into an installed voice model."""

from __future__ import annotations

import errno
import hashlib
import re
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.errors import DiskFull, ModelRefused
from kiosk.core.hearing.audio import MODEL_RATE
from kiosk.speaker.bundles.bundle import Bundle, hash_files, write_manifest
from kiosk.speaker.bundles.manifest import HYPERPARAMS, MANIFEST
from kiosk.speaker.encoders.hyperparams import read_hyperparams
from kiosk.speaker.encoders.loading import load_encoder

if TYPE_CHECKING:
    from collections.abc import Iterator

IMPORT_THRESHOLD = 0.25
"""SpeechBrain's own default for the cosine score in ``verify_batch``."""
IMPORT_BASIS = (
    "SpeechBrain's default for ECAPA-TDNN on VoxCeleb, without subtracting the embedding mean; "
    "not measured here: choose one on recordings of this kiosk."
)
IMPORT_NORMALIZE = False
"""As ``verify_batch`` does since SpeechBrain 0.5.16; the threshold above belongs to it."""


@contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """Give a private empty folder beside the installed models; whatever is left in it is removed.

    Beside them, so that a finished model can be moved to its place in one step.

    Raises:
        ModelRefused: the folder cannot be written.
        DiskFull: no space is left.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        stage = Path(tempfile.mkdtemp(prefix=".install-", dir=folder))
    except OSError as exc:
        if exc.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull("There is no space left for voice models.") from exc
        raise ModelRefused(
            f"Voice models cannot be written to {folder}.",
            hint="Give this user write access to the data folder.",
        ) from exc
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def complete(stage: Path, name: str, *, licence: str, source: str | None) -> Bundle:
    """Return the bundle in a staging folder, with a manifest made for it if it has none.

    A manifest that came with the files is verified and kept as it is.

    Args:
        stage: the copied files.
        name: what people call the model; the identity is derived from it and the files.
        licence: recorded when there is no manifest.
        source: recorded when there is no manifest; None when only the name is known.

    Raises:
        ModelAltered: a file differs from the manifest that came along.
        ModelRefused: it is not a model that this program loads.
    """
    if (stage / MANIFEST).exists():
        bundle = Bundle.open(stage)
        bundle.verify()
        return bundle
    hyperparams = read_hyperparams(stage / HYPERPARAMS)
    loaded = [HYPERPARAMS, hyperparams.network_file]
    size = hyperparams.network.get("lin_neurons", 192)
    assert isinstance(size, int)
    shown = "".join(c for c in name if c.isprintable())[:80] or "Voice model"
    return write_manifest(
        stage,
        model_id=f"{_slug(name)}-{_digest(hash_files(stage), loaded)}",
        title=f"{shown} (imported)",
        embedding_size=size,
        normalize=IMPORT_NORMALIZE,
        threshold=IMPORT_THRESHOLD,
        threshold_basis=IMPORT_BASIS,
        licence=licence,
        source=source or f"Imported: {shown}",
    )


def try_out(bundle: Bundle, threads: int | None) -> None:
    """Load a bundle and encode two different sounds.

    Raises:
        ModelAltered: a file differs from the manifest.
        ModelRefused: it cannot be loaded, or turns every sound into the same embedding.
    """
    encoder = load_encoder(bundle, threads=threads)
    time = np.arange(2 * MODEL_RATE) / MODEL_RATE
    low = np.sign(np.sin(2 * np.pi * 120 * time)) * 0.1
    high = np.sign(np.sin(2 * np.pi * 210 * time)) * 0.1 * np.sin(2 * np.pi * 3 * time)
    one, other = (encoder.raw(sound.astype(np.float32)) for sound in (low, high))
    if np.allclose(one, other, rtol=1e-4, atol=1e-6):
        raise ModelRefused("The voice model does not tell sounds apart.")


def _slug(name: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-")
    return slug or "model"


def _digest(hashes: dict[str, str], loaded: list[str]) -> str:
    """Return eight digits that change with whatever changes the embeddings."""
    missing = [name for name in loaded if name not in hashes]
    if missing:
        raise ModelRefused(f"{missing[0]} is missing.")
    together = "\n".join(f"{name} {hashes[name]}" for name in loaded)
    return hashlib.sha256(f"{together}\nnormalize {IMPORT_NORMALIZE}".encode()).hexdigest()[:8]
