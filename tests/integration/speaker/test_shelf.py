from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from kiosk.core.errors import ModelAltered, ModelMissing, ModelRefused
from kiosk.speaker.bundles.bundle import Bundle
from kiosk.speaker.shelf import FolderModelShelf
from tests.integration.speaker.support import BUILTIN, DIM, Steps, cosine, ids, noise, small_model
from tests.integration.speaker.test_ecapa import bundle

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def steps() -> Steps:
    return Steps([])


def left_behind(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))


def test_built_in_model_is_there_without_anything_installed(
    shelf: FolderModelShelf, user_folder: Path
) -> None:
    assert ids(shelf.models()) == BUILTIN
    card = shelf.card("ecapa-kiosk-2")
    assert (card.dim, card.normalize, card.builtin) == (192, False, True)
    assert 0 < card.threshold < 1
    assert "validation trials: FMR" in card.threshold_basis
    assert not user_folder.exists()


def test_built_in_model_is_sound(shelf: FolderModelShelf) -> None:
    Bundle.open(shelf.card("ecapa-kiosk-2").folder).verify()


def test_unknown_model_is_missing(shelf: FolderModelShelf) -> None:
    for look in (shelf.card, shelf.load):
        with pytest.raises(ModelMissing, match="other"):
            look("other")


def test_loads_by_name(shelf: FolderModelShelf) -> None:
    assert shelf.load("ecapa-kiosk-2").encode(noise(1.0)).model_id == "ecapa-kiosk-2"


def test_installs_a_folder(
    shelf: FolderModelShelf, model: Path, user_folder: Path, steps: Steps
) -> None:
    card = shelf.install(str(model), steps)
    assert card.model_id.startswith("small-voxceleb-")
    assert (card.dim, card.normalize, card.threshold) == (DIM, False, 0.25)
    assert not card.builtin
    assert card.folder == user_folder / card.model_id
    assert steps.last == ("Installed", 1.0)
    assert steps.shares == sorted(steps.shares)
    assert ids(shelf.models()) == [*BUILTIN, card.model_id]
    assert shelf.card(card.model_id) == card
    assert shelf.load(card.model_id).encode(noise(1.0)).dim == DIM
    assert left_behind(user_folder) == []
    assert user_folder.stat().st_mode & 0o777 == 0o700
    assert card.folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in card.folder.iterdir()} == {0o600}


def test_installed_model_does_not_need_its_source(
    shelf: FolderModelShelf, model: Path, steps: Steps
) -> None:
    card = shelf.install(str(model), steps)
    shutil.rmtree(model)
    assert shelf.load(card.model_id).encode(noise(1.0)).model_id == card.model_id


def test_folder_and_zip_give_the_same_model(
    shelf: FolderModelShelf, model: Path, tmp_path: Path, steps: Steps
) -> None:
    archive = shutil.make_archive(str(tmp_path / model.name), "zip", model.parent, model.name)
    card = shelf.install(archive, steps)
    assert steps.last == ("Installed", 1.0)
    again = shelf.install(str(model), steps)
    assert steps.last == ("Already installed", 1.0)
    assert again == card
    assert ids(shelf.models()) == [*BUILTIN, card.model_id]


def test_other_weights_are_another_model(
    shelf: FolderModelShelf, model: Path, tmp_path: Path, steps: Steps
) -> None:
    other = small_model(tmp_path / "elsewhere" / model.name, seed=2)
    one, two = (shelf.install(str(folder), steps) for folder in (model, other))
    assert one.model_id != two.model_id
    first, second = (shelf.load(card.model_id).raw(noise(1.0).samples) for card in (one, two))
    assert cosine(first, second) < 0.99


def test_half_precision_is_installed(
    shelf: FolderModelShelf, torch_ready: None, tmp_path: Path, steps: Steps
) -> None:
    half = shelf.install(str(small_model(tmp_path / "half", half=True)), steps)
    whole = shelf.install(str(small_model(tmp_path / "whole")), steps)
    vectors = [shelf.load(card.model_id).raw(noise(1.0).samples) for card in (half, whole)]
    assert vectors[0].dtype == np.float32
    assert cosine(*vectors) > 0.999


def test_manifest_that_comes_along_is_kept(
    shelf: FolderModelShelf, model: Path, steps: Steps
) -> None:
    (model / "notes.txt").unlink(missing_ok=True)
    given = bundle(model, normalize=True).manifest
    card = shelf.install(str(model), steps)
    assert (card.model_id, card.normalize, card.title) == ("small", True, "Small")
    assert Bundle.open(card.folder).manifest == given
    (model / "embedding_model.ckpt").write_bytes(b"other")
    with pytest.raises(ModelAltered, match=r"embedding_model\.ckpt"):
        shelf.install(str(model), steps)


def test_identity_of_another_model_cannot_be_taken(
    shelf: FolderModelShelf, model: Path, user_folder: Path, steps: Steps
) -> None:
    manifest = bundle(model).folder / "manifest.json"
    text = manifest.read_text()
    manifest.write_text(text.replace('"small"', '"ecapa-kiosk-2"'))
    with pytest.raises(ModelRefused, match="Another model with the identity ecapa-kiosk-2"):
        shelf.install(str(model), steps)
    # Nor by putting the folder there by hand.
    shutil.copytree(model, user_folder / "a-trick")
    assert shelf.card("ecapa-kiosk-2").builtin
    assert ids(shelf.models()) == BUILTIN
    assert shelf.load("ecapa-kiosk-2").card.dim == 192


