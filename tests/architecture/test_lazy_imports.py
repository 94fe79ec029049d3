"""What importing costs: the program starts quickly, and its core needs nothing but numpy."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.architecture.source_tree import python_files

QT = {"PySide6", "shiboken6", "pyqtgraph"}
HEAVY = QT | {
    "alembic",
    "av",
    "cryptography",
    "fastapi",
    "hyperpyyaml",
    "huggingface_hub",
    "keyring",
    "prometheus_client",
    "psycopg",
    "redis",
    "sounddevice",
    "soundfile",
    "soxr",
    "speechbrain",
    "sqlalchemy",
    "starlette",
    "torch",
    "torchaudio",
    "uvicorn",
}


def loaded_by(*modules: str) -> set[str]:
    """Return the top-level packages that a fresh interpreter loads to import these modules."""
    lines = [f"import {module}" for module in modules]
    lines += ["import sys", "print(*{name.partition('.')[0] for name in sys.modules})"]
    command = [sys.executable, "-c", "\n".join(lines)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def modules_of(package: str) -> list[str]:
    """Return the names of all modules of one package of the kiosk."""
    return [
        ".".join(path.with_suffix("").parts).removesuffix(".__init__")
        for path in python_files("kiosk")
        if path.parts[1] == package
    ]


@pytest.mark.parametrize("name", ["bootstrap", "cli"])
def test_starting_loads_nothing_heavy(name: str) -> None:
    # sounddevice even loads PortAudio when it is imported, and dies where that is not installed.
    assert loaded_by(f"kiosk.{name}") & HEAVY == set()


def test_core_and_services_load_neither_qt_nor_any_framework() -> None:
    frameworks = HEAVY | {"pydantic", "pydantic_settings", "typer", "rich", "argon2"}
    assert loaded_by(*modules_of("core"), *modules_of("services")) & frameworks == set()


@pytest.mark.parametrize("package", ["audio", "speaker", "vault"])
def test_adapters_load_their_libraries_when_used(package: str) -> None:
    assert loaded_by(*modules_of(package)) & HEAVY == set()


def test_database_loads_sqlalchemy_when_used() -> None:
    # The other modules of storage declare tables with it, and are imported by this one when asked.
    assert loaded_by("kiosk.storage.sqlite") & HEAVY == set()
