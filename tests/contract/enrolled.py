"""Enrolls people through the port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.clock import START
from tests.fakes.samples import MODEL, person, quality, voiceprint

if TYPE_CHECKING:
    from datetime import datetime

    from kiosk.core.ports import Database


def enroll(
    database: Database,
    user_id: str = "test1",
    seed: int = 1,
    model: str = MODEL,
    at: datetime = START,
) -> None:
    with database() as unit:
        if unit.people.get(user_id) is None:
            unit.people.add(person(user_id))
        unit.people.save_voiceprint(user_id, voiceprint(seed, model_id=model), quality(), at)
        unit.commit()
