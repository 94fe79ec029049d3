"""Out of damaged or lost records: what is accepted, what is told, and what becomes of backups."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from kiosk.core.accounts.credentials import Right
from kiosk.core.errors import ChainBroken, KeyUnavailable
from kiosk.core.records.audit import AuditAction, AuditQuery
from kiosk.settings import load_settings
from kiosk.storage.database.files import BACKUPS_KEPT
from kiosk.vault.vault import Vault
from tests.integration.storage.helpers import sql
from tests.integration.storage.started import kiosk_in

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk.services.facade import Kiosk

ENABLED = "UPDATE person SET enabled = 1"
PERSON = (
    "INSERT INTO person (id, user_id, name, enabled, created_at) "
    "VALUES (1, 'anna', '', 0, '2026-01-01')"
)


@pytest.fixture
def folder(data_dir: Path) -> Path:
    """Return the folder of a kiosk that has done a few things and has one good backup."""
    with kiosk_in(data_dir, until="keys"):
        sql(data_dir / "kiosk.db", PERSON)
    with kiosk_in(data_dir) as kiosk:
        for name in ("till", "door", "gate"):
            kiosk.api_keys.create(name, [Right.VERIFY])
        kiosk.backups.create()
    return data_dir


def remove_record(folder: Path) -> None:
    """Remove one that is about no row: the kiosk starts."""
    sql(folder / "kiosk.db", "DROP TRIGGER audit_no_delete")
    sql(folder / "kiosk.db", "DELETE FROM audit WHERE action = 'key.created'")


def is_sound(kiosk: Kiosk) -> None:
    """Check that a kiosk and a new backup of it are sound, and that it can be restored."""
    verdict = kiosk.audit.verify()
    assert verdict.intact
    assert any("not checked" in each for each in verdict.notices)
    assert kiosk.audit.look().warnings == ()
    made = kiosk.backups.create()
    assert kiosk.backups.check(made.file).contents.differences == ()
    kiosk.backups.restore(made.file)
    assert kiosk.audit.verify().intact


def test_damaged_records_end_no_backup_that_can_be_restored(folder: Path) -> None:
    remove_record(folder)
    with kiosk_in(folder, until="keys") as kiosk:
        (good,) = kiosk.backups.all()
        for _ in range(BACKUPS_KEPT + 1):
            with pytest.raises(ChainBroken, match="cannot be restored"):
                kiosk.backups.create()
        with pytest.raises(ChainBroken):
            kiosk.backups.create(good.file, overwrite=True)
        assert [each.file for each in kiosk.backups.all()] == [good.file]
        # What is replaced is kept as it is, and takes the place of none.
        for _ in range(BACKUPS_KEPT + 1):
            kiosk.backups.restore(good.file)
            remove_record(folder)
        assert len(kiosk.backups.all()) == BACKUPS_KEPT + 2
        assert kiosk.backups.check(good.file).contents.people == 1


def test_a_removed_record_is_accepted_once_and_for_all(folder: Path) -> None:
    remove_record(folder)
    with kiosk_in(folder, until="keys") as kiosk:
        assert not kiosk.audit.verify().intact
        kiosk.audit.accept()
        is_sound(kiosk)
    with kiosk_in(folder) as kiosk:
        is_sound(kiosk)


def test_accepting_rows_leaves_the_records_checked(folder: Path) -> None:
    sql(folder / "kiosk.db", ENABLED)
    with kiosk_in(folder, until="storage") as kiosk:
        kiosk.audit.accept()
        verdict = kiosk.audit.verify()
    assert verdict.intact
    assert verdict.first is not None
    assert verdict.first.seq == 1
    assert not any("not checked" in each for each in verdict.notices)


def test_an_accepted_earlier_copy_is_not_told_again(folder: Path) -> None:
    earlier = folder.parent / "earlier.db"
    shutil.copy(folder / "kiosk.db", earlier)
    with kiosk_in(folder) as kiosk:
        kiosk.preferences.set("theme", "dark")
        assert kiosk.audit.anchors is not None
        kiosk.audit.anchor(kiosk.audit.anchors)
    shutil.copy(earlier, folder / "kiosk.db")
    for suffix in ("-wal", "-shm"):
        (folder / f"kiosk.db{suffix}").unlink(missing_ok=True)
    with kiosk_in(folder, until="keys") as kiosk:
        assert not kiosk.audit.verify().intact
        kiosk.audit.accept()
        assert kiosk.audit.verify().intact
    with kiosk_in(folder) as kiosk:
        is_sound(kiosk)


def lose_keys(folder: Path) -> None:
    (key,) = load_settings(folder).keys_folder.glob("*.key")
    key.unlink()


def test_a_lost_key_leaves_a_kiosk_whose_records_can_be_checked(folder: Path) -> None:
    lose_keys(folder)
    with kiosk_in(folder, until="storage") as kiosk:
        kiosk.keys.revoke()
        assert kiosk.audit.verify().intact
    with kiosk_in(folder) as kiosk:
        is_sound(kiosk)


def test_killed_between_the_new_key_and_the_records(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_keys(folder)
    renew = Vault.renew

    def killed(vault: Vault) -> None:
        renew(vault)
        raise KeyboardInterrupt

    with kiosk_in(folder, until="storage") as kiosk, monkeypatch.context() as patched:
        patched.setattr(Vault, "renew", killed)
        with pytest.raises(KeyboardInterrupt):
            kiosk.keys.revoke()
    with pytest.raises(KeyUnavailable), kiosk_in(folder):
        pass
    with kiosk_in(folder, until="storage") as kiosk:
        kiosk.keys.revoke()
    with kiosk_in(folder) as kiosk:
        is_sound(kiosk)


def test_revoking_with_the_key_at_hand_leaves_the_records_checked(folder: Path) -> None:
    with kiosk_in(folder, until="storage") as kiosk:
        kiosk.keys.revoke()
    with kiosk_in(folder) as kiosk:
        begun = kiosk.audit.find(AuditQuery(actions=(AuditAction.CHAIN_BEGUN.value,)))
        assert [each.seq for each in begun] == [1]
        assert kiosk.audit.verify().intact


def test_a_backup_of_altered_rows_is_told_and_takes_the_place_of_none(folder: Path) -> None:
    sql(folder / "kiosk.db", ENABLED)
    with kiosk_in(folder, until="keys") as kiosk:
        (good,) = kiosk.backups.all()
        for _ in range(BACKUPS_KEPT):
            made = kiosk.backups.create()
        assert kiosk.backups.all()[0].file == good.file
        (text,) = kiosk.backups.check(made.file).contents.differences
        assert text.startswith("anna is")
        assert kiosk.backups.check(good.file).contents.differences == ()
