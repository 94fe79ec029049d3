"""Brings PyTorch and the parts of SpeechBrain that are needed into the process.

Four things need care, and all of them are kept here: the import stalls every other thread when
it is done carelessly, torchaudio from the package index cannot load beside the CPU build of
PyTorch, SpeechBrain imports SciPy for what only training uses, and it leaves modules behind that
fail when they are looked at.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

from kiosk.core.errors import ModelRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LOCK = threading.Lock()
_EXTENSION = "torchaudio._extension"
_PARTS = ("speechbrain.lobes.features", "speechbrain.lobes.models.ECAPA_TDNN")
_REINSTALL = "Install the program again: its machine-learning libraries do not fit together."


def default_threads() -> int:
    """Return how many threads torch computes with: all cores but one, which the screen needs."""
    return max(1, (os.cpu_count() or 2) - 1)


def prepare_torch(threads: int | None = None) -> None:
    """Import torch, torchaudio and SpeechBrain's ECAPA-TDNN; afterwards a plain import is cheap.

    Safe from any thread and more than once. Never touches the network.

    Args:
        threads: threads within one operation; None for :func:`default_threads`.

    Raises:
        ModelRefused: the libraries are missing or cannot be loaded.
    """
    with _LOCK:
        try:
            _load_native_part()
            import torch

            _import_torchaudio()
            _quieten_speechbrain()
            with _statistics_stood_in_for():
                for name in _PARTS:
                    importlib.import_module(name)
            _drop_lazy_redirections()
            torch.set_num_threads(default_threads() if threads is None else max(1, threads))
        except (ImportError, OSError, AttributeError) as exc:
            raise ModelRefused(
                f"The voice model libraries cannot be loaded: {exc}.", hint=_REINSTALL
            ) from exc


def _load_native_part() -> None:
    """Read and link PyTorch's largest library while other Python threads keep running.

    ``import torch`` links it within the import system, which holds the interpreter lock for the
    whole time: 0.25 s when the file is in memory and several seconds when it must come from the
    disk. Both reading a file and a foreign call release the lock; ``ctypes.CDLL`` would not.
    Windows needs none of this, torch itself loads its libraries there by foreign calls.
    """
    if "torch" in sys.modules or sys.platform == "win32":
        return
    found = importlib.util.find_spec("torch")
    if found is None or found.origin is None:
        return  # the import says what is wrong
    suffix = ".dylib" if sys.platform == "darwin" else ".so"
    library = Path(found.origin).parent / "lib" / f"libtorch_cpu{suffix}"
    if not library.is_file():
        return
    buffer = bytearray(1 << 20)
    with library.open("rb", buffering=0) as stream:
        while stream.readinto(buffer):
            pass
    import ctypes

    dlopen = ctypes.CDLL(None).dlopen
    dlopen.restype = ctypes.c_void_p
    dlopen.argtypes = [ctypes.c_char_p, ctypes.c_int]
    dlopen(os.fsencode(library), os.RTLD_NOW | os.RTLD_LOCAL)  # a failure shows at the import


def _import_torchaudio() -> None:
    """Import torchaudio, without its native part where that cannot be loaded.

    The wheel on the package index links CUDA, so beside the CPU build of torch the import fails.
    SpeechBrain needs only the part that is written in Python, which works without.
    """
    try:
        importlib.import_module("torchaudio")
    except OSError:
        for name in [n for n in sys.modules if n == "torchaudio" or n.startswith("torchaudio.")]:
            del sys.modules[name]
        sys.modules[_EXTENSION] = _extension_stub()
        importlib.import_module("torchaudio")


def _extension_stub() -> ModuleType:
    """Return what torchaudio has in the place of its native part when it was built without."""

    def fail_if_no_align(function: Callable[..., Any]) -> Callable[..., Any]:
        def refuse(*_args: object, **_kwargs: object) -> NoReturn:
            raise RuntimeError(f"{function.__name__} needs the native part of torchaudio")

        return refuse

    stub = ModuleType(_EXTENSION, "Stands in for a native extension that cannot be loaded.")
    vars(stub).update(
        _IS_TORCHAUDIO_EXT_AVAILABLE=False,
        _IS_ALIGN_AVAILABLE=False,
        fail_if_no_align=fail_if_no_align,
        _check_cuda_version=lambda: None,
    )
    return stub


@contextmanager
def _statistics_stood_in_for() -> Iterator[None]:
    """Let SpeechBrain be imported without SciPy, a quarter of the time that its import takes.

    Its sampler, which deals out the recordings of a training, wants one distribution of
    ``scipy.stats``. Whoever imports SciPy afterwards gets SciPy.
    """
    if "scipy.stats" in sys.modules:
        yield
        return
    package = sys.modules.get("scipy")
    stub = ModuleType("scipy.stats", "Stands in for what only the training of a model needs.")
    vars(stub)["lognorm"] = None
    sys.modules["scipy.stats"] = stub
    if package is None:
        sys.modules["scipy"] = ModuleType("scipy")
    try:
        yield
    finally:
        del sys.modules["scipy.stats"]
        if package is None:
            del sys.modules["scipy"]


class _WarningsOnward(logging.Handler):
    """Hands warnings and errors on to this program's logger."""

    def emit(self, record: logging.LogRecord) -> None:
        logging.getLogger(__name__).handle(record)


def _quieten_speechbrain() -> None:
    """Keep SpeechBrain's chatter out of the log, whatever level its many loggers set."""
    root = logging.getLogger("speechbrain")
    if not any(isinstance(handler, _WarningsOnward) for handler in root.handlers):
        root.addHandler(_WarningsOnward(logging.WARNING))
        root.propagate = False


def _drop_lazy_redirections() -> None:
    """Remove SpeechBrain's redirections of old module names.

    Each imports its target as soon as anybody asks for any attribute, and the targets need
    packages that are not installed. So whoever walks over ``sys.modules``, as :mod:`inspect`,
    ``torch.library`` and the tools of frozen programs do, would run into an ImportError.
    """
    kind = sys.modules["speechbrain.utils.importutils"].LazyModule
    for name, module in list(sys.modules.items()):
        if isinstance(module, kind):
            del sys.modules[name]
