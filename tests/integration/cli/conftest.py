"""Real commands in this process, on real voices, with the built-in model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import soundfile

from kiosk.cli import run
from kiosk.demo import voices
from tests.integration.cli.support import Cli, Sounds
from tests.support.homes import living_in, move_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.hearing import Hearing


@pytest.fixture(autouse=True)
def built_in_models(hearing: Hearing) -> Iterator[None]:
    """Load the built-in models for the first command that asks for them, and not for each."""
    with hearing.used():
        yield


@pytest.fixture(scope="session")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Sounds:
    """Return the files of three synthetic voices; made when they are asked for."""
    return Sounds(tmp_path_factory.mktemp("sounds"))


@pytest.fixture
def cli(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Return what runs commands on the test's own data folder."""
    del data_dir  # it is in the environment
    return Cli(capsys)


@pytest.fixture(scope="session")
def two_people(sounds: Sounds, hearing: Hearing, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder in which anna (slt) and rob (rms) are enrolled; not to be changed."""
    with hearing.used(), living_in(tmp_path_factory.mktemp("two-people")) as folder:
        for user, voice in (("anna", "slt"), ("rob", "rms")):
            files = [str(sounds(voice, number)) for number in range(3)]
            assert run(["enroll", "--user", user, "--consent", *files]) == 0
    return folder


@pytest.fixture
def enrolled(two_people: Path, data_dir: Path) -> Path:
    """Return the test's data folder, in which anna and rob are enrolled."""
    move_in(two_people, data_dir)
    return data_dir


@pytest.fixture(scope="session")
def short(sounds: Sounds) -> Path:
    """Return a recording of a single word."""
    path = sounds.folder / "short.wav"
    clip = voices.speak("slt", "Yes.")
    soundfile.write(path, clip.samples, clip.rate)
    return path
