"""What somebody with the disk can do to audit records, so that rows pass for what they say."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from kiosk.core.errors import ChainBroken
from tests.integration.storage.helpers import sql, unguard
from tests.integration.storage.set_up import PIN
from tests.integration.storage.started import kiosk_in

if TYPE_CHECKING:
    from pathlib import Path


def test_records_that_were_all_removed_do_not_begin_as_if_they_were_new(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    unguard(folder)
    for table in ("audit", "audit_head"):
        sql(folder / "kiosk.db", f"DELETE FROM {table}")
    refused = (r"Record 1 and all others are missing", "not those that the kiosk has written")
    for said in refused:  # and not only at the first of all later starts
        with pytest.raises(ChainBroken, match=said), kiosk_in(folder):
            pass
    with kiosk_in(folder, until="storage") as kiosk:
        verdict = kiosk.audit.verify()
    assert verdict.broken is not None
    assert "The first record is missing" in verdict.broken.text
    assert verdict.broken.seq == 1
    assert "all others are missing" in caplog.text
    caplog.clear()


REVOKED = ("api-key.revoked", "account.changed")
ACTED_AS_BEFORE = (
    "UPDATE api_key SET revoked_at = NULL",
    "UPDATE operator SET enabled = 1 WHERE login = 'eva'",
)
HIDDEN = {
    "as something else": ("UPDATE audit SET action = 'person.verified' WHERE action IN (?, ?)",),
    "removed": ("DELETE FROM audit WHERE action IN (?, ?)",),
    "and the end too": (
        "UPDATE audit SET action = 'person.verified' WHERE action IN (?, ?)",
        "DELETE FROM audit_head",
    ),
    "with the state that was adopted": (
        "UPDATE audit SET action = 'person.verified' WHERE action IN (?, ?)",
        "UPDATE audit SET action = 'person.verified' WHERE action = 'state.adopted'",
    ),
    "with macs that are none": (
        "UPDATE audit SET mac = 'none' WHERE action IN (?, ?)",
        "UPDATE audit SET mac = x'00' WHERE seq = (SELECT max(seq) FROM audit)",
    ),
    "and another one said to be one": (
        "DELETE FROM audit WHERE action IN (?, ?)",
        "UPDATE audit SET action = 'state.found' WHERE action = 'chain.begun'",
    ),
}


@pytest.mark.parametrize("statements", HIDDEN.values(), ids=HIDDEN.keys())
def test_whoever_hides_a_record_does_not_get_its_row_back(
    folder: Path, statements: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    unguard(folder)
    for statement in statements:
        sql(folder / "kiosk.db", statement, *(REVOKED if "?" in statement else ()))
    for statement in ACTED_AS_BEFORE:
        sql(folder / "kiosk.db", statement)
    for _ in range(2):  # what the kiosk records of the first refusal mends nothing
        with pytest.raises(ChainBroken, match="not what the audit records say"), kiosk_in(folder):
            pass
    with kiosk_in(folder, until="storage") as kiosk:
        with pytest.raises(ChainBroken, match="does not match the audit records"):
            kiosk.operators.sign_in("ida", PIN)
        assert not kiosk.audit.verify().intact
        kiosk.audit.accept()
    with kiosk_in(folder) as kiosk:
        assert kiosk.audit.warnings == ()
        assert kiosk.operators.sign_in("ida", PIN).account.login == "ida"
    caplog.clear()


def test_a_record_of_something_else_that_is_missing_is_told_until_it_is_accepted(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with kiosk_in(folder, until="storage") as kiosk:
        kiosk.operators.sign_in("ida", PIN)
        kiosk.operators.sign_out()
    unguard(folder)
    sql(folder / "kiosk.db", "DELETE FROM audit WHERE action = 'operator.signed-in'")
    for _ in range(2):
        with pytest.raises(ChainBroken, match="1 audit record was removed"), kiosk_in(folder):
            pass
    with kiosk_in(folder, until="storage") as kiosk:
        kiosk.audit.accept()
    with kiosk_in(folder) as kiosk:
        assert kiosk.audit.warnings == ()
    caplog.clear()


def test_what_somebody_altered_is_not_recorded_as_right_by_what_they_do_next(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    raised = "UPDATE operator SET role = 'administrator', must_change = 0 WHERE login = 'olga'"
    with kiosk_in(folder) as kiosk:
        _, pin = kiosk.accounts.reset("olga")
        kiosk.operators.sign_in("olga", pin)
        sql(folder / "kiosk.db", raised)
        with pytest.raises(ChainBroken, match="does not match the audit records"):
            kiosk.operators.sign_in("olga", pin)
        kiosk.accounts.reset("olga")
        kiosk.accounts.set_enabled("olga", enabled=False)
        (text,) = kiosk.audit.look().warnings
        assert "role of the account olga in the database is administrator" in text
        assert not kiosk.audit.verify().intact
    with pytest.raises(ChainBroken, match="role of the account olga"), kiosk_in(folder):
        pass
    assert "role of the account olga" in caplog.text
    caplog.clear()


def put_back(earlier: Path, folder: Path) -> None:
    shutil.copy(earlier, folder / "kiosk.db")
    for suffix in ("-wal", "-shm"):
        (folder / f"kiosk.db{suffix}").unlink(missing_ok=True)


def test_an_earlier_copy_serves_nobody_until_somebody_accepts_it(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    earlier = folder.parent / "earlier.db"
    shutil.copy(folder / "kiosk.db", earlier)
    # No program that goes on running was there, nor many records: a command is enough.
    with kiosk_in(folder, until="storage") as kiosk:
        kiosk.accounts.set_enabled("olga", enabled=False)
    put_back(earlier, folder)
    for _ in range(3):  # the first start writes an anchor that agrees
        with pytest.raises(ChainBroken, match="an earlier copy"), kiosk_in(folder):
            pass
    with kiosk_in(folder, until="storage") as kiosk:
        verdict = kiosk.audit.verify()
        assert verdict.broken is not None
        assert "an earlier copy of the database was put in its place" in verdict.broken.text
        assert verdict.records == verdict.broken.seq - 1
        assert any("anchors are of records that were replaced" in e for e in verdict.notices)
        kiosk.audit.accept()
        assert kiosk.audit.verify().intact
    with kiosk_in(folder) as kiosk:
        assert kiosk.audit.warnings == ()
    assert "an earlier copy" in caplog.text
    caplog.clear()


@pytest.mark.parametrize("behind", [timedelta(0), timedelta(days=400)])
def test_a_restored_backup_is_no_earlier_copy_even_when_the_clock_was_behind(
    folder: Path, behind: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kiosk.bootstrap import SystemClock

    with kiosk_in(folder, until="storage") as kiosk:
        made = kiosk.backups.create()
        for enabled in (False, True):
            kiosk.accounts.set_enabled("olga", enabled=enabled)
    now = SystemClock.now
    # A patch of its own: undoing all would take back where this test's keys are looked for, too.
    with monkeypatch.context() as patch:
        patch.setattr(SystemClock, "now", lambda clock: now(clock) - behind)
        with kiosk_in(folder, until="storage") as kiosk:
            kiosk.backups.restore(made.file)
    for _ in range(2):
        with kiosk_in(folder) as kiosk:
            assert kiosk.audit.warnings == ()
            assert kiosk.audit.verify().intact


def test_a_restore_that_was_undone_by_another_is_no_earlier_copy(folder: Path) -> None:
    with kiosk_in(folder, until="storage") as kiosk:
        made = kiosk.backups.create()
        kiosk.accounts.set_enabled("olga", enabled=False)
        kiosk.accounts.set_enabled("olga", enabled=True)
        before = kiosk.backups.restore(made.file).before
        kiosk.accounts.set_enabled("olga", enabled=False)
        assert before is not None
        kiosk.backups.restore(before.file)
    for _ in range(2):
        with kiosk_in(folder) as kiosk:
            assert kiosk.audit.warnings == ()
            assert kiosk.audit.verify().intact


def test_a_backup_that_was_restored_explains_no_later_copy(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with kiosk_in(folder, until="storage") as kiosk:
        kiosk.backups.restore(kiosk.backups.create().file)
    earlier = folder.parent / "earlier.db"
    shutil.copy(folder / "kiosk.db", earlier)
    with kiosk_in(folder, until="storage") as kiosk:
        assert kiosk.audit.anchors is not None
        kiosk.accounts.set_enabled("olga", enabled=False)
        # Long after the restore, which takes some seconds to be in force everywhere.
        (*_, last) = kiosk.audit.anchors.read()
        kiosk.audit.anchors.add(replace(last, seq=last.seq + 1, at=last.at + timedelta(hours=1)))
    put_back(earlier, folder)
    with pytest.raises(ChainBroken, match="an earlier copy"), kiosk_in(folder):
        pass
    caplog.clear()
