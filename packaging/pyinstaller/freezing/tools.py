"""What the build does beyond PyInstaller: refuse a large torch, finish the folder."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from freezing import contents

_STRIPPED = (
    # Symbol tables for debuggers and linkers; loaders use another one. Only files of which it is
    # known that nothing was appended or moved in them after linking.
    "_internal/torch/lib/libtorch_cpu.so",
    "_internal/torch/lib/libtorch_python.so",
    "_internal/torch/lib/libc10.so",
    "_internal/libpython3.*.so.1.0",
)


def require_cpu_torch() -> None:
    """End the build when torch was built for CUDA: it would be several gigabytes large."""
    import torch

    if torch.version.cuda is not None:
        sys.exit(
            f"voice-kiosk: torch {torch.__version__} is built for CUDA, which makes a package of "
            "several gigabytes. Install the CPU build of the same version into .venv (see Start "
            "in README.md), then run it again."
        )


def finish(folder: str) -> None:
    """Do what PyInstaller does not, on Linux: the window's script, and no symbol tables.

    Args:
        folder: of the finished program.
    """
    if not sys.platform.startswith("linux"):
        return
    script = contents.ROOT / "packaging" / "pyinstaller" / "start" / contents.WINDOW_SCRIPT
    window = Path(folder) / contents.NAME
    shutil.copyfile(script, window)
    window.chmod(0o755)
    strip = shutil.which("strip")
    if strip is None:
        sys.exit("voice-kiosk: strip is missing; install the system package binutils.")
    for pattern in _STRIPPED:
        for library in Path(folder).glob(pattern):
            subprocess.run([strip, "--strip-unneeded", str(library)], check=True)
