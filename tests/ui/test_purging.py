"""The running window erases by itself whose time has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kiosk.core.people.retention import Preset, RetentionPolicy
from kiosk.core.records.audit import AuditAction, AuditQuery
from tests.support.patience import PATIENCE_MS

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from tests.ui.support import Kit
    from tests.ui.visitor import Visitor

DAY = 86_400.0


@pytest.fixture
def overdue(kit: Kit) -> Kit:
    """Return a kit with somebody whose time has come, and somebody whose has not."""
    kit.enroll("old", 1)
    kit.clock.advance(20 * DAY)
    kit.enroll("new", 2)
    kit.kiosk.retention.set(RetentionPolicy(Preset.CUSTOM, 30))
    kit.kiosk.retention.run(date_is_right=True)
    kit.clock.advance(15 * DAY)
    return kit


def test_the_window_purges_at_its_start_as_the_system(
    overdue: Kit, launch: Callable[..., Visitor], qtbot: QtBot
) -> None:
    launch().when("idle")
    people = overdue.database
    qtbot.waitUntil(lambda: sorted(people.state.people) == ["new"], timeout=PATIENCE_MS)
    with people() as work:
        (record,) = work.audit.find(AuditQuery(actions=(AuditAction.PURGED.value,)))
    assert (record.subject, record.actor) == ("old", "system")


def test_a_window_whose_clock_has_jumped_erases_nobody(
    overdue: Kit, launch: Callable[..., Visitor], qtbot: QtBot
) -> None:
    overdue.clock.advance(3650 * DAY)
    looked = overdue.database.state.preferences["retention:clock"]
    launch().when("idle")
    qtbot.waitUntil(
        lambda: overdue.database.state.preferences["retention:clock"] != looked, timeout=PATIENCE_MS
    )
    assert overdue.kiosk.housekeeping.stop()
    assert sorted(overdue.database.state.people) == ["new", "old"]
