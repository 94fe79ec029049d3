"""Copies the files of a voice model out of a folder or a ZIP file, and nothing else."""

from __future__ import annotations

import errno
import fnmatch
import os
import stat
import zipfile
from typing import IO, TYPE_CHECKING

from kiosk.core.errors import DiskFull, ModelRefused
from kiosk.speaker.bundles.manifest import (
    COHORT,
    HYPERPARAMS,
    MANIFEST,
    MAX_FILE_BYTES,
    MAX_FILES,
    is_plain_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from kiosk.core.errors import KioskError

WANTED = (
    MANIFEST,
    HYPERPARAMS,
    "*.ckpt",
    COHORT,
    "label_encoder.txt",
    "MODEL_CARD.md",
    "LICENSE*",
    "NOTICE*",
)
"""What a voice model consists of; everything else that lies beside it is left behind."""
MAX_ENTRIES = 1_000
_BLOCK = 1 << 20
_ENCRYPTED = 0x1


def is_wanted(name: str) -> bool:
    """Return whether a file of this name belongs to a voice model."""
    return is_plain_name(name) and any(fnmatch.fnmatchcase(name, each) for each in WANTED)


def copy_folder(source: Path, target: Path, step: Callable[[float], None]) -> None:
    """Copy the files of a voice model into an empty folder.

    Args:
        source: a folder with ``hyperparams.yaml``.
        target: an existing empty folder.
        step: called with the share done, in [0, 1].

    Raises:
        ModelRefused: there is no ``hyperparams.yaml``, a file is a link or too large, or cannot be
            copied.
        DiskFull: no space is left.
    """
    try:
        found = sorted(path for path in source.iterdir() if is_wanted(path.name))
        _check_names(path.name for path in found)
        for index, path in enumerate(found):
            # A link may point at any file of this machine, which would then be copied.
            if path.is_symlink() or not path.is_file():
                raise ModelRefused(
                    f"{path.name} in {source.name} is a link or no file.",
                    hint="Copy the model with its links followed (cp -rL) and use the copy.",
                )
            with path.open("rb") as stream:
                copy_private(stream, target / path.name)
            step((index + 1) / len(found))
    except OSError as exc:
        raise copy_failed(exc, f"{source.name} cannot be copied") from exc


def unzip(archive: Path, target: Path, step: Callable[[float], None]) -> None:
    """Unpack the files of a voice model into an empty folder.

    They may lie at the top of the archive or in one folder of it. Nothing is ever written but
    plain names within the target, whatever the archive says.

    Args:
        archive: the ZIP file.
        target: an existing empty folder.
        step: called with the share done, in [0, 1].

    Raises:
        ModelRefused: it is damaged or encrypted, has names that lead out of it, links, too many
            or too large entries, or no ``hyperparams.yaml``.
        DiskFull: no space is left.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            found = _entries(opened)
            for index, (name, entry) in enumerate(sorted(found.items())):
                with opened.open(entry) as stream:
                    copy_private(stream, target / name)
                step((index + 1) / len(found))
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError) as exc:
        raise ModelRefused(f"{archive.name} is not a ZIP file, or is damaged.") from exc
    except OSError as exc:
        raise copy_failed(exc, f"{archive.name} cannot be unpacked") from exc
    except RuntimeError as exc:
        raise ModelRefused(f"{archive.name} cannot be unpacked.") from exc


def copy_failed(exc: OSError, what: str) -> KioskError:
    """Return what to tell when a file cannot be copied; ``what`` begins the sentence."""
    if exc.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(f"{what}: the disk is full.")
    return ModelRefused(f"{what}: {exc.strerror or exc}.", hint="Check that you may read it.")


def _entries(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return the wanted entries by their plain names, after every entry has been looked at."""
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise ModelRefused("The ZIP file has too many entries for a voice model.")
    for entry in entries:
        refuse_dangerous(entry)
    files = [entry for entry in entries if not entry.is_dir()]
    homes = {_split(e)[0] for e in files if _split(e)[1] == HYPERPARAMS and len(_split(e)[0]) <= 1}
    if len(homes) != 1:
        raise ModelRefused(f"The ZIP file must hold one {HYPERPARAMS}, not {len(homes)}.")
    (home,) = homes
    found: dict[str, zipfile.ZipInfo] = {}
    for entry in files:
        folder, name = _split(entry)
        if folder != home or not is_wanted(name):
            continue
        if name in found:
            raise ModelRefused(f"The ZIP file holds {name} twice.")
        found[name] = entry
    _check_names(found)
    return found


def _split(entry: zipfile.ZipInfo) -> tuple[tuple[str, ...], str]:
    *folder, name = entry.filename.split("/")
    return tuple(folder), name


def refuse_dangerous(entry: zipfile.ZipInfo) -> None:
    """Refuse an entry that leads out of the archive's folder, is no plain file, or is encrypted.

    Raises:
        ModelRefused: it is one of these.
    """
    name = entry.filename
    parts = name.rstrip("/").split("/")
    if (
        "\\" in name
        or ":" in name
        or "\0" in name
        or any(part in ("", ".", "..") for part in parts)
    ):
        raise ModelRefused("The ZIP file has names that lead out of it.")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ModelRefused("The ZIP file holds links or devices.")
    if entry.flag_bits & _ENCRYPTED:
        raise ModelRefused("The ZIP file is encrypted.", hint="Unpack it and use the folder.")


def _check_names(names: Iterable[str]) -> None:
    known = list(names)
    if HYPERPARAMS not in known:
        raise ModelRefused(f"There is no {HYPERPARAMS}: this is not a voice model.")
    if len(known) > MAX_FILES:
        raise ModelRefused("There are too many files for a voice model.")


def copy_private(stream: IO[bytes], target: Path) -> None:
    """Copy to a new private file; what a ZIP file says about its sizes is not relied on.

    Raises:
        ModelRefused: it is larger than any file of a voice model.
        OSError: it cannot be read or written.
    """
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    size = 0
    with os.fdopen(descriptor, "wb") as out:
        while block := stream.read(_BLOCK):
            size += len(block)
            if size > MAX_FILE_BYTES:
                raise ModelRefused(f"{target.name} is too large for a voice model.")
            out.write(block)
