"""How this copy of the program came onto the machine."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import kiosk
from kiosk.installation import UNKNOWN, installation, version


def test_a_source_tree_is_told_as_one() -> None:
    found = installation()
    assert (found.kind, found.folder) == ("source tree", Path(kiosk.__file__).resolve().parent)
    assert found.version == version() != UNKNOWN


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("opt/voice-kiosk/kiosk", "frozen program"),
        ("Applications/Voice kiosk.app/Contents/MacOS/voice-kiosk", "application bundle"),
    ],
)
def test_frozen_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, kind: str
) -> None:
    executable = tmp_path / place
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(executable))
    found = installation(tmp_path / "missing.list")
    assert (found.kind, found.folder) == (kind, executable.parent)


def test_a_program_of_a_debian_package_is_in_its_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executable = tmp_path / "usr/lib/voice-kiosk/kiosk"
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(executable))
    listed = tmp_path / "voice-kiosk.list"
    listed.write_text(f"/.\n{executable}\n", encoding="utf-8")
    assert installation(listed).kind.startswith("Debian package")
    listed.write_text(f"/.\n{executable}-other\n", encoding="utf-8")
    assert installation(listed).kind == "frozen program"
