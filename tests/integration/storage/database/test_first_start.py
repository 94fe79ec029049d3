"""What the first start of this version makes and adopts."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from kiosk.bootstrap import build
from kiosk.settings import load_settings
from tests.integration.storage.helpers import sql
from tests.integration.storage.started import kiosk_in

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_anchors_lie_beside_the_keys_unless_they_are_moved_or_switched_off(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = tmp_path / "elsewhere" / "kiosk.key"
    anchors = keys.with_name("kiosk.key.anchors")
    monkeypatch.setenv("KIOSK_KEYS__FILE", str(keys))
    monkeypatch.setenv("KIOSK_AUDIT__ANCHOR_FILE", "off")
    with kiosk_in(data_dir) as kiosk:
        assert kiosk.audit.anchors is None
    assert not anchors.exists()
    monkeypatch.delenv("KIOSK_AUDIT__ANCHOR_FILE")
    with build(load_settings(data_dir)) as kiosk, kiosk.audit.running("service"):
        kiosk.startup.run(until="audit")
        started = len(anchors.read_text().splitlines())
        assert kiosk.audit.verify().anchors == started > 0
    assert len(anchors.read_text().splitlines()) == started + 1  # and when it ends
    assert anchors.stat().st_mode & 0o077 == 0
    monkeypatch.delenv("KIOSK_KEYS__FILE")
    with build(load_settings(data_dir / "other")) as kiosk:
        kiosk.startup.run(until="audit")
        named = kiosk.audit.anchors
        kiosk_id = dict(kiosk.keys.report().facts)["kiosk"]
        assert named is not None
        assert named.name.endswith(f"keys/{kiosk_id}.anchors")
        assert str(data_dir) not in named.name


def test_api_keys_of_an_earlier_version_go_on_being_accepted(data_dir: Path) -> None:
    text = "vk_abcdefghijkl_" + "x" * 43
    with kiosk_in(data_dir, until="keys"):
        sql(
            data_dir / "kiosk.db",
            "INSERT INTO api_key (id, name, rights, hash, created_at) "
            "VALUES ('abcdefghijkl', 'till', '[\"verify\"]', ?, '2026-01-01')",
            sha256(text.encode()).hexdigest(),
        )
    for _ in range(2):
        with kiosk_in(data_dir) as kiosk:
            assert kiosk.api_keys.authenticate(text) is not None
            assert kiosk.api_keys.authenticate(text.replace("x", "y")) is None
            assert kiosk.audit.verify().intact
    # One that is put there later in the same way opens nothing.
    sql(data_dir / "kiosk.db", "UPDATE api_key SET hash = ?", sha256(text.encode()).hexdigest())
    with kiosk_in(data_dir, until="storage") as kiosk:
        assert kiosk.api_keys.authenticate(text) is None
