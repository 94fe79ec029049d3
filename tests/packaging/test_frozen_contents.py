"""The list of what goes into the frozen program is complete, and what stays out is not needed."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from freezing import contents
from kiosk import bootstrap
from kiosk.speaker.encoders import torch_setup
from kiosk.speaker.encoders.hyperparam_rules import CLASSES
from kiosk.storage.schema import MIGRATIONS
from releasing.needed import asked_for
from tests.support.patience import PATIENCE_S

ROOT = contents.ROOT
SPEC = ROOT / "packaging" / "pyinstaller"


def imported_by(path: Path) -> set[str]:
    """Return the modules that import statements of a file name, within functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_it_is_about_this_source_tree() -> None:
    assert Path(__file__).resolve().parents[2] == ROOT


def test_every_resource_goes_in_at_its_place() -> None:
    # Hidden files are for git and say nothing to the program.
    on_disk = {
        path
        for path in (ROOT / "resources").rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }
    listed = contents.resources()
    assert {path for path, _ in listed} == on_disk
    for path, folder in listed:
        assert (ROOT / folder / path.name) == path
    names = {path.name for path, _ in listed}
    assert {"embedding_model.ckpt", "manifest.json", "tokens.toml", "en.toml"} <= names


def test_every_migration_goes_in_with_its_source() -> None:
    names = contents.hidden_imports()
    migrations = [path.stem for path in (MIGRATIONS / "versions").glob("r*.py")]
    assert len(migrations) >= 3
    for name in migrations:
        assert f"kiosk.storage.migrations.versions.{name}" in names
    assert "kiosk.storage.migrations.env" in names
    # Alembic lists the folder and runs the files in it.
    assert contents.WITH_SOURCES["kiosk.storage.migrations"] == "pyz+py"


def test_every_module_of_the_kiosk_goes_in() -> None:
    names = contents.modules()
    assert len(names) == len(set(names)) > 300
    assert {"kiosk", "kiosk.__main__", "kiosk.ui.application", "kiosk.api.app"} <= set(names)


@pytest.mark.parametrize("name", contents.HIDDEN_IMPORTS)
def test_modules_that_are_named_exist(name: str) -> None:
    # By their files: importing some of them takes seconds.
    top, *rest = name.split(".")
    found = importlib.util.find_spec(top)
    assert found is not None
    if rest:
        assert found.submodule_search_locations is not None
        path = Path(found.submodule_search_locations[0]).joinpath(*rest)
        native = list(path.parent.glob(f"{path.name}.*.so"))
        assert native or path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def test_modules_that_the_program_loads_by_name_are_named() -> None:
    by_models = {
        name.rpartition(".")[0] for name in CLASSES if name.partition(".")[0] == "speechbrain"
    }
    assert {*torch_setup._PARTS, *by_models} <= set(contents.HIDDEN_IMPORTS)


def test_modules_that_the_program_starts_are_named_and_answered_to() -> None:
    started = set()
    for path in (ROOT / "kiosk").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        started |= set(re.findall(r'sys\.executable, "-m", "(kiosk[\w.]*)"', text))
    decoder = "kiosk.audio.decoder"
    assert {"kiosk", decoder, "kiosk.bench.probe", "kiosk.bench.imports"} == started
    text = (SPEC / "start" / "console.py").read_text(encoding="utf-8")
    assert all(f'"{name}"' in text for name in started)
    assert started <= set(contents.hidden_imports())


def test_versions_that_the_program_asks_for_go_in() -> None:
    assert set(bootstrap._REPORTED) <= set(contents.METADATA)


def test_nothing_that_stays_out_is_imported_by_the_program() -> None:
    out = set(contents.EXCLUDED)
    wrong = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / "kiosk").rglob("*.py")
        for name in imported_by(path)
        if name in out or any(name.startswith(f"{excluded}.") for excluded in out)
    }
    assert wrong == set()


def test_what_is_not_ours_to_give_is_neither_required_nor_frozen() -> None:
    required = {re.split(r"[^\w-]", each)[0] for each in asked_for()}
    assert "soundfile" in required
    assert required.isdisjoint(contents.NOT_OURS_TO_GIVE)
    assert "*contents.NOT_OURS_TO_GIVE]" in (SPEC / "kiosk.spec").read_text(encoding="utf-8")


def test_the_program_works_without_what_stays_out() -> None:
    script = f"""
import sys
out = {contents.EXCLUDED + contents.NOT_OURS_TO_GIVE!r}
class Out:
    def find_spec(self, name, path=None, target=None):
        if any(name == one or name.startswith(one + ".") for one in out):
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Out())
from importlib import import_module
from pathlib import Path
from kiosk.speaker.encoders.torch_setup import prepare_torch
prepare_torch(1)
for name in {contents.HIDDEN_IMPORTS + tuple(contents.modules())!r}:
    if "migrations" not in name:  # they run within Alembic only
        import_module(name)
import numpy as np
from kiosk.core.hearing.audio import AudioClip
from kiosk.resources import resources_dir
from kiosk.speaker.shelf import FolderModelShelf
shelf = FolderModelShelf(resources_dir() / "models", Path("nowhere"), threads=1)
shelf.load("ecapa-kiosk-2").encode(AudioClip(np.ones(16000, dtype=np.float32)))
loaded = [name for name in sys.modules if name in out]
assert not loaded, loaded
"""
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("torch/lib/libtorch_cpu.so", "site-packages/torch/lib/libtorch_cpu.so"),
        ("PySide6/Qt/plugins/platforms/libqxcb.so", "site-packages/platforms/libqxcb.so"),
        ("PySide6/Qt/lib/libQt6Core.so.6", "site-packages/PySide6/Qt/lib/libQt6Core.so.6"),
        ("libpython3.11.so.1.0", "/usr/lib/x86_64-linux-gnu/libpython3.11.so.1.0"),
        ("lib-dynload/_ssl.so", "/usr/lib/python3.11/lib-dynload/_ssl.so"),
        ("resources/models/ecapa-kiosk/manifest.json", "resources/manifest.json"),
        ("libQt6Core.so.6", ""),  # a link
    ],
)
def test_what_is_needed_goes_in(place: str, source: str) -> None:
    assert contents.belongs(place, source)


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("torchaudio/lib/libtorchaudio.abi3.so", "site-packages/torchaudio/lib/x.so"),
        ("PySide6/Qt/translations/qt_de.qm", "site-packages/PySide6/Qt/translations/qt_de.qm"),
        ("PySide6/Qt/plugins/sqldrivers/libqsqlite.so", "site-packages/libqsqlite.so"),
        ("PySide6\\Qt\\qml\\QtQuick\\qmldir", "site-packages/qmldir"),
    ],
)
def test_what_is_not_needed_stays_out(place: str, source: str) -> None:
    assert not contents.belongs(place, source)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the rule is Linux's")
@pytest.mark.parametrize("folder", ["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib"])
def test_libraries_of_the_system_stay_with_the_system(folder: str) -> None:
    assert not contents.belongs("libxcb.so.1", f"{folder}/libxcb.so.1")


def test_programs_begin_with_scripts_that_are_there() -> None:
    assert "kiosk" in contents.programs()
    for script in [*contents.programs().values(), contents.WINDOW_SCRIPT, "desktop.py"]:
        assert (SPEC / "start" / script).is_file()
