from __future__ import annotations

import math

import pytest

from kiosk.core.errors import (
    DiskFull,
    InvalidInput,
    ModelAltered,
    ModelMissing,
    SettingsInvalid,
)
from kiosk.services.engine import VoiceEngine
from kiosk.services.models import Models
from kiosk.services.preferences import MODEL, THEME, Preferences
from tests.fakes.clock import FixedClock
from tests.fakes.storage import InMemoryDatabase
from tests.unit.services.kit import FakeShelf, card

BUILTIN, OTHER = card("built-in"), card("other", builtin=False, threshold=0.3)


class Rack:
    def __init__(self, configured: str | None = None, *, builtin: bool = True) -> None:
        self.shelf = FakeShelf(*([BUILTIN] if builtin else []), OTHER)
        self.engine = VoiceEngine(self.shelf)
        self.database = InMemoryDatabase()
        self.preferences = Preferences(self.database, FixedClock())
        self.models = Models(self.shelf, self.engine, self.preferences, configured)


def test_the_built_in_model_is_used_unless_something_is_chosen() -> None:
    assert Rack().models.chosen() == "built-in"
    assert Rack("other").models.chosen() == "other"
    rack = Rack("other")
    rack.preferences.set(MODEL, "built-in")
    assert rack.models.chosen() == "built-in"


def test_without_any_model_it_is_said() -> None:
    with pytest.raises(ModelMissing, match="no built-in"):
        Rack(builtin=False).models.chosen()


def test_a_choice_that_is_not_installed_is_not_replaced_silently() -> None:
    rack = Rack("gone")
    with pytest.raises(ModelMissing, match="gone"):
        rack.models.card()
    with pytest.raises(ModelMissing, match="gone"):
        rack.models.load()
    assert not rack.engine.ready


def test_loading_the_chosen_model() -> None:
    rack = Rack("other")
    rack.models.load()
    assert rack.engine.card == rack.models.card() == OTHER
    assert rack.models.card("built-in") == BUILTIN
    assert rack.models.installed() == [BUILTIN, OTHER]


def test_using_a_model_is_remembered_once_it_has_loaded() -> None:
    rack = Rack()
    rack.models.load()
    assert rack.models.use("other") == OTHER
    assert rack.models.chosen() == "other"
    rack.shelf.failing["built-in"] = ModelAltered("A file was altered.")
    with pytest.raises(ModelAltered):
        rack.models.use("built-in")
    assert rack.models.chosen() == rack.engine.card.model_id == "other"


def test_a_choice_that_cannot_be_stored_is_not_used_either() -> None:
    rack = Rack()
    rack.models.load()
    rack.database.commit_error = DiskFull("No space is left.")
    with pytest.raises(DiskFull):
        rack.models.use("other")
    assert rack.models.chosen() == rack.engine.card.model_id == "built-in"


def test_installing_does_not_choose() -> None:
    rack = Rack()
    told: list[tuple[str, float]] = []
    made = rack.models.install("new", lambda phrase, share: told.append((phrase, share)))
    assert made in rack.models.installed()
    assert rack.models.chosen() == "built-in"
    assert told == [("copying", 1.0)]


# --- preferences -----------------------------------------------------------------------------


def test_a_preference_is_kept_and_removed() -> None:
    preferences = Rack().preferences
    assert preferences.get(THEME) is None
    assert preferences.get(THEME, "light") == "light"
    preferences.set(THEME, "dark")
    assert preferences.get(THEME, "light") == "dark"
    preferences.set(THEME, None)
    assert preferences.get(THEME) is None


def test_the_threshold_is_kept_for_each_model() -> None:
    preferences = Rack().preferences
    preferences.set_threshold(OTHER, 0.123456789012345)
    assert preferences.threshold(OTHER) == 0.123456789012345
    assert preferences.threshold(BUILTIN) == BUILTIN.threshold
    preferences.set_threshold(OTHER, None)
    assert preferences.threshold(OTHER) == OTHER.threshold


@pytest.mark.parametrize("value", [-1.0, -0.25, 0.0, 1.0, 7.0, math.nan, math.inf])
def test_a_threshold_that_is_no_score_is_refused(value: float) -> None:
    preferences = Rack().preferences
    with pytest.raises(InvalidInput, match="cosine score"):
        preferences.set_threshold(OTHER, value)
    assert preferences.threshold(OTHER) == OTHER.threshold


@pytest.mark.parametrize("stored", ["nan", "-inf", "-1.0", "-5", "0", "1", "0,5", ""])
def test_a_stored_threshold_that_is_no_score_serves_nobody(stored: str) -> None:
    preferences = Rack().preferences
    preferences.set(f"threshold:{OTHER.model_id}", stored)
    with pytest.raises(SettingsInvalid, match="other is not a cosine score"):
        preferences.threshold(OTHER)
    preferences.set_threshold(OTHER, 0.4)
    assert preferences.threshold(OTHER) == 0.4
