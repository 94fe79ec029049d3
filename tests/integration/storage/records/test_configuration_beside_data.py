"""What somebody with the data folder can do with a configuration file in it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from kiosk.core.errors import KeyUnavailable, SettingsInvalid
from kiosk.settings import load_settings
from tests.integration.storage.started import kiosk_in

if TYPE_CHECKING:
    from pathlib import Path

STRICT = "[verification]\ntries = 2\n[api]\nseed_engine_open = false\n"
LAX = "[verification]\ntries = 10\n[api]\nhost = '0.0.0.0'\n"
SAID = (
    "The configuration file in the data folder says of the setting {}: {}. When it was last "
    "accepted it said: {}."
)


def write(folder: Path, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "kiosk.toml").write_text(text)


@pytest.mark.expects_log
def test_a_kiosk_that_brings_its_own_keys_is_not_taken_for_this_one(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIOSK_KEYS__PLACE", "file")
    with kiosk_in(data_dir) as kiosk:
        genuine = kiosk.audit.verify()
    # Somebody makes another one at the same path, elsewhere, with keys beside its data ...
    ours = tmp_path / "ours"
    data_dir.rename(ours)
    brought = data_dir / "logs" / ".k"
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("XDG_CONFIG_HOME", str(tmp_path / "their-config"))
        elsewhere.setenv("KIOSK_KEYS__FILE", str(brought))
        with kiosk_in(data_dir):
            pass
    # ... and lets its file say so.
    write(data_dir, f"[keys]\nplace = 'file'\nfile = '{brought}'\n[audit]\nanchor_file = 'off'\n")
    with pytest.raises(SettingsInvalid, match="in the data folder"):
        load_settings(data_dir)
    (data_dir / "kiosk.toml").unlink()
    monkeypatch.setenv("KIOSK_KEYS__FILE", str(brought))  # nor by whatever else names those keys
    with pytest.raises(KeyUnavailable, match="exchanged"), kiosk_in(data_dir):
        pass
    monkeypatch.delenv("KIOSK_KEYS__FILE")
    shutil.rmtree(data_dir)
    ours.rename(data_dir)
    with kiosk_in(data_dir) as kiosk:
        assert kiosk.audit.verify().records >= genuine.records


@pytest.mark.expects_log
def test_what_the_file_says_anew_is_told_until_it_is_accepted(data_dir: Path) -> None:
    write(data_dir, STRICT)
    for _ in range(2):  # what it says at the first start is what it should say
        with kiosk_in(data_dir) as kiosk:
            assert kiosk.audit.warnings == ()
    write(data_dir, LAX)
    expected = (
        SAID.format("verification.tries", "10", "2"),
        SAID.format("api.host", "0.0.0.0", "nothing of it"),
        SAID.format("api.seed_engine_open", "nothing of it", "False"),
    )
    for _ in range(3):  # it is not forgotten because it was said once, or recorded
        with kiosk_in(data_dir) as kiosk:
            assert kiosk.audit.warnings == expected
            assert kiosk.policies.verification.tries == 10
            assert kiosk.audit.look().warnings == expected
    (data_dir / "kiosk.toml").unlink()
    with kiosk_in(data_dir) as kiosk:
        assert len(kiosk.audit.warnings) == 2  # of what was strict before
        assert kiosk.audit.accept().warnings
        assert kiosk.audit.look().warnings == ()
    write(data_dir, LAX)
    with kiosk_in(data_dir) as kiosk:
        assert len(kiosk.audit.warnings) == 2
        kiosk.audit.accept()
    with kiosk_in(data_dir) as kiosk:
        assert kiosk.audit.warnings == ()
        assert kiosk.audit.verify().intact


def test_what_is_set_elsewhere_is_no_matter_of_that_file(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(data_dir, "full_screen = true\n" + STRICT)
    with kiosk_in(data_dir):
        pass
    monkeypatch.setenv("KIOSK_VERIFICATION__TRIES", "5")
    monkeypatch.setenv("KIOSK_API__HOST", "0.0.0.0")
    write(data_dir, "full_screen = false\nlanguage = 'de'\n" + STRICT)
    site = tmp_path / "site.toml"
    site.write_text("[enrollment]\ntakes = 5\n[keys]\nplace = 'auto'\n")
    monkeypatch.setenv("KIOSK_SITE_CONFIG", str(site))
    with kiosk_in(data_dir) as kiosk:
        assert kiosk.audit.warnings == ()
