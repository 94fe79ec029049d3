"""Which voice model is used, and changing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.core.errors import ModelMissing
from kiosk.services.preferences import MODEL

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.core.ports import ModelCard, ModelShelf
    from kiosk.services.engine import VoiceEngine
    from kiosk.services.preferences import Preferences


class Models:
    """The installed models and the choice among them.

    A preference wins over the deployment's setting, which wins over the built-in model.
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
        builtin = next((card for card in self._shelf.models() if card.builtin), None)
        if builtin is None:
            raise ModelMissing("There is no built-in voice model.")
        return builtin.model_id

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

        Raises:
            ModelMissing, ModelAltered, ModelRefused: it cannot be used.
            StorageError: the choice could not be stored.
        """
        encoder = self._shelf.load(model_id)
        # Stored first: what is in use now is what is used after a restart.
        self._preferences.set(MODEL, model_id)
        self._engine.use(encoder)
        return encoder.card

    def install(self, source: str, progress: Callable[[str, float], None]) -> ModelCard:
        """Install a model without choosing it. See :meth:`kiosk.core.ports.ModelShelf.install`."""
        return self._shelf.install(source, progress)
