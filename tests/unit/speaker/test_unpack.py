from __future__ import annotations

import errno
import io
import os
import stat
import zipfile
from typing import TYPE_CHECKING

import pytest

from kiosk.core.errors import DiskFull, ModelRefused
from kiosk.speaker.bundles import unpack
from kiosk.speaker.bundles.unpack import copy_folder, unzip

if TYPE_CHECKING:
    from pathlib import Path

GOOD = {"hyperparams.yaml": b"a: 1", "embedding_model.ckpt": b"weights"}


def make_zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


@pytest.fixture
def target(tmp_path: Path) -> Path:
    target = tmp_path / "deep" / "target"
    target.mkdir(parents=True)
    return target


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def ignore(_share: float) -> None:
    """Take no notice of the progress."""


@pytest.mark.parametrize("packed", [True, False])
def test_a_full_disk_is_told_as_such(tmp_path: Path, target: Path, packed: bool) -> None:
    def full(_share: float) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if packed:
        with pytest.raises(DiskFull, match=r"m\.zip cannot be unpacked: the disk is full"):
            unzip(make_zip(tmp_path / "m.zip", GOOD), target, full)
        return
    source = tmp_path / "source"
    source.mkdir()
    for name, content in GOOD.items():
        (source / name).write_bytes(content)
    with pytest.raises(DiskFull, match="source cannot be copied: the disk is full"):
        copy_folder(source, target, full)


@pytest.mark.parametrize("prefix", ["", "some-model/"])
def test_unzips_the_files_of_a_model(tmp_path: Path, target: Path, prefix: str) -> None:
    shares: list[float] = []
    more = {"README.md": b"x", "custom.py": b"import os", "deep/hyperparams.yaml/x.ckpt": b""}
    files = {prefix + name: content for name, content in {**GOOD, **more}.items()}
    unzip(make_zip(tmp_path / "m.zip", files), target, shares.append)
    assert contents(target) == GOOD
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert {path.stat().st_mode & 0o777 for path in target.iterdir()} == {0o600}


@pytest.mark.parametrize(
    "name",
    [
        "../escaped.ckpt",
        "a/../../escaped.ckpt",
        "/tmp/escaped.ckpt",
        "..\\escaped.ckpt",
        "C:/escaped.ckpt",
        "./embedding_model.ckpt",
        "a//b.ckpt",
    ],
)
def test_names_that_lead_out_are_refused(tmp_path: Path, target: Path, name: str) -> None:
    before = {path for path in tmp_path.rglob("*") if path.suffix == ".ckpt"}
    archive = make_zip(tmp_path / "m.zip", {**GOOD, name: b"escaped"})
    with pytest.raises(ModelRefused, match="lead out"):
        unzip(archive, target, ignore)
    assert {path for path in tmp_path.rglob("*") if path.suffix == ".ckpt"} == before


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_are_refused(tmp_path: Path, target: Path, kind: int) -> None:
    path = make_zip(tmp_path / "m.zip", GOOD)
    entry = zipfile.ZipInfo("mean_var_norm_emb.ckpt")
    entry.external_attr = (kind | 0o777) << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(entry, "/etc/passwd")
    with pytest.raises(ModelRefused, match="links or devices"):
        unzip(path, target, ignore)
    assert contents(target) == {}


def test_encrypted_file_is_refused(tmp_path: Path, target: Path) -> None:
    path = make_zip(tmp_path / "m.zip", GOOD)
    data = bytearray(path.read_bytes())
    at = 0
    while (at := data.find(b"PK\x01\x02", at)) >= 0:
        data[at + 8] |= 1  # the bit that says so, in every entry of the directory
        at += 4
    path.write_bytes(data)
    with pytest.raises(ModelRefused, match="encrypted"):
        unzip(path, target, ignore)


@pytest.mark.parametrize(
    "files",
    [
        {"embedding_model.ckpt": b"x"},
        {"a/hyperparams.yaml": b"x", "b/hyperparams.yaml": b"x"},
        {"a/b/hyperparams.yaml": b"x"},
        {},
    ],
)
def test_archive_of_something_else_is_refused(
    tmp_path: Path, target: Path, files: dict[str, bytes]
) -> None:
    with pytest.raises(ModelRefused, match=r"hyperparams\.yaml"):
        unzip(make_zip(tmp_path / "m.zip", files), target, ignore)


def test_damaged_archive_is_refused(tmp_path: Path, target: Path) -> None:
    path = tmp_path / "m.zip"
    for data in (b"", b"not a zip", make_zip(path, GOOD).read_bytes()[:-30]):
        path.write_bytes(data)
        with pytest.raises(ModelRefused, match=r"m\.zip is not a ZIP file"):
            unzip(path, target, ignore)


def test_content_with_a_wrong_checksum_is_refused(tmp_path: Path, target: Path) -> None:
    path = tmp_path / "m.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in GOOD.items():
            archive.writestr(name, content)
    path.write_bytes(path.read_bytes().replace(b"weights", b"WEIGHTS"))
    with pytest.raises(ModelRefused):
        unzip(path, target, ignore)


def test_bomb_is_stopped(tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "MAX_FILE_BYTES", 3_000_000)
    archive = make_zip(tmp_path / "m.zip", {**GOOD, "classifier.ckpt": bytes(50_000_000)})
    assert archive.stat().st_size < 100_000
    with pytest.raises(ModelRefused, match="too large"):
        unzip(archive, target, ignore)
    assert sum(len(content) for content in contents(target).values()) <= 3_000_000


def test_many_entries_are_refused(tmp_path: Path, target: Path) -> None:
    files = {f"f{i}": b"" for i in range(unpack.MAX_ENTRIES)}
    with pytest.raises(ModelRefused, match="too many entries"):
        unzip(make_zip(tmp_path / "m.zip", {**GOOD, **files}), target, ignore)


def test_copies_a_folder(tmp_path: Path, target: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name, content in {**GOOD, "custom.py": b"import os", "README.md": b"x"}.items():
        (source / name).write_bytes(content)
    (source / "audio.ckpt.d").mkdir()
    copy_folder(source, target, ignore)
    assert contents(target) == GOOD


def test_links_in_a_folder_are_refused(tmp_path: Path, target: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "hyperparams.yaml").write_bytes(b"a: 1")
    (source / "embedding_model.ckpt").symlink_to("/etc/hostname")
    with pytest.raises(ModelRefused, match="link"):
        copy_folder(source, target, ignore)
    assert "embedding_model.ckpt" not in contents(target)


def test_folder_of_something_else_is_refused(tmp_path: Path, target: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    with pytest.raises(ModelRefused, match="not a voice model"):
        copy_folder(source, target, ignore)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="may read everything")
def test_unreadable_folder_is_refused(tmp_path: Path, target: Path) -> None:
    source = tmp_path / "source"
    source.mkdir(mode=0)
    try:
        with pytest.raises(ModelRefused, match="cannot be copied"):
            copy_folder(source, target, ignore)
    finally:
        source.chmod(0o700)


def test_missing_folder_is_refused(tmp_path: Path, target: Path) -> None:
    with pytest.raises(ModelRefused, match="cannot be copied"):
        copy_folder(tmp_path / "nowhere", target, ignore)


def test_zip_in_memory_of_the_test_is_sound() -> None:
    # Guards the helper: writestr must not itself clean the dangerous names away.
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("../x", b"")
    with zipfile.ZipFile(buffer) as archive:
        assert archive.namelist() == ["../x"]
