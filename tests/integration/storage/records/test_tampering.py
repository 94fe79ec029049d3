"""What somebody with the disk can do to rows that decide over access, and what the kiosk says."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from kiosk.core.errors import ChainBroken, InvalidInput, WrongPin
from kiosk.secrets import Argon2PinHasher
from tests.integration.storage.helpers import sql
from tests.integration.storage.set_up import OTHER_PIN, PIN
from tests.integration.storage.started import kiosk_in

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk.services.facade import Kiosk


def differences(folder: Path) -> tuple[str, ...]:
    with kiosk_in(folder, until="storage") as kiosk:
        return kiosk.audit.verify().differences


def test_an_untouched_kiosk_is_as_its_records_say(folder: Path) -> None:
    with kiosk_in(folder) as kiosk:
        verdict = kiosk.audit.verify()
        assert verdict.intact
        assert verdict.differences == verdict.unguarded == kiosk.audit.warnings == ()
        (finding,) = [each for each in kiosk.health.report() if each.name == "audit records"]
        assert finding.ok


NEW_ACCOUNT = (
    "INSERT INTO operator (login, name, role, hash, must_change, enabled, created_at) "
    f"VALUES ('eve', '', 'administrator', '{Argon2PinHasher().hash(OTHER_PIN)}', 0, 1, "
    "'2026-01-01')"
)
NEW_KEY = (
    "INSERT INTO api_key (id, name, rights, hash, created_at) "
    "VALUES ('abcdefghijkl', 'x', '[\"admin\"]', 'h', '2026-01-01')"
)
GRAVE = [
    (NEW_ACCOUNT, "The account eve is in the database as administrator, but no record"),
    (
        "UPDATE operator SET role = 'administrator' WHERE login = 'olga'",
        "The role of the account olga in the database is administrator, the record says operator.",
    ),
    (
        "UPDATE operator SET enabled = 1 WHERE login = 'eva'",
        "The account eva is enabled in the database, the record says disabled.",
    ),
    (
        "UPDATE operator SET hash = (SELECT hash FROM operator WHERE login = 'olga') "
        "WHERE login = 'ida'",
        "The PIN or password of the account ida is not the one that was recorded.",
    ),
    (
        "UPDATE operator SET must_change = 0 WHERE login = 'olga'",
        "is not to be changed in the database",
    ),
    (
        "UPDATE preference SET value = '0.06' WHERE key LIKE 'threshold:%'",
        "The threshold of ecapa-kiosk-2 in the database is 0.06, the record says 0.6.",
    ),
    (NEW_KEY, "The API key abcdefghijkl is in the database with the rights admin, but no record"),
    (
        "UPDATE api_key SET revoked_at = NULL WHERE name = 'old'",
        "is not revoked in the database, the record says revoked.",
    ),
    (
        "INSERT INTO preference VALUES ('second_factor', 'none', '2026-01-01')",
        "The setting second_factor is in the database as none, but no record tells of it.",
    ),
    (
        "UPDATE api_key SET rights = '[\"admin\"]' WHERE name = 'till'",
        "has admin in the database, the record says verify.",
    ),
]


@pytest.mark.parametrize(("statement", "said"), GRAVE)
def test_what_would_let_somebody_in_keeps_the_kiosk_from_starting(
    folder: Path, statement: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    sql(folder / "kiosk.db", statement)
    with pytest.raises(ChainBroken, match="not what the audit records say"), kiosk_in(folder):
        pass
    (text,) = differences(folder)
    assert said in text
    assert text in caplog.text
    caplog.clear()


OTHER = [
    (
        "INSERT INTO preference VALUES ('adaptation', 'on', '2026-01-01')",
        "The setting adaptation is in the database as on, but no record tells of it.",
    ),
    (
        "INSERT INTO preference VALUES ('service', 'on', '2026-01-01')",
        "The setting service is in the database as on, but no record tells of it.",
    ),
    ("DELETE FROM second_factor WHERE kind = 'pin'", "The PIN of anna was recorded, but is not"),
    (
        "UPDATE second_factor SET person_id = 1 WHERE kind = 'badge'",
        "The badge of anna is in the database, but no record tells of it.",
    ),
    (
        "UPDATE person SET enabled = 1 WHERE user_id = 'bob'",
        "bob is enabled in the database, the record says disabled.",
    ),
    (
        "UPDATE voiceprint SET enrollment_id = 'e0'",
        "The voiceprint of anna is not the one that was recorded",
    ),
    (
        "INSERT INTO person (user_id, name, enabled, created_at) "
        "VALUES ('eve', '', 1, '2026-01-01')",
        "eve is in the database, but no record tells of it.",
    ),
    ("DELETE FROM operator WHERE login = 'ida'", "The account ida was recorded, but is not in"),
]


@pytest.mark.parametrize(("statement", "said"), OTHER)
def test_everything_else_is_told_loudly(
    folder: Path, statement: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    sql(folder / "kiosk.db", statement)
    grave = "ida" in said
    if grave:
        with pytest.raises(ChainBroken), kiosk_in(folder):
            pass
    else:
        with kiosk_in(folder) as kiosk:
            assert any(said in each for each in kiosk.audit.warnings)
            (finding,) = [each for each in kiosk.health.report() if each.name == "audit records"]
            assert not finding.ok
            assert said in finding.detail
    assert any(said in each for each in differences(folder))
    assert said in caplog.text
    caplog.clear()


def test_an_administrator_can_accept_what_is_right(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sql(folder / "kiosk.db", NEW_KEY)
    with kiosk_in(folder, until="storage") as kiosk:
        assert len(kiosk.audit.accept().differences) == 1
    with kiosk_in(folder) as kiosk:
        verdict = kiosk.audit.verify()
        assert verdict.intact
        assert kiosk.audit.warnings == ()
    assert "abcdefghijkl" not in caplog.text
    caplog.clear()


def test_neither_a_made_up_nor_a_copied_secret_opens_an_account(folder: Path) -> None:
    sql(folder / "kiosk.db", NEW_ACCOUNT)
    copy = (
        "INSERT INTO operator (login, name, role, hash, must_change, enabled, created_at) "
        "SELECT 'mallory', '', 'administrator', hash, 0, 1, created_at FROM operator "
        "WHERE login = 'ida'"
    )
    sql(folder / "kiosk.db", copy)
    with kiosk_in(folder, until="storage") as kiosk:
        for login, pin in (("eve", OTHER_PIN), ("mallory", PIN)):
            with pytest.raises(WrongPin, match="not right"):
                kiosk.operators.sign_in(login, pin)
        assert kiosk.operators.sign_in("ida", PIN).account.login == "ida"


def test_a_copied_pin_or_badge_is_nobody_elses(folder: Path) -> None:
    from kiosk.core.limits.second_factor import Factor, FactorKind, FactorRule

    def right(kiosk: Kiosk, user_id: str, text: str, kind: FactorKind) -> bool:
        # The database itself is offered to nobody.
        with kiosk.audit._uow() as work:
            expected = kiosk.second_factors.expected(work, user_id)
        return kiosk.second_factors.right(expected, [Factor(text, kind)])

    swapped = "UPDATE second_factor SET person_id = 3 - person_id"
    with kiosk_in(folder, until="storage") as kiosk:
        kiosk.second_factors.set_rule(FactorRule.OPTIONAL)
        assert right(kiosk, "anna", "7391", FactorKind.PIN)
        assert right(kiosk, "bob", "badge-104", FactorKind.BADGE)
        assert not right(kiosk, "anna", "badge-104", FactorKind.BADGE)
        sql(folder / "kiosk.db", swapped)
        assert not right(kiosk, "bob", "7391", FactorKind.PIN)
        assert not right(kiosk, "anna", "badge-104", FactorKind.BADGE)


def test_a_threshold_below_all_sense_serves_nobody(folder: Path) -> None:
    from kiosk.core.errors import SettingsInvalid

    for value in ("1e-300", "0.01", "nan", "-1"):
        sql(
            folder / "kiosk.db",
            "UPDATE preference SET value = ? WHERE key LIKE 'threshold:%'",
            value,
        )
        with kiosk_in(folder, until="storage") as kiosk, pytest.raises(SettingsInvalid):
            kiosk.preferences.threshold(kiosk.models.card())
    with kiosk_in(folder, until="storage") as kiosk, pytest.raises(InvalidInput):
        kiosk.preferences.set_threshold(kiosk.models.card(), 0.01)


def test_dropped_and_altered_triggers_are_named_and_put_back(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sql(folder / "kiosk.db", "DROP TRIGGER audit_no_delete")
    sql(folder / "kiosk.db", "DROP TRIGGER audit_no_update")
    sql(
        folder / "kiosk.db",
        "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit WHEN 0 BEGIN SELECT 1; END",
    )
    sql(
        folder / "kiosk.db",
        "CREATE TRIGGER evil AFTER INSERT ON audit BEGIN DELETE FROM throttle; END",
    )
    expected = (
        "The trigger audit_no_delete, which guards the audit records, was dropped.",
        "The trigger audit_no_update, which guards the audit records, was altered.",
        "The database has a trigger evil, which is not of this program.",
    )
    with kiosk_in(folder) as kiosk:
        assert kiosk.audit.warnings == expected
        assert kiosk.audit.verify().unguarded == expected
        assert not kiosk.audit.verify().intact
    sql(folder / "kiosk.db", "DROP TRIGGER evil")
    with kiosk_in(folder, until="storage") as kiosk:
        kiosk.audit.accept()
        assert kiosk.audit.verify().intact
    with pytest.raises(sqlite3.IntegrityError, match="never changed"):
        sql(folder / "kiosk.db", "UPDATE audit SET actor = 'x'")
    assert expected[0] in caplog.text
    caplog.clear()


def test_the_configuration_in_force_is_recorded_when_it_changes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kiosk.core.records.audit import AuditQuery

    query = AuditQuery(actions=("setting.in-force",), subject="verification")
    with kiosk_in(folder) as kiosk:
        before = kiosk.audit.find(query)
    monkeypatch.setenv("KIOSK_VERIFICATION__MIN_SNR_DB", "-10")
    for _ in range(2):
        with kiosk_in(folder) as kiosk:
            now = kiosk.audit.find(query)
    assert len(now) == len(before) + 1
    assert now[0].details["min_snr_db"] == -10.0


def test_failures_that_are_not_counted_any_more_are_noticed(folder: Path) -> None:
    with kiosk_in(folder) as kiosk:
        for _ in range(5):
            with pytest.raises(WrongPin):
                kiosk.operators.sign_in("ida", OTHER_PIN)
        assert kiosk.audit.verify().intact
    sql(folder / "kiosk.db", "DELETE FROM throttle")
    (text,) = differences(folder)
    assert text.startswith("5 failed tries of ida were recorded, but only 0 are counted")
