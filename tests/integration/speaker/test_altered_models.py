"""Nothing that a model's files contain is ever run."""

from __future__ import annotations

import os
import pickle
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from kiosk.core.errors import ModelAltered, ModelRefused
from kiosk.speaker.encoders.ecapa import EcapaEncoder
from kiosk.speaker.encoders.weights import read_tensors
from tests.integration.speaker.test_ecapa import bundle

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Poison:
    """Creates a folder when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[[str], Any], tuple[str]]:
        return os.mkdir, (str(self.mark),)


def test_the_poison_works(tmp_path: Path) -> None:
    # Otherwise the tests below could not fail.
    mark = tmp_path / "mark"
    pickle.loads(pickle.dumps(Poison(mark)))
    assert mark.exists()


@pytest.mark.parametrize("form", ["pickle", "torch"])
def test_poisoned_weights_are_refused_before_they_are_read(
    model: Path, tmp_path: Path, form: str
) -> None:
    import torch

    mark = tmp_path / "mark"
    known = bundle(model)
    weights = model / "embedding_model.ckpt"
    if form == "pickle":
        weights.write_bytes(pickle.dumps({"a": Poison(mark)}))
    else:
        torch.save({"a": Poison(mark)}, weights)
    with pytest.raises(ModelAltered, match=r"embedding_model\.ckpt"):
        EcapaEncoder.from_bundle(known, threads=1)
    # And with a manifest that vouches for them they are read as data, not run.
    with pytest.raises(ModelRefused, match="not a file of weights"):
        EcapaEncoder.from_bundle(bundle(model), threads=1)
    assert not mark.exists()


def test_altered_settings_are_refused_before_they_are_read(model: Path, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    known = bundle(model)
    with (model / "hyperparams.yaml").open("a") as stream:
        stream.write(f"x: !apply:os.mkdir [{mark}]\n")
    with pytest.raises(ModelAltered, match=r"hyperparams\.yaml"):
        EcapaEncoder.from_bundle(known, threads=1)
    with pytest.raises(ModelRefused, match=r"!apply:os\.mkdir"):
        EcapaEncoder.from_bundle(bundle(model), threads=1)
    assert not mark.exists()


def test_weights_that_nobody_vouched_for_are_refused(model: Path) -> None:
    known = bundle(model)
    (model / "other.ckpt").write_bytes((model / "embedding_model.ckpt").read_bytes())
    settings = model / "hyperparams.yaml"
    text = settings.read_text().replace("/embedding_model.ckpt", "/other.ckpt")
    settings.write_text(text)
    listed = bundle(model).manifest
    files = {name: digest for name, digest in listed.files.items() if name != "other.ckpt"}
    wrong = type(known)(model, listed.model_copy(update={"files": files}))
    with pytest.raises(ModelRefused, match=r"other\.ckpt is not listed"):
        EcapaEncoder.from_bundle(wrong, threads=1)


def test_packed_weights_are_refused(model: Path) -> None:
    # torch stores and never packs: a packed archive is meant to become large when it is opened.
    path = model / "embedding_model.ckpt"
    packed = model / "packed.ckpt"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, old.read(entry))
        new.writestr("archive/data/999", bytes(10_000_000))
    with pytest.raises(ModelRefused, match="packed"):
        read_tensors(packed)


def test_names_must_be_text(torch_ready: None, tmp_path: Path) -> None:
    import torch

    for content in ([1, 2], {1: torch.zeros(2)}, torch.zeros(3)):
        torch.save(content, tmp_path / "w.ckpt")
        with pytest.raises(ModelRefused, match="named weights"):
            read_tensors(tmp_path / "w.ckpt")
