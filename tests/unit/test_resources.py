"""The program's own files are found in every kind of installation."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import kiosk
from kiosk.resources import resources_dir

SOURCE = Path(__file__).resolve().parents[2]

ASK = """
import json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
if len(sys.argv) > 2:
    sys.frozen, sys._MEIPASS = True, sys.argv[2]
from kiosk.core.errors import KioskError
from kiosk.resources import resources_dir
try:
    answer = {"folder": str(resources_dir())}
except KioskError as error:
    answer = {"code": error.code, "text": str(error)}
print(json.dumps(answer))
"""


def ask(*folders: Path) -> dict[str, str]:
    """Run the function of the copy of the program in the first folder."""
    command = [sys.executable, "-I", "-c", ASK, *map(str, folders)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folders[0])
    answer = json.loads(done.stdout)
    assert isinstance(answer, dict)
    return answer


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a folder with a copy of the package and nothing else."""
    folder = tmp_path / "site"
    ignore = shutil.ignore_patterns("__pycache__", "_resources")
    shutil.copytree(Path(kiosk.__file__).parent, folder / "kiosk", ignore=ignore)
    return folder


def test_source_tree_has_it_beside_the_package() -> None:
    assert resources_dir() == SOURCE / "resources"


def test_installed_wheel_has_it_inside_the_package(site: Path) -> None:
    (site / "kiosk" / "_resources").mkdir()
    (site / "resources").mkdir()  # of another program, perhaps: never preferred to its own
    assert ask(site) == {"folder": str(site / "kiosk" / "_resources")}


def test_frozen_application_has_it_where_it_was_unpacked(site: Path, tmp_path: Path) -> None:
    unpacked = tmp_path / "unpacked"
    (unpacked / "resources").mkdir(parents=True)
    assert ask(site, unpacked) == {"folder": str(unpacked / "resources")}


def test_frozen_application_does_not_look_beside_itself(site: Path, tmp_path: Path) -> None:
    (site / "resources").mkdir()
    assert ask(site, tmp_path / "unpacked")["code"] == "RUN-002"


def test_missing_folder_says_what_to_do(site: Path) -> None:
    answer = ask(site)
    assert answer["code"] == "RUN-002"
    assert "Install the program again" in answer["text"]


def test_built_wheel_carries_the_resources(tmp_path: Path) -> None:
    # A small source tree with the true build configuration: the true resources are large.
    shutil.copy(SOURCE / "pyproject.toml", tmp_path)
    for name in ("README.md", "LICENSE"):
        shutil.copy(SOURCE / name, tmp_path)
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(SOURCE / "kiosk", tmp_path / "kiosk", ignore=ignore)
    (tmp_path / "resources").mkdir()
    (tmp_path / "resources" / "probe.txt").write_text("here", encoding="utf-8")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    (wheel,) = (tmp_path / "dist").glob("voice_kiosk-*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    assert (site / "kiosk" / "_resources" / "probe.txt").read_text(encoding="utf-8") == "here"
    assert ask(site) == {"folder": str(site / "kiosk" / "_resources")}
