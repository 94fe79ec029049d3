"""Only models that are as they were when somebody took them are loaded."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from kiosk.core.errors import ModelAltered, ModelRefused
from kiosk.services.preferences import MODEL, Preferences
from kiosk.services.voice.engine import VoiceEngine
from kiosk.services.voice.models import Models
from kiosk.services.voice.models_vouched import VouchedModels, key_of
from tests.fakes.clock import FixedClock
from tests.fakes.storage import InMemoryDatabase
from tests.unit.services.kit import FakeShelf, card

if TYPE_CHECKING:
    from collections.abc import Callable

BUILTIN = replace(card("built-in"), fingerprint="b" * 64)
OTHER = replace(card("other", builtin=False), fingerprint="1" * 64)
ALTERED = replace(OTHER, threshold=0.06, fingerprint="2" * 64)


class Rack:
    def __init__(self) -> None:
        self.inner = FakeShelf(BUILTIN)
        self.database = InMemoryDatabase()
        self.preferences = Preferences(self.database, FixedClock())
        self.shelf = VouchedModels(self.inner, self.preferences, FixedClock())
        self.engine = VoiceEngine(self.shelf)
        self.models = Models(self.shelf, self.engine, self.preferences, None)

    def put(self, *others: object) -> None:
        """Put models on the disk, as nobody but its owner should."""
        self.inner._cards = [BUILTIN, *others]  # type: ignore[list-item]

    def taken(self) -> str | None:
        return self.preferences.get(key_of("other"))


def test_what_was_put_there_by_nobody_is_not_loaded_until_somebody_chooses_it() -> None:
    rack = Rack()
    rack.put(OTHER)
    rack.inner.cohorts["other"] = np.eye(2, dtype=np.float32)
    rack.models.load()  # the built-in one needs nobody
    rack.preferences.set(MODEL, "other")
    ways: tuple[Callable[[], object], ...] = (
        rack.models.load,
        rack.models.follow,
        lambda: rack.shelf.cohort("other"),
    )
    for refused in ways:
        with pytest.raises(ModelRefused, match="not installed by this kiosk") as caught:
            refused()
    assert "kiosk model use other" in caught.value.hint
    assert rack.models.use("other") == OTHER
    rack.models.load()
    assert rack.shelf.cohort("other") is not None


def test_the_second_model_is_taken_by_whoever_names_it() -> None:
    rack = Rack()
    rack.put(OTHER)
    rack.models.set_also("other")
    assert rack.taken() == OTHER.fingerprint
    assert rack.engine.second.load("other") == OTHER


def test_a_model_that_was_altered_is_used_by_no_way() -> None:
    rack = Rack()
    rack.put(OTHER)
    rack.models.use("other")
    rack.put(ALTERED)
    ways = (
        rack.models.load,
        lambda: rack.models.use("other"),
        lambda: rack.shelf.cohort("other"),
        lambda: rack.engine.second.load("other"),
    )
    for refused in ways:
        with pytest.raises(ModelAltered, match="not as it was when it was installed"):
            refused()
    rack.preferences.set(MODEL, None)
    with pytest.raises(ModelAltered):
        rack.models.set_also("other")
    assert rack.taken() == OTHER.fingerprint


def test_one_that_is_altered_while_it_is_loaded_is_not_used() -> None:
    rack = Rack()
    rack.put(OTHER)
    rack.models.use("other")
    load = rack.inner.load

    def altered_meanwhile(model_id: str) -> object:
        rack.put(ALTERED)
        return load(model_id)

    rack.inner.load = altered_meanwhile  # type: ignore[method-assign, assignment]
    with pytest.raises(ModelAltered):
        rack.models.load()


def test_installing_takes_what_it_installs_and_not_what_lay_there() -> None:
    rack = Rack()
    made = rack.models.install("other", lambda *_: None)
    assert rack.taken() == made.fingerprint
    rack.put(ALTERED)
    rack.preferences.set(key_of("other"), OTHER.fingerprint)
    rack.inner.install = lambda *_: ALTERED  # type: ignore[method-assign]
    with pytest.raises(ModelAltered):
        rack.models.install("other", lambda *_: None)
    assert rack.taken() == OTHER.fingerprint
    rack.put()  # its folder was removed
    assert rack.models.install("other", lambda *_: None) == ALTERED
    assert rack.taken() == ALTERED.fingerprint


def test_the_built_in_model_is_never_asked_for() -> None:
    rack = Rack()
    rack.models.use("built-in")
    rack.models.load()
    assert rack.preferences.get(key_of("built-in")) is None
