"""What the frozen program consists of: plain lists and rules, for the spec, its hooks and a test.

Nothing here needs PyInstaller, so that the test can look at it wherever the kiosk is developed.
"""

from __future__ import annotations

import fnmatch
import sys
from pathlib import Path, PurePosixPath
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[3]
NAME: Final = "voice-kiosk"
WINDOW_SCRIPT: Final = "voice-kiosk.sh"
"""On Linux, the script in ``start`` that is the program ``voice-kiosk``."""

METADATA: Final = (
    "voice-kiosk",
    "torch",
    "torchaudio",
    "speechbrain",
    "PySide6-Essentials",
    "sounddevice",
    "SQLAlchemy",
    "numpy",
    # Finds its back ends by their entry points.
    "keyring",
)
"""Distributions whose versions the program asks for, or whose entry points it follows."""

HIDDEN_IMPORTS: Final = (
    # Loaded by name: kiosk.speaker.encoders.torch_setup.
    "speechbrain.lobes.features",
    "speechbrain.lobes.models.ECAPA_TDNN",
    # Named by voice models and built by HyperPyYAML: kiosk.bench.encoding.
    "speechbrain.dataio.encoder",
    "speechbrain.inference.speaker",
    "speechbrain.processing.features",
    "speechbrain.utils.parameter_transfer",
    # Loaded by name: pyqtgraph.Qt.
    "PySide6.QtOpenGL",
    "PySide6.QtOpenGLWidgets",
    # Stands in for the scheme of an address of a database:
    # kiosk.storage.database.postgresql_engine.
    "psycopg",
    "psycopg_binary",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.pysqlite",
    # Parses the forms of uploads: found by Starlette.
    "python_multipart",
    # Where the commands that the program starts of itself begin.
    "kiosk.bench.imports",
    "kiosk.bench.probe",
)
"""Modules that are named in no import statement of a module that is."""

WITH_SOURCES: Final = {
    # Alembic runs migrations from their files.
    "kiosk.storage.migrations": "pyz+py",
    # Looks into its own folder for the modules that it offers.
    "speechbrain": "pyz+py",
    # TorchScript and torch.library read the sources of the functions that they are given.
    "torch": "pyz+py",
    "torchaudio": "pyz+py",
}
"""Packages whose ``.py`` files lie beside the compiled modules, as PyInstaller calls it."""

NOT_OURS_TO_GIVE: Final = ("av",)
"""Modules that the program uses where they are installed, and that stay out of it.

The wheels of PyAV link x264 and x265, under the GPL, and come without their texts and sources.
"""

EXCLUDED: Final = (
    # Of Python: what builds, tests or draws with Tk.
    "_tkinter",
    "curses",
    "distutils",
    "ensurepip",
    "idlelib",
    "lib2to3",
    "pip",
    "pydoc_data",
    "readline",
    "setuptools",
    "test",
    "tkinter",
    "turtle",
    "turtledemo",
    "venv",
    "wheel",
    # What tests, checks or draws; libraries bring helpers for it along.
    "IPython",
    "_pytest",
    "hypothesis",
    "matplotlib",
    "mypy",
    "numpy.f2py",
    "pydantic.mypy",
    "pytest",
    "starlette.testclient",
    # Compilers of networks and what they calculate with; the kiosk computes as it is written.
    "mpmath",
    "networkx",
    "sympy",
    "torch._dynamo",
    "torch._inductor",
    "torch.onnx",
    "torch.utils.tensorboard",
    # kiosk.speaker.encoders.torch_setup has a stand-in for the one thing that SpeechBrain wants of
    # it.
    "scipy",
    # Downloads models from a site: the kiosk's are in the program or brought by hand.
    "hf_xet",
    # What Qt for Python offers beside windows.
    "PySide6.QtDBus",
    "PySide6.QtDesigner",
    "PySide6.QtNetwork",
    "PySide6.QtPrintSupport",
    "PySide6.QtQml",
    "PySide6.QtQuick",
    "PySide6.QtSql",
    "pyqtgraph.examples",
    "pyqtgraph.flowchart",
    "pyqtgraph.opengl",
)
"""Modules that stay out although something that is in imports them, if only perhaps."""

