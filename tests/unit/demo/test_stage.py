from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from kiosk.demo import voices
from kiosk.demo.stage import stage
from kiosk.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.skipif(not voices.available(), reason="the stage needs flite")
def test_the_stage_is_set_apart_from_the_kiosk_of_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = f"sqlite:///{tmp_path / 'people.db'}"
    monkeypatch.setenv("KIOSK_DATABASE_URL", real)
    monkeypatch.setenv("KIOSK_VERIFICATION__TRIES", "1")
    monkeypatch.setenv("KIOSK_AUDIO__DEVICE", "ALSA: somewhere else")
    with stage(real_microphone=True) as place:
        settings = load_settings(place.data_dir)
        assert settings.database == place.data_dir / "kiosk.db"
        assert (settings.verification.tries, settings.audio.device) == (3, None)
    assert os.environ["KIOSK_DATABASE_URL"] == real
