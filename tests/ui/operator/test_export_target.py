"""Where an operator may write files: anywhere but into what is the kiosk's own."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from kiosk.bootstrap import build
from kiosk.core.errors import InvalidInput
from kiosk.settings import load_settings
from kiosk.ui.operator.export_target import ExportTarget, free_name


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return a folder of the kiosk's own."""
    folder = tmp_path / "kiosk"
    (folder / "backups").mkdir(parents=True)
    return folder


def write(path: Path, own: Path, data: bytes = b"{}") -> None:
    ExportTarget(path, ".json", [own]).write(data)


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def test_a_file_is_new_and_private(tmp_path: Path, own: Path) -> None:
    write(tmp_path / "ada.json", own, b"[1]")
    assert (tmp_path / "ada.json").read_bytes() == b"[1]"
    assert stat.S_IMODE((tmp_path / "ada.json").stat().st_mode) == 0o600
    assert names(tmp_path) == ["ada.json", "kiosk"]


@pytest.mark.parametrize("place", [".", "backups", "backups/..", "../kiosk", "missing"])
def test_nothing_is_written_into_the_kiosks_own_folders(own: Path, place: str) -> None:
    with pytest.raises(InvalidInput, match="its own folders"):
        write(own / place / "ada.json", own)
    assert names(own) == ["backups"]


def test_nor_by_way_of_a_link(tmp_path: Path, own: Path) -> None:
    (tmp_path / "harmless").symlink_to(own / "backups")
    with pytest.raises(InvalidInput, match="its own folders"):
        write(tmp_path / "harmless" / "ada.json", own)
    # The kiosk's own may be named by a link just as well.
    (tmp_path / "named").symlink_to(own)
    with pytest.raises(InvalidInput, match="its own folders"):
        write(own / "ada.json", tmp_path / "named")
    assert names(own) == ["backups"]


@pytest.mark.parametrize("hidden", [".config/x.json", ".profile.json", "a/.b/c/x.json"])
def test_nothing_is_written_into_hidden_places(tmp_path: Path, own: Path, hidden: str) -> None:
    (tmp_path / hidden).parent.mkdir(parents=True, exist_ok=True)
    with pytest.raises(InvalidInput, match="hidden"):
        write(tmp_path / hidden, own)
    assert not (tmp_path / hidden).exists()


@pytest.mark.parametrize("name", ["kiosk.toml", "kiosk.db", "ada", "ada.json.sh", "json"])
def test_the_name_says_what_it_is(tmp_path: Path, own: Path, name: str) -> None:
    with pytest.raises(InvalidInput, match="does not end in"):
        write(tmp_path / name, own)
    assert names(tmp_path) == ["kiosk"]


def test_nothing_is_ever_replaced(tmp_path: Path, own: Path) -> None:
    file = tmp_path / "ada.json"
    file.write_bytes(b"old")
    with pytest.raises(InvalidInput, match="already"):
        write(file, own)
    (tmp_path / "nowhere.json").symlink_to(own / "made.json")
    with pytest.raises(InvalidInput, match="already"):
        write(tmp_path / "nowhere.json", own)
    assert file.read_bytes() == b"old"
    assert names(own) == ["backups"]
    assert names(tmp_path) == ["ada.json", "kiosk", "nowhere.json"]


def test_what_comes_meanwhile_is_not_replaced_either(tmp_path: Path, own: Path) -> None:
    target = ExportTarget(tmp_path / "ada.json", ".json", [own])
    (tmp_path / "ada.json").write_bytes(b"somebody else's")
    with pytest.raises(InvalidInput, match="already"):
        target.write(b"{}", {"ada-take-1.wav": b"RIFF"})
    assert (tmp_path / "ada.json").read_bytes() == b"somebody else's"
    assert names(tmp_path) == ["ada.json", "kiosk"]


def test_all_files_are_written_or_none(tmp_path: Path, own: Path) -> None:
    (tmp_path / "ada-take-2.wav").write_bytes(b"somebody else's")
    beside = {"ada-take-1.wav": b"RIFF", "ada-take-2.wav": b"RIFF"}
    with pytest.raises(InvalidInput, match=r"ada-take-2\.wav exists already"):
        ExportTarget(tmp_path / "ada.json", ".json", [own]).write(b"{}", beside)
    assert names(tmp_path) == ["ada-take-2.wav", "kiosk"]
    assert (tmp_path / "ada-take-2.wav").read_bytes() == b"somebody else's"


def test_what_cannot_be_written_is_said(tmp_path: Path, own: Path) -> None:
    with pytest.raises(InvalidInput, match="could not be written"):
        write(tmp_path / "missing" / "x.json", own)
    (tmp_path / "ring").symlink_to(tmp_path / "ring")
    with pytest.raises(InvalidInput, match="could not be written"):
        write(tmp_path / "ring" / "x.json", own)
    assert names(tmp_path) == ["kiosk", "ring"]


def test_the_name_that_is_offered_is_free(tmp_path: Path) -> None:
    assert free_name(tmp_path, "ada.json") == "ada.json"
    (tmp_path / "ada.json").touch()
    (tmp_path / "ada-2.json").symlink_to("nowhere")
    assert free_name(tmp_path, "ada.json") == "ada-3.json"


def test_data_keys_settings_and_logs_are_the_kiosks_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KIOSK_LOG_DIR", str(tmp_path / "logs"))
    monkeypatch.setenv("KIOSK_KEYS__FILE", str(tmp_path / "token" / "key"))
    settings = load_settings()
    with build(settings) as kiosk:
        for folder in (
            settings.data_dir / "backups",
            settings.keys_folder,
            tmp_path / "logs",
            tmp_path / "token",
            Path("/etc/voice-kiosk") if os.name == "posix" else settings.data_dir,
        ):
            with pytest.raises(InvalidInput, match="its own folders"):
                ExportTarget(folder / "ada.json", ".json", kiosk.guarded)
        ExportTarget(tmp_path / "ada.json", ".json", kiosk.guarded)
