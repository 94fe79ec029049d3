from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from kiosk.core.errors import ModelAltered, ModelRefused
from kiosk.speaker.bundles.bundle import Bundle, write_manifest
from kiosk.speaker.bundles.manifest import MAX_FILES, MAX_MANIFEST_BYTES

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a bundle whose files hold nothing sensible: hashing does not care."""
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "hyperparams.yaml").write_text("a: 1\n")
    (folder / "embedding_model.ckpt").write_bytes(b"weights")
    write(folder)
    return folder


def write(folder: Path) -> Bundle:
    return write_manifest(
        folder,
        model_id="test-1",
        title="A test",
        embedding_size=192,
        normalize=True,
        threshold=0.25,
        threshold_basis="made up",
        licence="MIT",
        source="nowhere",
        created=date(2026, 1, 2),
    )


def change(folder: Path, **values: Any) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def test_manifest_round_trip(folder: Path) -> None:
    bundle = Bundle.open(folder)
    bundle.verify()
    assert bundle.manifest.files == {
        "embedding_model.ckpt": hashlib.sha256(b"weights").hexdigest(),
        "hyperparams.yaml": hashlib.sha256(b"a: 1\n").hexdigest(),
    }
    assert bundle.manifest.created == date(2026, 1, 2)
    assert (folder / "manifest.json").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in folder.iterdir()) == [
        "embedding_model.ckpt",
        "hyperparams.yaml",
        "manifest.json",
    ]


def test_card_says_what_the_manifest_says(folder: Path) -> None:
    card = Bundle.open(folder).card(builtin=True)
    assert (card.model_id, card.dim, card.normalize) == ("test-1", 192, True)
    assert (card.threshold, card.threshold_basis, card.licence) == (0.25, "made up", "MIT")
    assert card.folder == folder
    assert card.builtin


def test_what_decides_is_known_by_a_fingerprint_and_what_is_only_read_is_not(folder: Path) -> None:
    before = Bundle.open(folder).card(builtin=False).fingerprint
    assert len(before) == 64
    (folder / "MODEL_CARD.md").write_text("All about it.")
    write(folder)
    change(folder, title="Another", created="2026-05-06", licence="Apache-2.0", source="here")
    assert Bundle.open(folder).card(builtin=False).fingerprint == before
    seen = {before}
    files = Bundle.open(folder).manifest.files
    decisive: tuple[dict[str, Any], ...] = (
        {"threshold": {"value": 0.24, "basis": "made up"}},
        {"normalize": False},
        {"embedding_size": 512},
        {"architecture": "campplus"},
        {"model_id": "test-2"},
        {"files": {**files, "embedding_model.ckpt": "0" * 64}},
        {"files": {**files, "cohort.npy": "0" * 64}},
    )
    for values in decisive:
        write(folder)
        change(folder, **values)
        seen.add(Bundle.open(folder).card(builtin=False).fingerprint)
    assert len(seen) == 1 + len(decisive)


@pytest.mark.parametrize("name", ["hyperparams.yaml", "embedding_model.ckpt"])
def test_altered_file_is_named(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"other")
    with pytest.raises(ModelAltered, match=name):
        Bundle.open(folder).verify()


def test_missing_file_is_named(folder: Path) -> None:
    (folder / "embedding_model.ckpt").unlink()
    with pytest.raises(ModelAltered, match=r"embedding_model\.ckpt .* missing"):
        Bundle.open(folder).verify()


def test_link_out_of_the_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    # The hash would be right: what the link points at could be changed by somebody else later.
    outside = tmp_path / "outside"
    (folder / "embedding_model.ckpt").rename(outside)
    (folder / "embedding_model.ckpt").symlink_to(outside)
    with pytest.raises(ModelRefused, match=r"embedding_model\.ckpt"):
        Bundle.open(folder).verify()
    with pytest.raises(ModelRefused, match=r"embedding_model\.ckpt"):
        write(folder)


def test_linked_manifest_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "manifest.json").rename(tmp_path / "m")
    (folder / "manifest.json").symlink_to(tmp_path / "m")
    with pytest.raises(ModelRefused, match="link"):
        Bundle.open(folder)


def test_unlisted_file_is_not_given_out(folder: Path) -> None:
    (folder / "extra.ckpt").write_bytes(b"x")
    with pytest.raises(ModelRefused, match=r"extra\.ckpt is not listed"):
        Bundle.open(folder).file("extra.ckpt")


@pytest.mark.parametrize(
    "name",
    ["../secret", "/etc/passwd", "a/b", "a\\b", "..", ".", "", "C:x", "a\0b", "manifest.json"],
)
def test_names_that_leave_the_folder_are_refused(folder: Path, name: str) -> None:
    files = json.loads((folder / "manifest.json").read_text())["files"]
    change(folder, files={**files, name: "0" * 64})
    with pytest.raises(ModelRefused, match="not a plain file name"):
        Bundle.open(folder)


@pytest.mark.parametrize(
    "values",
    [
        {"schema_version": 2},
        {"model_id": "UPPER/../case"},
        {"model_id": "x" * 100},
        {"title": ""},
        {"title": "two\nlines"},
        {"sample_rate": 8000},
        {"embedding_size": 0},
        {"embedding_size": "192"},
        {"embedding_size": 10**9},
        {"normalize": "yes"},
        {"normalize": 1},
        {"threshold": {"value": 1.5, "basis": "x"}},
        {"threshold": {"value": 1.0, "basis": "x"}},
        {"threshold": {"value": 0.0, "basis": "x"}},
        {"threshold": {"value": 0.0499, "basis": "x"}},
        {"threshold": {"value": -1.0, "basis": "x"}},
        {"threshold": {"value": 0.2}},
        {"files": {}},
        {"files": {"a.ckpt": "0" * 64, "b.ckpt": "0" * 64}},
        {"files": {"hyperparams.yaml": "abc", "b.ckpt": "0" * 64}},
        {"files": {"hyperparams.yaml": "0" * 64}},
        {"created": "yesterday"},
        {"surprise": 1},
    ],
)
def test_manifest_is_read_strictly(folder: Path, values: dict[str, Any]) -> None:
    change(folder, **values)
    with pytest.raises(ModelRefused, match=r"manifest\.json of model is not valid"):
        Bundle.open(folder)


def test_too_many_files_are_refused(folder: Path) -> None:
    files = json.loads((folder / "manifest.json").read_text())["files"]
    change(folder, files={**files, **{f"f{i}": "0" * 64 for i in range(MAX_FILES)}})
    with pytest.raises(ModelRefused, match="not valid"):
        Bundle.open(folder)


def test_nan_threshold_is_refused(folder: Path) -> None:
    text = (folder / "manifest.json").read_text()
    (folder / "manifest.json").write_text(text.replace("0.25", "NaN"))
    with pytest.raises(ModelRefused):
        Bundle.open(folder)


def test_huge_manifest_is_refused(folder: Path) -> None:
    (folder / "manifest.json").write_bytes(b" " * (MAX_MANIFEST_BYTES + 1))
    with pytest.raises(ModelRefused, match="too large"):
        Bundle.open(folder)


def test_folder_without_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match=r"no readable manifest\.json"):
        Bundle.open(tmp_path)


def test_sub_folder_is_not_listed(folder: Path) -> None:
    (folder / "sub").mkdir()
    with pytest.raises(ModelRefused, match="sub does not belong"):
        write(folder)
