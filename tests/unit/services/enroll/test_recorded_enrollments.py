"""The record of every enrollment names the state of the voiceprint that it made."""

from __future__ import annotations

from typing import Any

from kiosk.core.records.audit import AuditAction, AuditQuery
from tests.unit.services.kit import ANNA, BOB, Kit


def newest(kit: Kit) -> tuple[str, Any]:
    with kit.database() as work:
        found = work.audit.find(
            AuditQuery(actions=(AuditAction.ENROLLED, AuditAction.REENROLLED), limit=1)
        )[0]
        assert list(work.people.enrollment_ids("anna")) == found.details["voiceprint"]
    return found.action, found.details["voiceprint"]


def test_each_enrollment_is_told_from_the_others() -> None:
    kit = Kit()
    kit.enroll("anna", ANNA)
    first = newest(kit)
    kit.enroll("anna", ANNA, replacing=True)
    second = newest(kit)
    kit.enroll("bob", BOB)
    assert newest_of_anna(kit) == second[1]
    assert (first[0], second[0]) == (AuditAction.ENROLLED, AuditAction.REENROLLED)
    assert first[1] != second[1]
    assert len(first[1]) == len(second[1]) == 1


def newest_of_anna(kit: Kit) -> list[str]:
    with kit.database() as work:
        return list(work.people.enrollment_ids("anna"))
