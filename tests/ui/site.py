"""A site whose people have drawn voices, and a voice model that was calibrated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.people.users import Person
from kiosk.core.voice.embedding import Embedding, Voiceprint
from kiosk.core.voice.normalization import unit
from tests.ui.sound import MODEL
from tests.unit.core.voice.world import calibration

if TYPE_CHECKING:
    from tests.ui.support import Kit

_DIM = 64
_TAKES = 3


def calibrate(kit: Kit, dim: int = 8) -> None:
    """Give the voice model a calibration and people who came with it, as it hears them."""
    rows = np.random.default_rng(5).standard_normal((400, dim))
    kit.shelf.strangers = unit(rows).astype("f4")
    kit.shelf.measured = (calibration(MODEL.model_id, prior=-4.0),)
    kit.kiosk.models.load()


def settle(kit: Kit, people: int, noise: float = 0.6) -> None:
    """Enroll so many people of drawn voices; nobody can be heard at such a kiosk.

    Args:
        kit: has nobody yet.
        people: how many.
        noise: of each take beside the person's own direction.
    """
    calibrate(kit, _DIM)
    random = np.random.default_rng(3)
    now = kit.clock.now()
    with kit.database() as work:
        for each in range(people):
            own = unit(random.normal(size=_DIM))
            takes = unit(own + noise * unit(random.normal(size=(_TAKES, _DIM))))
            work.people.add(Person(f"p{each:03}", "", now))
            voiceprint = Voiceprint(tuple(Embedding.of(row, MODEL.model_id) for row in takes))
            work.people.save_voiceprint(f"p{each:03}", voiceprint, [{}] * _TAKES, now)
        work.commit()
