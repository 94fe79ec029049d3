"""The manifest of a voice model: what it is and the hash of every file that belongs to it."""

from __future__ import annotations

import hashlib
import re
from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from kiosk.core.errors import ModelRefused
from kiosk.core.policies import LEAST_THRESHOLD
from kiosk.core.records.canonical import canonical

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = "manifest.json"
HYPERPARAMS = "hyperparams.yaml"
WEIGHTS = "embedding_model.ckpt"
"""Where the weights of the network lie unless ``hyperparams.yaml`` says otherwise."""
COHORT = "cohort.npy"
"""Embeddings of other people, one a row, for normalizing scores; a model may come without."""
MAX_MANIFEST_BYTES = 64 * 1024
MAX_FILE_BYTES = 512 * 1024 * 1024
"""Six times the largest ECAPA-TDNN in use; a bound for what is read into memory."""
MAX_FILES = 16

_TO_READ = ("MODEL_CARD", "LICENSE", "NOTICE")
"""Beginnings of names of files that are for people."""
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_BLOCK = 1 << 20

Architecture = Literal["ecapa", "campplus"]
ModelId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,79}$")]
Line = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f]+$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ThresholdEntry(BaseModel):
    """Default threshold of the cosine score and how it was found.

    Embeddings of strangers scatter around 0: a model whose threshold is not clearly above that
    accepts everybody, and is not used.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    value: Annotated[float, Field(ge=LEAST_THRESHOLD, lt=1.0, allow_inf_nan=False)]
    basis: Line


class Manifest(BaseModel):
    """Contents of ``manifest.json``; nothing unknown, nothing unbounded.

    Attributes:
        model_id: identity of the model, part of every voiceprint.
        architecture: which network the weights belong to, and so who loads them.
        normalize: whether the global mean of ``mean_var_norm_emb`` is subtracted from embeddings.
        created: day on which the manifest was written.
        files: SHA-256 in hexadecimal digits of each file, by its plain name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    schema_version: Literal[1] = 1
    model_id: ModelId
    title: Line
    architecture: Architecture = "ecapa"
    sample_rate: Literal[16_000] = 16_000
    embedding_size: Annotated[int, Field(ge=8, le=4096)]
    normalize: bool
    threshold: ThresholdEntry
    licence: Line
    source: Line
    created: Annotated[date, Field(strict=False)]
    files: Annotated[dict[str, Digest], Field(min_length=2, max_length=MAX_FILES)]

    @property
    def fingerprint(self) -> str:
        """Return 64 hexadecimal digits that change with everything that decides over anybody.

        Texts for people and the day do not count: the same model, installed again or by another
        version of the program, is the same.
        """
        decisive = {
            "model_id": self.model_id,
            "architecture": self.architecture,
            "embedding_size": self.embedding_size,
            "normalize": self.normalize,
            "threshold": self.threshold.value,
            "files": {
                name: digest for name, digest in self.files.items() if not name.startswith(_TO_READ)
            },
        }
        return hashlib.sha256(canonical(decisive).encode("utf-8")).hexdigest()

    @field_validator("files")
    @classmethod
    def _plain_names(cls, files: dict[str, str]) -> dict[str, str]:
        for name in files:
            if not is_plain_name(name) or name == MANIFEST:
                raise ValueError(f"'{name}' is not a plain file name")
        if HYPERPARAMS not in files:
            raise ValueError(f"'{HYPERPARAMS}' is not among the files")
        return files


def is_plain_name(name: str) -> bool:
    """Return whether a name stays within its folder on every system: no separators, no dots."""
    return _PLAIN_NAME.fullmatch(name) is not None


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a bundle.

    Raises:
        ModelRefused: it is missing, too large, or not a manifest of this version.
    """
    path = folder / MANIFEST
    try:
        if path.is_symlink():
            raise ModelRefused(f"{MANIFEST} of {folder.name} is a link.")
        with path.open("rb") as stream:
            text = stream.read(MAX_MANIFEST_BYTES + 1)
    except OSError as exc:
        raise ModelRefused(f"{folder.name} has no readable {MANIFEST}.") from exc
    if len(text) > MAX_MANIFEST_BYTES:
        raise ModelRefused(f"{MANIFEST} of {folder.name} is too large.")
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ModelRefused(
            f"{MANIFEST} of {folder.name} is not valid: {where}: {first['msg']}."
        ) from exc


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits.

    Raises:
        OSError: it cannot be read.
        ModelRefused: it is larger than any voice model.
    """
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            size += len(block)
            if size > MAX_FILE_BYTES:
                raise ModelRefused(f"{path.name} is too large for a voice model.")
            digest.update(block)
    return digest.hexdigest()