def test_any_folder_name_will_do(
    shelf: FolderModelShelf, model: Path, tmp_path: Path, steps: Steps
) -> None:
    for number, name in enumerate(("Über Modell\n\x1b[31m", "...", "x" * 200, "模型")):
        folder = small_model(tmp_path / name, seed=number + 10)
        card = shelf.install(str(folder), steps)
        assert card.title.isprintable()
        assert card.folder.name == card.model_id
        assert len(card.model_id) <= 80


def test_refused_models_leave_nothing_behind(
    shelf: FolderModelShelf, model: Path, user_folder: Path, steps: Steps
) -> None:
    with (model / "hyperparams.yaml").open("a") as stream:
        stream.write("x: !apply:os.getcwd []\n")
    with pytest.raises(ModelRefused, match="!apply:os"):
        shelf.install(str(model), steps)
    assert list(user_folder.iterdir()) == []
    assert ("Installed", 1.0) not in steps.said


def test_model_that_hears_nothing_is_refused(
    shelf: FolderModelShelf, model: Path, user_folder: Path, steps: Steps
) -> None:
    import torch

    path = model / "embedding_model.ckpt"
    state = torch.load(path, weights_only=True)
    state["fc.conv.weight"].zero_()
    torch.save(state, path)
    with pytest.raises(ModelRefused, match="does not tell sounds apart"):
        shelf.install(str(model), steps)
    assert list(user_folder.iterdir()) == []


@pytest.mark.parametrize("source", ["nowhere", "somebody/other-model", ""])
def test_what_is_not_there_is_refused(
    shelf: FolderModelShelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelRefused) as caught:
        shelf.install(source, Steps([]))
    assert "\n" not in str(caught.value)


def test_file_of_something_else_is_refused(
    shelf: FolderModelShelf, tmp_path: Path, steps: Steps
) -> None:
    (tmp_path / "model.zip").write_bytes(b"not a zip")
    with pytest.raises(ModelRefused, match=r"model\.zip is not a ZIP file"):
        shelf.install(str(tmp_path / "model.zip"), steps)


def test_folder_that_cannot_be_written_is_said(
    builtin_folder: Path, model: Path, tmp_path: Path, steps: Steps
) -> None:
    (tmp_path / "blocked").write_text("a file, where the folder should be")
    shelf = FolderModelShelf(builtin_folder, tmp_path / "blocked" / "models")
    with pytest.raises(ModelRefused, match="cannot be written"):
        shelf.install(str(model), steps)


def test_damaged_model_is_listed_but_not_loaded(
    shelf: FolderModelShelf, model: Path, steps: Steps
) -> None:
    card = shelf.install(str(model), steps)
    with (card.folder / "embedding_model.ckpt").open("ab") as stream:
        stream.write(b"x")
    assert card.model_id in ids(shelf.models())
    with pytest.raises(ModelAltered, match=r"embedding_model\.ckpt"):
        shelf.load(card.model_id)


@pytest.mark.parametrize("file", ["embedding_model.ckpt", "manifest.json"])
def test_installing_again_mends_a_damaged_model(
    shelf: FolderModelShelf, model: Path, user_folder: Path, steps: Steps, file: str
) -> None:
    card = shelf.install(str(model), steps)
    (card.folder / file).write_bytes(b"{")
    with pytest.raises(ModelAltered, match="manifest" if file == "manifest.json" else "ckpt"):
        shelf.load(card.model_id)
    assert shelf.install(str(model), steps) == card
    assert steps.last == ("Installed", 1.0)
    assert shelf.load(card.model_id).encode(noise(1.0)).model_id == card.model_id
    assert left_behind(user_folder) == []


def test_damaged_builtin_model_is_not_written_to(
    builtin_folder: Path, user_folder: Path, tmp_path: Path, steps: Steps
) -> None:
    sound = builtin_folder / "ecapa-kiosk"
    damaged = tmp_path / "builtin" / "ecapa-kiosk"
    shutil.copytree(sound, damaged)
    with (damaged / "embedding_model.ckpt").open("ab") as stream:
        stream.write(b"x")
    shelf = FolderModelShelf(damaged.parent, user_folder, threads=1)
    with pytest.raises(ModelAltered, match=r"embedding_model\.ckpt"):
        shelf.install(str(sound), steps)
    assert list(user_folder.iterdir()) == []


def test_unreadable_folders_are_left_out(
    shelf: FolderModelShelf, model: Path, user_folder: Path, steps: Steps
) -> None:
    card = shelf.install(str(model), steps)
    (user_folder / "empty").mkdir()
    (user_folder / "broken").mkdir()
    (user_folder / "broken" / "manifest.json").write_text("{")
    (user_folder / "file.txt").write_text("x")
    (user_folder / "linked").symlink_to(card.folder)
    assert ids(shelf.models()) == [*BUILTIN, card.model_id]