_LEFT_OUT: Final = (
    # The wheel of torchaudio links CUDA; what SpeechBrain needs of it is written in Python.
    "torchaudio/lib/*",
    "torchaudio/_torchaudio*",
    # Tests of torch's own.
    "torch/lib/*_test.*",
    "torch/lib/libaoti_custom_ops*",
    "torch/lib/libbackend_with_compiler*",
    # The kiosk has its own words, and no text of Qt's is ever seen.
    "PySide6/Qt/translations/*",
    # No window of the kiosk is made of QML or shows a web page.
    "PySide6/Qt/qml/*",
    # Screens that belong to no desktop and no compositor, and what reads their keys.
    "*/plugins/platforms/libq[elmv]*",
    "PySide6/Qt/lib/libQt6EglF[Ss]*",
    "libQt6EglF[Ss]*",
    # The kiosk has its own looks; this one would load all of GTK.
    "*/plugins/platformthemes/libqgtk3*",
    # Pictures come as SVG and PNG, and Qt reads the latter by itself.
    "*/plugins/imageformats/*[!g].so",
    "*/plugins/imageformats/*jpeg*",
    # How and from where a package was installed on the machine that builds.
    "*.dist-info/RECORD",
    "*.dist-info/direct_url.json",
    "*/__pycache__/*",
    "*.pyi",
)
"""Files that stay out, as patterns of their places in the program."""

_QT_PLUGINS: Final = (
    # Which of Qt's plugins a window, its icons and its pictures need; none of the others.
    "iconengines",
    "imageformats",
    "platforminputcontexts",
    "platforms",
    "platformthemes",
    "styles",
    "wayland-decoration-client",
    "wayland-graphics-integration-client",
    "wayland-shell-integration",
    "xcbglintegrations",
)

_SYSTEM_FOLDERS: Final = ("/lib", "/lib64", "/usr/lib", "/usr/lib64")


def programs() -> dict[str, str]:
    """Return the programs that are built, and the scripts in ``start`` that they begin with.

    Each program holds all modules, 40 MB. A second one is worth that where the system asks for it:
    Windows opens no console for it, and macOS starts no script from a bundle.
    """
    made = {"kiosk": "console.py"}
    if not sys.platform.startswith("linux"):
        made[NAME] = "desktop.py"
    return made


def resources(root: Path = ROOT) -> list[tuple[Path, str]]:
    """Return the program's own files, each with the folder of the program that it goes into."""
    found = sorted(path for path in (root / "resources").rglob("*") if path.is_file())
    return [
        (path, path.parent.relative_to(root).as_posix())
        for path in found
        if not path.name.startswith(".") and "__pycache__" not in path.parts
    ]


def modules(root: Path = ROOT) -> list[str]:
    """Return the names of all modules of the kiosk, migrations included."""
    files = sorted((root / "kiosk").rglob("*.py"))
    parts = [path.relative_to(root).with_suffix("").parts for path in files]
    return [".".join(p[:-1] if p[-1] == "__init__" else p) for p in parts]


def icon(root: Path = ROOT) -> str | None:
    """Return the file with the icon of the programs; None on Linux, where the desktop has it."""
    files = {"win32": "windows/voice-kiosk.ico", "darwin": "macos/voice-kiosk.icns"}
    name = files.get(sys.platform)
    return None if name is None else str(root / "packaging" / name)


def hidden_imports(root: Path = ROOT) -> list[str]:
    """Return every module to look for, whether or not an import statement names it."""
    return [*modules(root), *HIDDEN_IMPORTS]


def belongs(place: str, source: str) -> bool:
    """Return whether a file belongs into the program.

    Args:
        place: where it would lie, relative to the program's folder of libraries.
        source: where it was found; empty for a symbolic link.
    """
    path = PurePosixPath(place.replace("\\", "/"))
    text = path.as_posix()
    if any(fnmatch.fnmatchcase(text, pattern) for pattern in _LEFT_OUT):
        return False
    if "plugins" in path.parts and path.parts[0] == "PySide6":
        return path.parts[path.parts.index("plugins") + 1] in _QT_PLUGINS
    return not is_of_the_system(source)


def is_of_the_system(source: str) -> bool:
    """Return whether a library comes with the operating system, and must be taken from there.

    The graphics and sound of a machine fit its own libraries only, and security updates reach
    those. Python itself is no part of the system: it may be missing, or be another version.
    """
    if not sys.platform.startswith("linux") or not source:
        return False
    path = Path(source)
    if path.name.startswith("libpython"):
        return False
    folder = path.parent
    return str(folder) in _SYSTEM_FOLDERS or (
        str(folder.parent) in _SYSTEM_FOLDERS and folder.name.endswith("-linux-gnu")
    )
