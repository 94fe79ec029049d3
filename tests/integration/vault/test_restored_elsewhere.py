"""A restore tells the place of the keys whose database it puts there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.integration.storage.helpers import enroll
from tests.integration.storage.vaulted import PASSPHRASE, people, started

if TYPE_CHECKING:
    from pathlib import Path


def test_a_backup_of_another_kiosk_is_known_where_it_was_put(tmp_path: Path) -> None:
    file = tmp_path / "usb.kbk"
    with started(tmp_path / "data", tmp_path / "keys") as here:
        enroll(here.database, "test1")
        here.backups.create(file, PASSPHRASE)
    with started(tmp_path / "other", tmp_path / "other-keys") as other:
        other.backups.restore(file, PASSPHRASE, other_kiosk=True)
    # Its database has an identity that was never there before, and nobody must accept it.
    with started(tmp_path / "other", tmp_path / "other-keys") as again:
        assert people(again) == ["test1"]
