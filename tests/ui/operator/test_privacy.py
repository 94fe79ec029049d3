"""Privacy: the period of keeping, the purge, receipts, and erasing from the People page."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from kiosk.core.accounts.acting import Actor, Role
from kiosk.core.backup.backups import BackupInfo, BackupReason
from kiosk.core.people.retention import Preset, RetentionPolicy
from kiosk.core.records.audit import AuditAction, AuditQuery
from kiosk.ui.operator.overlay import Overlay
from kiosk.ui.operator.people.model import Column
from kiosk.ui.widgets.labels import Text
from kiosk.ui.widgets.toast import Toast
from tests.ui.operator.people.test_people import cell

if TYPE_CHECKING:
    from PySide6.QtWidgets import QCheckBox, QFileDialog, QRadioButton

    from kiosk.ui.operator.people.page import PeoplePage
    from kiosk.ui.operator.privacy.page import PrivacyPage
    from kiosk.ui.widgets.hearing.hint_banner import HintBanner
    from tests.ui.operator.desk import Desk

DAY = 86_400.0


@pytest.fixture
def enrolled(desk: Desk) -> Desk:
    """Return a desk with two people who are kept for 60 days, whose clock is believed."""
    desk.kit.enroll("ada", 1, "Ada")
    desk.kit.clock.advance(20 * DAY)
    desk.kit.enroll("ben", 2, "Ben")
    retention = desk.kit.kiosk.retention
    retention.set(RetentionPolicy(Preset.CUSTOM, 60, warn_days=10))
    retention.run(date_is_right=True)
    return desk


def open_privacy(desk: Desk) -> PrivacyPage:
    desk.click("nav.privacy")
    desk.wait(lambda: text(desk, "privacy.texts"))
    return cast("PrivacyPage", desk.find("page.privacy"))


def text(desk: Desk, name: str) -> str:
    return cast("Text", desk.find(name)).text()


def choose(desk: Desk, preset: Preset) -> None:
    cast("QRadioButton", desk.find(f"privacy.period.{preset.value}")).click()


def toasts(desk: Desk, page: str) -> list[str]:
    return [toast.message for toast in desk.find(page).findChildren(Toast)]


def asked(desk: Desk) -> list[Overlay]:
    return desk.frame.findChildren(Overlay)


def test_the_page_shows_what_holds(enrolled: Desk) -> None:
    open_privacy(enrolled)
    assert cast("QRadioButton", enrolled.find("privacy.period.custom")).isChecked()
    assert enrolled.line("privacy.days").text() == "60"
    assert enrolled.line("privacy.warn_days").text() == "10"
    assert text(enrolled, "privacy.next").startswith("ada: last here 2021-08-24, deleted on")
    assert not enrolled.enabled("privacy.purge")
    assert "Deutsch: version 2" in text(enrolled, "privacy.texts")


def test_setting_a_preset(enrolled: Desk) -> None:
    open_privacy(enrolled)
    choose(enrolled, Preset.TEXAS)
    assert not enrolled.shown("privacy.days")
    enrolled.line("privacy.warn_days").setText("5")
    enrolled.click("privacy.set")
    enrolled.wait(lambda: enrolled.kit.kiosk.retention.policy().preset is Preset.TEXAS)
    assert enrolled.kit.kiosk.retention.policy().warn_days == 5
    enrolled.wait(lambda: "Period set." in toasts(enrolled, "page.privacy"))


def test_a_period_that_erases_people_asks_first(enrolled: Desk) -> None:
    open_privacy(enrolled)
    enrolled.line("privacy.days").setText("7")
    enrolled.click("privacy.set")
    enrolled.wait(lambda: asked(enrolled))
    enrolled.click("privacy.set_dialog.cancel")
    assert enrolled.kit.kiosk.retention.policy().days == 60
    enrolled.click("privacy.set")
    enrolled.wait(lambda: asked(enrolled))
    enrolled.click("privacy.set_dialog.confirm")
    enrolled.wait(lambda: enrolled.kit.kiosk.retention.policy().days == 7)
    enrolled.wait(lambda: enrolled.enabled("privacy.purge"))


@pytest.mark.parametrize(
    ("field", "typed"),
    [("days", ""), ("days", "0"), ("days", "x"), ("days", "99999"), ("warn_days", "400")],
)
def test_what_is_no_number_of_days_is_refused(enrolled: Desk, field: str, typed: str) -> None:
    open_privacy(enrolled)
    enrolled.line(f"privacy.{field}").setText(typed)
    enrolled.click("privacy.set")
    assert enrolled.line(f"privacy.{field}").property("state") == "negative"
    assert enrolled.kit.kiosk.retention.policy().days == 60


def test_erasing_whose_time_has_come_needs_the_date_confirmed(enrolled: Desk) -> None:
    enrolled.kit.clock.advance(50 * DAY)  # a jump: nobody is erased by itself
    open_privacy(enrolled)
    enrolled.wait(lambda: enrolled.enabled("privacy.purge"))
    enrolled.click("privacy.purge")
    enrolled.click("privacy.purge_dialog.cancel")
    assert enrolled.stored_ids() == ["ada", "ben"]
    enrolled.click("privacy.purge")
    enrolled.click("privacy.purge_dialog.confirm")
    enrolled.wait(lambda: enrolled.stored_ids() == ["ben"])
    enrolled.wait(lambda: "Deleted: 1." in toasts(enrolled, "page.privacy"))
    enrolled.wait(lambda: not enrolled.enabled("privacy.purge"))


def test_nothing_of_people_stays_on_the_page_that_is_left(enrolled: Desk) -> None:
    open_privacy(enrolled)
    enrolled.frame.left()
    assert text(enrolled, "privacy.next") == ""


# --- the People page -------------------------------------------------------------------------


def test_who_is_erased_soon_is_told(enrolled: Desk) -> None:
    enrolled.open_people(2)
    banner = cast("HintBanner", enrolled.find("people.ending"))
    assert banner.hint == ""
    enrolled.kit.clock.advance(35 * DAY)
    page = cast("PeoplePage", enrolled.find("page.people"))
    page.presenter.reload()
    enrolled.wait(lambda: "ada (in 5 days)" in banner.hint)
    assert "ben" not in banner.hint
    page.select("ada")
    enrolled.click("people.show")
    enrolled.wait(lambda: enrolled.shown("people.detail"))
    due = enrolled.kit.kiosk.retention.kept("ada").due_at
    assert due is not None
    facts = [label.text() for label in enrolled.find("people.detail").findChildren(Text)]
    assert f"{due.astimezone():%Y-%m-%d}" in facts


def test_the_receipt_is_written_as_a_private_pdf(enrolled: Desk, tmp_path: Path) -> None:
    page = enrolled.open_people(2)
    page.select("ada")
    enrolled.click("people.receipt")
    dialog = cast("QFileDialog", enrolled.find("people.receipt_dialog"))
    file = tmp_path / "ada.pdf"
    dialog.fileSelected.emit(str(file))
    dialog.close()
    enrolled.wait(lambda: "The consent receipt of ada is saved." in toasts(enrolled, "page.people"))
    content = file.read_bytes()
    assert content.startswith(b"%PDF-")
    assert content.rstrip().endswith(b"%%EOF")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with enrolled.kit.database() as work:
        (record,) = work.audit.find(AuditQuery(actions=(AuditAction.CONSENT_EXPORTED.value,)))
    assert record.subject == "ada"


class OneBackup:
    """Implements :class:`kiosk.core.people.erasure.OldBackups`: a backup that holds everybody."""

    def __init__(self, desk: Desk) -> None:
        made = desk.kit.clock.now() - timedelta(days=1)
        reason = BackupReason.MANUAL
        self.infos = [BackupInfo(Path("a.kb"), made, "k", "0003", "1", reason, 1, passphrase=False)]

    def all(self) -> list[BackupInfo]:
        return list(self.infos)

    def unencrypted(self) -> list[Path]:
        return []

    def holding(self, user_id: str) -> list[Path]:
        del user_id
        return [each.file for each in self.infos]

    def remove(self, file: Path) -> None:
        self.infos = [each for each in self.infos if each.file != file]


@pytest.mark.parametrize("delete", [False, True])
def test_withdrawing_consent_erases_and_names_backups(enrolled: Desk, delete: bool) -> None:
    backups = OneBackup(enrolled)
    enrolled.kit.kiosk.erase._backups = backups
    page = enrolled.open_people(2)
    page.select("ada")
    enrolled.click("people.erase")
    enrolled.line("people.erase_id").setText("ada")
    cast("QCheckBox", enrolled.find("people.erase_withdrawn")).click()
    if delete:
        cast("QCheckBox", enrolled.find("people.erase_backups")).click()
    enrolled.click("people.erase_dialog.confirm")
    enrolled.wait(lambda: page.rows == 1)
    assert cell(enrolled, 0, Column.ID) == "ben"
    enrolled.wait(lambda: any("is deleted" in each for each in toasts(enrolled, "page.people")))
    told = any("backups" in each for each in toasts(enrolled, "page.people"))
    assert (told, len(backups.infos)) == ((False, 0) if delete else (True, 1))
    with enrolled.kit.database() as work:
        (record,) = work.audit.find(AuditQuery(actions=(AuditAction.CONSENT_WITHDRAWN.value,)))
    assert record.subject == "ada"


def test_only_administrators_are_offered_to_delete_backups(enrolled: Desk) -> None:
    page = enrolled.open_people(2)
    page.select("ada")
    for role, offered in ((Role.ADMINISTRATOR, True), (Role.OPERATOR, False)):
        enrolled.stage.recognition.actor = Actor("operator:eva", role)
        enrolled.click("people.erase")
        assert enrolled.find("people.erase_withdrawn").isVisible()
        assert enrolled.find("people.erase_backups").isVisible() == offered
        enrolled.click("people.erase_dialog.cancel")


def test_an_erasure_that_waits_for_a_reader_says_so(enrolled: Desk) -> None:
    enrolled.kit.database.being_read = True
    page = enrolled.open_people(2)
    page.select("ada")
    enrolled.click("people.erase")
    enrolled.line("people.erase_id").setText("ada")
    enrolled.click("people.erase_dialog.confirm")
    enrolled.wait(lambda: any("overwritten" in each for each in toasts(enrolled, "page.people")))
    assert enrolled.stored_ids() == ["ben"]
