"""Fixtures that many tests of voice models share; the costly ones are made once."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from kiosk.resources import resources_dir
from kiosk.speaker.bundles.bundle import Bundle
from kiosk.speaker.encoders.ecapa import EcapaEncoder
from kiosk.speaker.encoders.torch_setup import prepare_torch
from kiosk.speaker.shelf import FolderModelShelf
from tests.integration.speaker.support import small_model, speak

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk.core.hearing.audio import AudioClip

SENTENCES = (
    "My voice is my passport, verify me please, today and tomorrow.",
    "The quick brown fox jumps over the lazy dog near the river bank.",
)
VOICES = ("awb", "rms", "slt")


@pytest.fixture(scope="session")
def torch_ready() -> None:
    """Import torch and SpeechBrain."""
    prepare_torch(1)


@pytest.fixture(scope="session")
def builtin_folder() -> Path:
    """Return the folder of the built-in models."""
    return resources_dir() / "models"


@pytest.fixture(scope="session")
def encoder(builtin_folder: Path) -> EcapaEncoder:
    """Return the built-in model, loaded."""
    return EcapaEncoder.from_bundle(Bundle.open(builtin_folder / "ecapa-kiosk"), threads=1)


@pytest.fixture(scope="session")
def speech(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, int], AudioClip]:
    """Return each sentence spoken by each voice, by voice and number of the sentence."""
    folder = tmp_path_factory.mktemp("speech")
    return {
        (voice, index): speak(text, voice, folder)
        for voice in VOICES
        for index, text in enumerate(SENTENCES)
    }


@pytest.fixture(scope="session")
def pristine_model(torch_ready: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small model in the VoxCeleb layout without a manifest; not to be changed."""
    return small_model(tmp_path_factory.mktemp("models") / "small-voxceleb")


@pytest.fixture
def model(pristine_model: Path, tmp_path: Path) -> Path:
    """Return a copy of the small model that a test may spoil."""
    target = tmp_path / "source" / pristine_model.name
    shutil.copytree(pristine_model, target)
    return target


@pytest.fixture
def user_folder(tmp_path: Path) -> Path:
    """Return where installed models go; it does not exist yet."""
    return tmp_path / "data" / "models"


@pytest.fixture
def shelf(builtin_folder: Path, user_folder: Path) -> FolderModelShelf:
    """Return the real shelf: the built-in models and an empty user folder."""
    return FolderModelShelf(builtin_folder, user_folder, threads=1)
