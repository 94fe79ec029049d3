"""What somebody with the disk can do to an installed voice model, and what the kiosk says."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from kiosk.core.errors import ChainBroken, ModelAltered, ModelMissing, ModelRefused
from kiosk.resources import resources_dir
from kiosk.services.voice.models_vouched import key_of
from kiosk.speaker.bundles.bundle import write_manifest
from tests.integration.storage.helpers import sql
from tests.integration.storage.started import kiosk_in

if TYPE_CHECKING:
    from pathlib import Path

MODEL = "site-model"


def put(data_dir: Path, threshold: float = 0.5) -> Path:
    """Put a model into the data folder, as an earlier version has installed it."""
    folder = data_dir / "models" / MODEL
    shutil.copytree(resources_dir() / "models" / "ecapa-kiosk", folder)
    write_manifest(
        folder,
        model_id=MODEL,
        title="Ours",
        embedding_size=192,
        normalize=False,
        threshold=threshold,
        threshold_basis="measured",
        licence="MIT",
        source="us",
    )
    return folder / "manifest.json"


def set_threshold(manifest: Path, value: float) -> None:
    said = json.loads(manifest.read_text())
    said["threshold"]["value"] = value
    manifest.write_text(json.dumps(said))


def refused(data_dir: Path) -> str:
    with pytest.raises(ChainBroken) as caught, kiosk_in(data_dir):
        pass
    return caught.value.message


@pytest.mark.expects_log
def test_a_model_that_was_altered_keeps_the_kiosk_from_starting(data_dir: Path) -> None:
    manifest = put(data_dir)
    for _ in range(2):  # what an earlier version has installed is taken as it is, once
        with kiosk_in(data_dir) as kiosk:
            assert kiosk.audit.verify().intact
    set_threshold(manifest, 0.06)
    assert f"The voice model {MODEL} is not as it was when it was installed" in refused(data_dir)
    with kiosk_in(data_dir, until="keys") as kiosk:
        (text,) = kiosk.audit.verify().differences
        assert MODEL in text
        altered = kiosk.models.card(MODEL).fingerprint
        with pytest.raises(ModelAltered):
            kiosk.models.use(MODEL)
    # And so it stays when what was taken is rewritten to suit, or removed.
    change = "UPDATE preference SET value = ? WHERE key = ?"
    sql(data_dir / "kiosk.db", change, altered, key_of(MODEL))
    assert f"What is known of the voice model {MODEL}" in refused(data_dir)
    with kiosk_in(data_dir, until="keys") as kiosk:
        kiosk.audit.accept()
    with kiosk_in(data_dir) as kiosk:
        assert kiosk.audit.verify().intact


@pytest.mark.expects_log
def test_a_model_that_is_taken_again_as_it_is_now_is_accepted(data_dir: Path) -> None:
    manifest = put(data_dir)
    with kiosk_in(data_dir):
        pass
    set_threshold(manifest, 0.4)
    refused(data_dir)
    with kiosk_in(data_dir, until="keys") as kiosk:
        assert len(kiosk.audit.accept().differences) == 1
    with kiosk_in(data_dir) as kiosk:
        assert kiosk.audit.verify().intact


def test_a_threshold_that_accepts_strangers_is_no_threshold(data_dir: Path) -> None:
    manifest = put(data_dir)
    with kiosk_in(data_dir):
        pass
    set_threshold(manifest, 0.0001)
    with kiosk_in(data_dir) as kiosk, pytest.raises(ModelAltered, match="cannot be used"):
        kiosk.models.card(MODEL)


def test_a_model_that_is_gone_or_in_other_words_is_no_difference(data_dir: Path) -> None:
    manifest = put(data_dir)
    with kiosk_in(data_dir):
        pass
    said = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**said, "title": "Theirs", "created": "2020-01-01"}))
    with kiosk_in(data_dir) as kiosk:
        assert kiosk.audit.verify().intact
    shutil.rmtree(manifest.parent)
    with kiosk_in(data_dir) as kiosk:
        assert kiosk.audit.verify().intact
        with pytest.raises(ModelMissing):
            kiosk.models.card(MODEL)


def test_a_model_that_was_put_there_later_is_used_only_when_it_is_chosen(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with kiosk_in(data_dir):
        pass
    put(data_dir)
    monkeypatch.setenv("KIOSK_MODEL__ID", MODEL)
    for _ in range(2):
        with kiosk_in(data_dir) as kiosk, pytest.raises(ModelRefused, match="not installed by"):
            kiosk.models.load()
    with kiosk_in(data_dir) as kiosk:
        kiosk.models.use(MODEL)
    with kiosk_in(data_dir, until="model") as kiosk:
        assert kiosk.engine.card.model_id == MODEL
        assert kiosk.audit.verify().intact
