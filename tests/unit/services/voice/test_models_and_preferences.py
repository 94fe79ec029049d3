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
from kiosk.services.preferences import ALSO_ENROLL, MODEL, THEME, Preferences
from kiosk.services.voice.engine import VoiceEngine
from kiosk.services.voice.models import Models
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
    assert rack.models.also() is None
    assert told == [("copying", 1.0)]


# --- the second model ------------------------------------------------------------------------


def test_people_are_enrolled_with_one_model_unless_a_second_is_chosen() -> None:
    rack = Rack()
    assert rack.models.also() is None
    rack.models.set_also("other")
    assert rack.models.also() == "other"
    assert rack.models.chosen() == "built-in"
    rack.models.set_also(None)
    assert rack.models.also() is None


def test_a_second_model_must_work_and_be_another_one() -> None:
    rack = Rack()
    with pytest.raises(InvalidInput, match="in use"):
        rack.models.set_also("built-in")
    with pytest.raises(ModelMissing):
        rack.models.set_also("gone")
    rack.shelf.failing["other"] = ModelAltered("A file was altered.")
    with pytest.raises(ModelAltered):
        rack.models.set_also("other")
    assert rack.models.also() is None


def test_choosing_the_second_model_exchanges_the_two() -> None:
    rack = Rack()
    rack.models.load()
    rack.models.set_also("other")
    rack.models.use("other")
    assert (rack.models.chosen(), rack.models.also()) == ("other", "built-in")
    rack.models.use("built-in")
    assert (rack.models.chosen(), rack.models.also()) == ("built-in", "other")


def test_a_model_that_is_gone_does_not_become_the_second() -> None:
    rack = Rack("gone")
    rack.preferences.set(ALSO_ENROLL, "other")
    rack.models.use("other")
    assert (rack.models.chosen(), rack.models.also()) == ("other", None)


def test_the_model_in_use_is_never_its_own_second() -> None:
    rack = Rack()
    rack.preferences.set(ALSO_ENROLL, "built-in")
    assert rack.models.also() is None


def test_an_installed_campplus_becomes_the_second_model_once() -> None:
    rack = Rack()
    made = rack.models.install("campplus", lambda _phrase, _share: None)
    assert made.architecture == "campplus"
    assert rack.models.also() == "campplus"
    rack.models.set_also(None)
    rack.models.install("campplus", lambda _phrase, _share: None)
    assert rack.models.also() is None  # somebody has decided otherwise


def test_an_installed_campplus_does_not_displace_another_second_model() -> None:
    rack = Rack()
    rack.models.set_also("other")
    rack.models.install("campplus", lambda _phrase, _share: None)
    assert rack.models.also() == "other"


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


@pytest.mark.parametrize("least", [0.0001, 0.0499])
def test_a_models_own_threshold_below_the_least_score_lets_nobody_in(least: float) -> None:
    rack = Rack()
    careless = card("careless", builtin=False, threshold=least)
    with pytest.raises(SettingsInvalid, match="does not tell people apart") as caught:
        rack.preferences.threshold(careless)
    assert "kiosk model threshold" in caught.value.hint
    rack.preferences.set_threshold(careless, 0.5)
    assert rack.preferences.threshold(careless) == 0.5
