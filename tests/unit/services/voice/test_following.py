"""A model that one process chooses is used by all others from their next request on."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from kiosk.core.errors import (
    DatabaseLocked,
    EnrollmentRefused,
    KioskError,
    ModelAltered,
    ModelMissing,
    NotEnrolled,
    ReenrollmentNeeded,
)
from kiosk.services.preferences import ALSO_ENROLL, MODEL
from kiosk.services.voice.engine import VoiceEngine
from kiosk.services.voice.models import Models
from tests.support.patience import PATIENCE_S
from tests.unit.services.kit import ANNA, BOB, FakeShelf, Kit, OffsetEncoder, card, speech

if TYPE_CHECKING:
    from collections.abc import Callable


class Process(Kit):
    """A kiosk with its own engine, on a database that others use too."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.models = Models(self.shelf, self.engine, self.preferences, None)

    def loaded(self) -> list[str]:
        return [encoder.card.model_id for encoder in self.shelf.encoders]


@pytest.fixture
def service() -> Process:
    """Return a process that serves with model-1, in which Anna is enrolled with both models."""
    made = Process()
    made.preferences.set(ALSO_ENROLL, "model-2")
    made.enroll("anna", ANNA)
    made.shelf.encoders.clear()
    return made


@pytest.fixture
def desk(service: Process) -> Process:
    """Return another process on the same database."""
    return Process(database=service.database)


def models_of(process: Process, user_id: str) -> list[str]:
    with process.database() as work:
        return work.people.model_ids(user_id)


def test_without_a_change_nothing_is_loaded(service: Process, desk: Process) -> None:
    service.verify.require_enrolled("anna")
    service.verify("anna", speech(ANNA))
    service.identify(speech(ANNA))
    assert service.loaded() == []
    desk.models.use("model-2")
    for _ in range(3):
        service.verify("anna", speech(ANNA))
    assert service.loaded() == ["model-2"]


@pytest.mark.parametrize("begin", ["require_enrolled", "verify", "identify", "require_free"])
def test_whatever_begins_next_uses_the_model_that_was_chosen(
    service: Process, desk: Process, begin: str
) -> None:
    begins: dict[str, Callable[[], object]] = {
        "require_enrolled": lambda: service.verify.require_enrolled("anna"),
        "verify": lambda: service.verify("anna", speech(ANNA)),
        "identify": lambda: service.identify(speech(ANNA)),
        "require_free": lambda: service.enrolling.require_free("bob"),
    }
    desk.models.use("model-2")
    begins[begin]()
    assert service.engine.card.model_id == "model-2"
    assert service.identify(speech(ANNA)).model_id == "model-2"
    assert service.verify("anna", speech(ANNA)).model_id == "model-2"


def test_people_are_enrolled_with_both_after_the_two_have_changed_places(
    service: Process, desk: Process
) -> None:
    desk.models.use("model-2")
    service.enrolling.require_free("bob")
    service.enroll("bob", BOB)
    assert models_of(service, "bob") == ["model-1", "model-2"]
    assert desk.verify("bob", speech(BOB)).name == "verified"


def test_whether_an_id_is_taken_is_asked_about_the_model_that_was_chosen(
    service: Process, desk: Process
) -> None:
    service.preferences.set(ALSO_ENROLL, None)
    service.enroll("bob", BOB)
    desk.models.use("model-2")
    assert service.enrolling.require_free("bob") == "bob"
    with pytest.raises(ReenrollmentNeeded):
        service.verify.require_enrolled("bob")


def test_takes_from_before_the_change_are_refused(service: Process, desk: Process) -> None:
    takes = service.takes(BOB)
    desk.models.use("model-2")
    with pytest.raises(EnrollmentRefused, match="model was changed"):
        service.enrolling.save("bob", "", takes, consent=True)
    assert models_of(service, "bob") == []
    # The next takes are made with the other model already.
    service.enroll("bob", BOB)
    assert models_of(service, "bob") == ["model-1", "model-2"]


def test_takes_from_before_and_after_the_change_are_refused(
    service: Process, desk: Process
) -> None:
    takes = service.takes(BOB, 2)
    desk.models.use("model-2")
    service.verify.require_enrolled("anna")
    takes += service.takes(BOB, 1)
    with pytest.raises(EnrollmentRefused, match="model was changed"):
        service.enrolling.save("bob", "", takes, consent=True)
    assert models_of(service, "bob") == []


