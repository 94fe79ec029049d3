from __future__ import annotations

import shutil
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from kiosk.core.errors import AudioSystemMissing, DatabaseCorrupt, KioskError
from kiosk.core.ports import Device
from kiosk.services.health import Finding, Health
from kiosk.services.preferences import ALSO_ENROLL, Preferences
from kiosk.services.voice.engine import VoiceEngine
from kiosk.services.voice.models import Models
from tests.fakes.clock import FixedClock
from tests.fakes.storage import InMemoryDatabase
from tests.unit.services.kit import FakeShelf, card

if TYPE_CHECKING:
    from pathlib import Path

MICROPHONES = [Device("ALSA", f"Microphone {number}", 1, 48_000) for number in range(6)]


class Catalog:
    """Implements :class:`kiosk.core.ports.MicrophoneCatalog`."""

    def __init__(self, found: list[Device] | KioskError | OSError) -> None:
        self.found = found

    def devices(self, *, refresh: bool = False) -> list[Device]:
        del refresh
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


class SickDatabase(InMemoryDatabase):
    def check(self) -> dict[str, str]:
        raise DatabaseCorrupt("The database is damaged.")


def report(
    folder: Path,
    *,
    database: InMemoryDatabase | None = None,
    found: list[Device] | KioskError | OSError | None = None,
    models: bool = True,
) -> dict[str, Finding]:
    database = InMemoryDatabase() if database is None else database
    shelf = FakeShelf(*([card("model-1")] if models else []))
    preferences = Preferences(database, FixedClock())
    health = Health(
        folder,
        database,
        Models(shelf, VoiceEngine(shelf), preferences, None),
        Catalog(MICROPHONES if found is None else found),
        lambda: {"kiosk": "0.1.0", "torch": "2.13.0"},
    )
    return {finding.name: finding for finding in health.report()}


def test_the_second_model_is_looked_at_too(tmp_path: Path) -> None:
    database = InMemoryDatabase()
    preferences = Preferences(database, FixedClock())
    preferences.set(ALSO_ENROLL, "model-2")
    finding = report(tmp_path, database=database)["voice model"]
    assert (finding.ok, "model-2" in finding.detail) == (False, True)
    preferences.set(ALSO_ENROLL, "model-1")  # the one in use
    assert report(tmp_path, database=database)["voice model"].ok


def test_all_is_well(tmp_path: Path) -> None:
    findings = report(tmp_path)
    assert list(findings) == [
        "disk",
        "database",
        "voice model",
        "voiceprints",
        "microphone",
        "versions",
    ]
    assert all(finding.ok for finding in findings.values())
    assert "integrity ok" in findings["database"].detail
    assert findings["voice model"].detail == "model-1, 2 dimensions, threshold 0.50"
    assert findings["versions"].detail == "kiosk 0.1.0, torch 2.13.0"


def test_a_folder_that_does_not_exist_yet_has_a_disk(tmp_path: Path) -> None:
    assert "MB free" in report(tmp_path / "not" / "yet")["disk"].detail


def test_little_space_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=100_000_000))
    disk = report(tmp_path)["disk"]
    assert (disk.ok, disk.hint) == (False, "Free some disk space.")
    assert disk.detail.startswith("100 MB")


@pytest.mark.parametrize(
    ("found", "detail"),
    [
        ([], "none found"),
        (AudioSystemMissing("PortAudio is missing."), "MIC-003 PortAudio is missing."),
        (OSError(5, "Input/output error"), "Input/output error"),
        (OSError("strange"), "strange"),
    ],
)
def test_a_failing_check_hides_no_other(
    tmp_path: Path, found: list[Device] | KioskError | OSError, detail: str
) -> None:
    findings = report(tmp_path, found=found)
    assert (findings["microphone"].ok, findings["microphone"].detail) == (False, detail)
    assert [name for name, finding in findings.items() if not finding.ok] == ["microphone"]


def test_damage_is_told_with_code_and_advice(tmp_path: Path) -> None:
    findings = report(tmp_path, database=SickDatabase(), models=False)
    assert findings["database"].detail == "DB-002 The database is damaged."
    assert findings["database"].hint == DatabaseCorrupt.default_hint
    assert findings["voice model"].detail.startswith("MDL-001")
