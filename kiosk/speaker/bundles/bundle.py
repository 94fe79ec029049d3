"""A voice model on disk: a folder of files whose hashes its manifest records.

Nothing in the folder is parsed before every file has been hashed. The manifest is not signed: it
shows damage and careless edits, and it ties voiceprints to exact weights. Who may write into the
folder may write a new manifest too, so the folder must be writable by its owner alone.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Self

from kiosk.core.errors import ModelAltered, ModelRefused
from kiosk.core.ports import ModelCard
from kiosk.speaker.bundles.cohort import MAX_COHORT_BYTES, parse_cohort
from kiosk.speaker.bundles.manifest import (
    COHORT,
    MANIFEST,
    Manifest,
    ThresholdEntry,
    is_plain_name,
    read_manifest,
    sha256_of,
)

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from kiosk.speaker.bundles.manifest import Architecture


@dataclass(frozen=True)
class Bundle:
    """A folder with a valid manifest; its files are only trusted after :meth:`verify`."""

    folder: Path
    manifest: Manifest

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Read the manifest and nothing else.

        Raises:
            ModelRefused: there is no valid manifest.
        """
        return cls(folder, read_manifest(folder))

    def verify(self) -> None:
        """Compare every file with the manifest.

        Raises:
            ModelAltered: a file is missing or has another hash.
            ModelRefused: a file is a link or not a regular file.
        """
        for name, expected in self.manifest.files.items():
            path = self.folder / name
            if path.is_symlink() or (path.exists() and not path.is_file()):
                raise ModelRefused(f"{name} of voice model {self.folder.name} is not a file.")
            try:
                actual = sha256_of(path)
            except OSError as exc:
                raise ModelAltered(
                    f"{name} of voice model {self.manifest.model_id} is missing or unreadable."
                ) from exc
            if actual != expected:
                raise ModelAltered(
                    f"{name} of voice model {self.manifest.model_id} was changed or damaged."
                )

    def file(self, name: str) -> Path:
        """Return the path of a file that the manifest lists.

        Raises:
            ModelRefused: it is not listed, so nobody has vouched for it.
        """
        if name not in self.manifest.files:
            raise ModelRefused(f"{name} is not listed in the manifest of {self.folder.name}.")
        return self.folder / name

    def card(self, *, builtin: bool) -> ModelCard:
        """Return what is known about the model."""
        known = self.manifest
        return ModelCard(
            model_id=known.model_id,
            title=known.title,
            folder=self.folder,
            dim=known.embedding_size,
            normalize=known.normalize,
            threshold=known.threshold.value,
            threshold_basis=known.threshold.basis,
            licence=known.licence,
            builtin=builtin,
            architecture=known.architecture,
            fingerprint=known.fingerprint,
        )

    def cohort(self) -> npt.NDArray[np.float32] | None:
        """Return the cohort for normalizing scores, or None when the model comes without one.

        Its hash is compared here, so it may be asked for without :meth:`verify`.

        Returns:
            float32, shape ``(people, embedding_size)``, rows of unit norm, read-only.

        Raises:
            ModelAltered: the file is missing or differs from the manifest.
            ModelRefused: it is too large, or no such array.
        """
        expected = self.manifest.files.get(COHORT)
        if expected is None:
            return None
        path = self.folder / COHORT
        if path.is_symlink():
            raise ModelRefused(f"{COHORT} of voice model {self.folder.name} is not a file.")
        try:
            with path.open("rb") as stream:
                data = stream.read(MAX_COHORT_BYTES + 1)
        except OSError as exc:
            raise ModelAltered(
                f"{COHORT} of voice model {self.manifest.model_id} is missing or unreadable."
            ) from exc
        if len(data) <= MAX_COHORT_BYTES and hashlib.sha256(data).hexdigest() != expected:
            raise ModelAltered(
                f"{COHORT} of voice model {self.manifest.model_id} was changed or damaged."
            )
        return parse_cohort(data, self.manifest.embedding_size)


def hash_files(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file in a folder but the manifest, by name.

    Raises:
        ModelRefused: it holds a folder, a link, or a name that no manifest may list.
        OSError: a file cannot be read.
    """
    hashes = {}
    for path in sorted(folder.iterdir()):
        if path.name == MANIFEST:
            continue
        if path.is_symlink() or not path.is_file() or not is_plain_name(path.name):
            raise ModelRefused(f"{path.name} does not belong into a voice model.")
        hashes[path.name] = sha256_of(path)
    return hashes


def write_manifest(
    folder: Path,
    *,
    model_id: str,
    title: str,
    embedding_size: int,
    normalize: bool,
    threshold: float,
    threshold_basis: str,
    licence: str,
    source: str,
    architecture: Architecture = "ecapa",
    created: date | None = None,
) -> Bundle:
    """Write, or write anew, the manifest of everything that lies in a folder.

    Used when a model is imported, and by whoever maintains the built-in one.

    Args:
        folder: holds the files of the model and nothing else.
        model_id: lower-case letters, digits, ``.``, ``_`` and ``-``.
        title: one line for people.
        embedding_size: dimensions of an embedding.
        normalize: whether the global embedding mean is subtracted.
        threshold: default threshold of the cosine score, from
            :data:`kiosk.core.policies.LEAST_THRESHOLD` to 1.
        threshold_basis: how that was found, one line.
        licence: SPDX identifier or words.
        source: where the weights come from, one line.
        architecture: the network that the weights belong to.
        created: the day to record; None for today (UTC).

    Raises:
        ModelRefused: a file does not belong there or cannot be read, or the folder not written.
        ValueError: a value is not permitted in a manifest.
    """
    try:
        manifest = Manifest(
            model_id=model_id,
            title=title,
            architecture=architecture,
            embedding_size=embedding_size,
            normalize=normalize,
            threshold=ThresholdEntry(value=threshold, basis=threshold_basis),
            licence=licence,
            source=source,
            created=created or datetime.now(UTC).date(),
            files=hash_files(folder),
        )
        _replace(folder / MANIFEST, manifest.model_dump_json(indent=2) + "\n")
    except OSError as exc:
        raise ModelRefused(f"The manifest of {folder.name} cannot be written.") from exc
    return Bundle(folder, manifest)


def _replace(path: Path, text: str) -> None:
    """Write a file so that it is either the old or the new one, whatever happens meanwhile."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        fresh.replace(path)
    finally:
        with suppress(FileNotFoundError):
            fresh.unlink()
