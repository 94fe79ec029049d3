"""The last step of an enrollment: the receipt of the consent is written there and then."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, cast

import pytest
from PySide6.QtWidgets import QFileDialog

from kiosk.core.records.audit import AuditAction, AuditQuery
from kiosk.ui.accessibility import OPERATOR_TARGET, audit

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk.ui.widgets.hearing.hint_banner import HintBanner
    from tests.ui.operator.desk import Desk


@pytest.fixture
def done(desk: Desk) -> Desk:
    """Return a desk at which somebody was enrolled just now."""
    desk.begin_voice("1001", "Ada")
    desk.record_takes(1, 1, 1)
    desk.click("enroll.save")
    desk.wait(lambda: desk.state == "done")
    return desk


def said(desk: Desk) -> HintBanner:
    return cast("HintBanner", desk.find("enroll.receipt_said"))


def choose(desk: Desk, path: Path) -> None:
    desk.click("enroll.receipt")
    (dialog,) = desk.frame.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(path))
    dialog.close()


def test_the_receipt_is_written_and_recorded(done: Desk, tmp_path: Path) -> None:
    assert audit(done.frame, target=OPERATOR_TARGET) == []
    path = tmp_path / "ada.pdf"
    choose(done, path)
    done.wait(lambda: said(done).hint)
    assert said(done).hint == "Receipt saved: ada.pdf"
    assert said(done).property("tone") == "positive"
    assert path.read_bytes().startswith(b"%PDF-")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with done.kit.database() as work:
        (record,) = work.audit.find(AuditQuery(actions=(AuditAction.CONSENT_EXPORTED.value,)))
    assert record.subject == "1001"
    assert not done.shown("enroll.decided")
    # The next person's page begins without it.
    done.click("enroll.new")
    done.begin_voice("1002", "Bob")
    done.record_takes(2, 2, 2)
    done.click("enroll.save")
    done.wait(lambda: done.state == "done")
    assert said(done).hint == ""


def test_where_it_cannot_be_written_it_says_so(done: Desk, tmp_path: Path) -> None:
    choose(done, tmp_path / "nowhere" / "ada.pdf")
    done.wait(lambda: said(done).hint)
    assert said(done).property("tone") == "negative"
    assert "could not be written" in said(done).hint
    with done.kit.database() as work:
        assert not work.audit.find(AuditQuery(actions=(AuditAction.CONSENT_EXPORTED.value,)))