def test_a_choice_at_the_very_moment_of_saving_leaves_no_half_of_an_enrollment(
    service: Process, desk: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    takes = service.takes(BOB)
    follow = service.engine.follow

    def and_then_it_is_changed() -> None:
        follow()
        desk.models.use("model-2")

    monkeypatch.setattr(service.engine, "follow", and_then_it_is_changed)
    with pytest.raises(EnrollmentRefused, match="model was changed"):
        service.enrolling.save("bob", "", takes, consent=True)
    assert models_of(service, "bob") == []


def test_a_model_that_cannot_be_loaded_serves_nobody_until_it_can(
    service: Process, desk: Process
) -> None:
    takes = service.takes(BOB)
    desk.models.use("model-2")
    service.shelf.failing["model-2"] = ModelAltered("A file was altered.")
    for begin in (
        lambda: service.verify.require_enrolled("anna"),
        lambda: service.verify("anna", speech(ANNA)),
        lambda: service.identify(speech(ANNA)),
        lambda: service.enrolling.require_free("bob"),
        lambda: service.enrolling.save("bob", "", takes, consent=True),
    ):
        with pytest.raises(ModelAltered, match="altered"):
            begin()
    assert service.people.attempts("anna") == []
    assert models_of(service, "bob") == []
    service.shelf.failing.clear()
    assert service.verify("anna", speech(ANNA)).name == "verified"


def test_a_model_that_only_the_other_process_finds_is_missing(
    service: Process, desk: Process
) -> None:
    desk.preferences.set(MODEL, "elsewhere")
    with pytest.raises(ModelMissing, match="elsewhere"):
        service.verify("anna", speech(ANNA))


def test_the_way_back_is_followed_too(service: Process, desk: Process) -> None:
    desk.models.use("model-2")
    service.verify.require_enrolled("anna")
    desk.models.use("model-1")
    service.verify.require_enrolled("anna")
    assert service.engine.card.model_id == "model-1"
    service.enroll("bob", BOB)
    assert models_of(service, "bob") == ["model-1", "model-2"]


def test_what_was_encoded_ahead_by_the_former_model_is_not_compared(
    service: Process, desk: Process
) -> None:
    said = speech(ANNA, attempt_id="1")
    service.engine.prepare(said)
    desk.models.use("model-2")
    outcome = service.verify("anna", said)
    assert (outcome.name, outcome.model_id) == ("verified", "model-2")


def test_a_decision_is_made_by_the_model_that_encoded(service: Process) -> None:
    """Another thread may change the model when a verification has begun."""

    class Changed(threading.Event):
        def is_set(self) -> bool:
            service.engine.load("model-2")
            return False

    service.preferences.set_threshold(card("model-2"), 0.25)
    outcome = service.verify("anna", speech(ANNA), Changed())
    assert (outcome.name, outcome.model_id, outcome.threshold) == ("verified", "model-2", 0.25)
    stored = service.people.attempts("anna")[0]
    assert (stored.model_id, stored.threshold) == ("model-2", 0.25)


def test_nobody_is_identified_by_a_model_that_has_heard_nobody(service: Process) -> None:
    service.people.remove_all()
    with pytest.raises(NotEnrolled):
        service.identify(speech(ANNA))


def test_a_choice_that_cannot_be_read_is_not_guessed(service: Process) -> None:
    def locked() -> str:
        raise DatabaseLocked("Another process holds the database.")

    service.engine.choose_with(locked)
    with pytest.raises(DatabaseLocked):
        service.verify("anna", speech(ANNA))
    assert service.people.attempts("anna") == []


def test_an_engine_that_has_not_begun_follows_nothing() -> None:
    shelf = FakeShelf(card("model-1"))
    engine = VoiceEngine(shelf)
    engine.choose_with(lambda: "model-1")
    engine.follow()
    assert not engine.ready
    assert shelf.encoders == []


def test_of_several_threads_one_loads_the_model() -> None:
    class Slow(FakeShelf):
        """Has another thread follow while a model is being loaded."""

        def load(self, model_id: str) -> OffsetEncoder:
            if model_id == "model-2":
                second.start()
                assert asked.wait(PATIENCE_S)
            return super().load(model_id)

    def chosen() -> str:
        if threading.current_thread() is second:
            asked.set()
        return "model-2"

    def follow() -> None:
        try:
            engine.follow()
        except KioskError as error:
            failed.append(error)

    asked, failed = threading.Event(), list[KioskError]()
    shelf = Slow(card("model-1"), card("model-2", builtin=False))
    engine = VoiceEngine(shelf)
    engine.load("model-1")
    engine.choose_with(chosen)
    second = threading.Thread(target=follow)
    engine.follow()
    second.join(PATIENCE_S)
    assert not second.is_alive()
    assert failed == []
    assert [each.card.model_id for each in shelf.encoders] == ["model-1", "model-2"]


def test_the_present_model_serves_while_another_one_is_loaded() -> None:
    class Busy(FakeShelf):
        def load(self, model_id: str) -> OffsetEncoder:
            if model_id == "model-2":
                heard.append(engine.encode(speech(ANNA)).model_id)
            return super().load(model_id)

    heard: list[str] = []
    engine = VoiceEngine(Busy(card("model-1"), card("model-2", builtin=False)))
    engine.load("model-1")
    engine.choose_with(lambda: "model-2")
    engine.follow()
    assert heard == ["model-1"]
    assert engine.encode(speech(ANNA)).model_id == "model-2"


def test_a_choice_by_another_thread_is_not_undone(service: Process) -> None:
    """Whoever waited for the choice to be made asks again what it is."""
    asked = iter(["model-1"])

    def chosen() -> str:
        # The first answer is from before the choice, as the thread saw it that was slow.
        return next(asked, "model-2")

    service.models.use("model-2")
    service.engine.choose_with(chosen)
    service.engine.follow()
    assert service.engine.card.model_id == "model-2"
