"""Some seconds of what ``python -m tests.soak.mixed_load 300`` does for minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kiosk.demo import voices
from tests.soak import mixed_load

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.skipif(not voices.available(), reason="flite is not installed")
def test_a_desktop_and_a_service_share_one_database(tmp_path: Path) -> None:
    account = mixed_load.run(tmp_path / "data", 3.0)
    assert account.errors == []
    assert set(account.desktop) == {"verify", "enroll", "prefer", "check_pin", "erase"}
    assert set(account.service) == {"enroll", "verify", "list", "erase"}
