"""A kiosk that was set up and started once, for whoever alters its rows and records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.core.accounts.acting import Role
from kiosk.core.accounts.credentials import Right
from tests.integration.storage.helpers import sql
from tests.integration.storage.started import kiosk_in

if TYPE_CHECKING:
    from pathlib import Path

PIN, OTHER_PIN = "428617", "917364"
BEFORE_THE_FIRST_START = (
    "INSERT INTO person (id, user_id, name, enabled, created_at) "
    "VALUES (1, 'anna', '', 1, '2026-01-01'), (2, 'bob', '', 0, '2026-01-01')",
    "INSERT INTO voiceprint (id, person_id, model_id, enrollment_id, created_at) "
    "VALUES (1, 1, 'm', 'e1', '2026-01-01')",
)


def set_up(folder: Path) -> None:
    """Make the kiosk in a folder that is not there yet."""
    with kiosk_in(folder, until="keys"):
        sql(folder / "kiosk.db", BEFORE_THE_FIRST_START[0])
        sql(folder / "kiosk.db", BEFORE_THE_FIRST_START[1])
    with kiosk_in(folder) as kiosk:
        kiosk.operators.set_up("ida", "", PIN)
        kiosk.accounts.add("olga", "", Role.OPERATOR)
        kiosk.accounts.add("eva", "", Role.OPERATOR)
        kiosk.accounts.set_enabled("eva", enabled=False)
        kiosk.preferences.set_threshold(kiosk.models.card(), 0.6)
        kiosk.second_factors.set_pin("anna", "7391")
        kiosk.second_factors.set_badge("bob", "badge-104")
        used, _ = kiosk.api_keys.create("till", [Right.VERIFY])
        gone, _ = kiosk.api_keys.create("old", [Right.ADMIN])
        kiosk.api_keys.revoke(gone.key_id)
        del used
