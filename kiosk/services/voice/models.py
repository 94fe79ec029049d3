"""Which voice model is used, and changing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.core.accounts.roles import Action, require
from kiosk.core.errors import InvalidInput, ModelMissing
from kiosk.core.records.audit import AuditAction, AuditEvent
from kiosk.core.voice.comparing import Comparing, comparing
from kiosk.core.voice.site_scorer import LINE
from kiosk.services.preferences import ALSO_ENROLL, MODEL, NO_SECOND, second_model
from kiosk.services.voice.models_vouched import trust

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.core.ports import ModelCard, ModelShelf
    from kiosk.core.voice.calibration import Calibration
    from kiosk.services.preferences import Preferences
    from kiosk.services.voice.engine import VoiceEngine


_SECOND_BY_ITSELF = "campplus"
"""The architecture that nobody installs but to compare it with the one in use."""


class Models:
    """The installed models and the choice among them.

    Other processes on the same database choose too: the engine is told to ask here what is chosen.
    A preference wins over the deployment's setting, which wins over the built-in model. Beside the
    chosen one there may be a second model, with which people are enrolled too.
    """

    def __init__(
        self,
        shelf: ModelShelf,
        engine: VoiceEngine,
        preferences: Preferences,
        configured: str | None,
    ) -> None:
        """Use these; ``configured`` is the deployment's choice."""
        self._shelf = shelf
        self._engine = engine
        self._preferences = preferences
        self._configured = configured
        self._builtin: str | None = None
        engine.choose_with(self.chosen, self.deciding)

    def installed(self) -> list[ModelCard]:
        """Return the installed models, the built-in one first."""
        return self._shelf.models()

    def chosen(self) -> str:
        """Return the ID of the model to use.

        Raises:
            ModelMissing: none is chosen and none is built in.
        """
        wanted = self._preferences.get(MODEL) or self._configured
        if wanted is not None:
            return wanted
        if self._builtin is None:  # asked for at each verification, and always the same one
            builtin = next((card for card in self._shelf.models() if card.builtin), None)
            if builtin is None:
                raise ModelMissing("There is no built-in voice model.")
            self._builtin = builtin.model_id
        return self._builtin

    def card(self, model_id: str | None = None) -> ModelCard:
        """Return a model, the chosen one by default.

        Raises:
            ModelMissing: it is not installed.
        """
        return self._shelf.card(model_id or self.chosen())

    def load(self) -> None:
        """Load the chosen model. Raises as :meth:`kiosk.core.ports.ModelShelf.load`."""
        self._engine.load(self.chosen())

    def use(self, model_id: str) -> ModelCard:
        """Choose and load a model; the present one stays in use when that fails.

        Choosing the second model exchanges the two, so that people are still enrolled with both.

        Raises:
            NotPermitted: who acts may not choose models.
            ModelMissing, ModelAltered, ModelRefused: it cannot be used.
            StorageError: the choice could not be stored.
        """
        require(Action.MODEL)
        trust(self._preferences, self.card(model_id), kept=True)
        with self._engine.changing:
            encoder = self._shelf.load(model_id)
            values: dict[str, str | None] = {MODEL: model_id}
            if self.also() == model_id:
                values[ALSO_ENROLL] = self._former_choice(model_id)
            # Stored first: what is in use now is what is used after a restart.
            self._preferences.set_all(values)
            self._engine.use(encoder)
            self._engine.second.unload()
        return encoder.card

    def follow(self) -> None:
        """Load what was chosen meanwhile; see :meth:`.VoiceEngine.follow`."""
        self._engine.follow()

    def also(self) -> str | None:
        """Return the ID of the model with which people are enrolled too, or None.

        Raises:
            ModelMissing: no model is chosen and none is built in.
        """
        return self._second(self.chosen())

    def deciding(self, model_id: str) -> str | None:
        """Return the second model that decides together with this first one, or None.

        It decides where scores of the two can be fused, which somebody must have measured.
        """
        second = self._second(model_id)
        pairs = (each.models for each in self._shelf.calibrations())
        return second if second is not None and (model_id, second) in pairs else None

    def calibrated(self, model_id: str | None = None) -> bool:
        """Return whether the models that decide were calibrated, so that a policy sets the line.

        Args:
            model_id: and this is one of them.
        """
        found = self._calibrations()
        return bool(found) and model_id in (None, *found[0].models)

    def threshold(self, card: ModelCard) -> float:
        """Return what a decision in which this model takes part must reach."""
        return LINE if self.calibrated(card.model_id) else self._preferences.threshold(card)

    def comparing(self) -> Comparing:
        """Return the models that decide about the next claim, whatever is loaded until then.

        Raises:
            ModelMissing: no model is chosen and none is built in.
        """
        chosen = self.chosen()
        return self._comparing(chosen, self._second(chosen))

    def comparing_after_use(self, model_id: str) -> Comparing:
        """Return which models would decide if this one came into use; see :meth:`use`.

        Raises:
            ModelMissing: no model is chosen and none is built in.
        """
        exchanged = self.also() == model_id
        second = self._former_choice(model_id) if exchanged else self._second(model_id)
        return self._comparing(model_id, second)

    def comparing_with(self, model_id: str | None) -> Comparing:
        """Return which models would decide with another second model, or without one.

        Raises:
            ModelMissing: no model is chosen and none is built in.
        """
        return self._comparing(self.chosen(), model_id)

    def _comparing(self, model_id: str, second: str | None) -> Comparing:
        together = (model_id,) if second is None else (model_id, second)
        found = self._engine.calibrations(together) or self._engine.calibrations((model_id,))
        if found:
            return comparing(found)
        # By its cosine, which nobody has measured together with another one.
        return Comparing((model_id,), frozenset((model_id,)))

    def _calibrations(self) -> tuple[Calibration, ...]:
        chosen = self.chosen()
        second = self.deciding(chosen)
        return self._engine.calibrations((chosen,) if second is None else (chosen, second))

    def _second(self, model_id: str) -> str | None:
        with self._preferences.begin() as work:
            return second_model(work, model_id, self._engine.partner(model_id))

    def set_also(self, model_id: str | None) -> None:
        """Enroll people with this model too, from now on; with None, with the one in use only.

        Voiceprints that exist stay as they are. The model is loaded once to see that it works.

        Raises:
            InvalidInput: it is the one in use.
            ModelMissing, ModelAltered, ModelRefused: it cannot be used.
            StorageError: the choice could not be stored.
            NotPermitted: who acts may not choose models.
        """
        require(Action.MODEL)
        if model_id is not None:
            if model_id == self.chosen():
                raise InvalidInput(
                    f"{model_id} is the model in use: everyone is enrolled with it anyway.",
                    hint="Name another one of 'kiosk model list'.",
                )
            trust(self._preferences, self.card(model_id), kept=True)
            self._shelf.load(model_id)
        self._preferences.set(ALSO_ENROLL, NO_SECOND if model_id is None else model_id)
        self._engine.second.unload()

    def install(self, source: str, progress: Callable[[str, float], None]) -> ModelCard:
        """Install a model without choosing it. See :meth:`kiosk.core.ports.ModelShelf.install`.

        A CAM++ that was not there before becomes the second model when there is none yet: whoever
        is enrolled from now on can be verified by it at once, should it be chosen one day.

        Raises:
            ModelAltered: the one that is installed is not what was once installed.
            NotPermitted: who acts may not install models.
        """
        require(Action.MODEL)
        before = {card.model_id: card.fingerprint for card in self._shelf.models()}
        card = self._shelf.install(source, progress)
        trust(self._preferences, card, kept=before.get(card.model_id) == card.fingerprint)
        self._preferences.record(AuditEvent(AuditAction.MODEL_INSTALLED, card.model_id))
        if (
            card.model_id not in before
            and card.architecture == _SECOND_BY_ITSELF
            and not self._preferences.get(ALSO_ENROLL)
        ):
            self._preferences.set(ALSO_ENROLL, card.model_id)
        return card

    def _former_choice(self, other_than: str) -> str | None:
        """Return the model that was chosen so far, when it is there and another one."""
        try:
            former = self.card().model_id
        except ModelMissing:
            return None
        return former if former != other_than else None
