"""Only voice models that are as they were when the kiosk took them.

An installed model lies in the data folder. Its manifest holds the hashes of its files and the
threshold to begin with, so whoever rewrites the manifest could let everybody in. What decides of it
is therefore kept as a setting, which the audit records vouch for like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.core.errors import ModelAltered, ModelRefused
from kiosk.core.records.security_state import MANIFEST, Kind, Thing
from kiosk.core.records.state_replay import Difference

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt

    from kiosk.core.ports import Clock, ModelCard, ModelShelf, SpeakerEncoder, UnitOfWork
    from kiosk.core.voice.calibration import Calibration
    from kiosk.services.preferences import Preferences


class VouchedModels:
    """Implements :class:`kiosk.core.ports.ModelShelf` on another one.

    Never to be asked for a model within a unit of work, but for :meth:`take` and
    :meth:`differences`.

    Args:
        shelf: what is installed.
        preferences: hold what was taken.
        clock: for when it was taken.
    """

    def __init__(self, shelf: ModelShelf, preferences: Preferences, clock: Clock) -> None:
        self._shelf = shelf
        self._preferences = preferences
        self._clock = clock

    def models(self) -> list[ModelCard]:
        """Return what is installed, vouched for or not; see the port."""
        return self._shelf.models()

    def card(self, model_id: str) -> ModelCard:
        """Return one model, vouched for or not; see the port."""
        return self._shelf.card(model_id)

    def load(self, model_id: str) -> SpeakerEncoder:
        """Load a model that is as it was taken; see the port.

        Raises:
            ModelAltered: it is not.
            ModelRefused: nobody has ever taken it.
        """
        self._require(self._shelf.card(model_id))
        encoder = self._shelf.load(model_id)
        self._require(encoder.card)  # of the very manifest that it was loaded by
        return encoder

    def cohort(self, model_id: str) -> npt.NDArray[np.float32] | None:
        """Return how a model hears other people; see the port, and :meth:`load`."""
        self._require(self._shelf.card(model_id))
        return self._shelf.cohort(model_id)

    def calibrations(self) -> tuple[Calibration, ...]:
        """Return what was measured about the built-in models; see the port."""
        return self._shelf.calibrations()

    def install(self, source: str, progress: Callable[[str, float], None]) -> ModelCard:
        """Install a model, which nobody has taken by that; see the port."""
        return self._shelf.install(source, progress)

    def take(self, work: UnitOfWork, *, known: bool) -> None:
        """Take the models that are installed as they are, unrecorded: all state is, thereafter.

        Args:
            work: the transaction.
            known: only those that were taken before, and are different now.
        """
        for card in _installed(self._shelf):
            taken = work.preferences.get(key_of(card.model_id))
            if taken != card.fingerprint and (taken is not None or not known):
                key = key_of(card.model_id)
                work.preferences.set(key, card.fingerprint, self._clock.now())

    def differences(self, work: UnitOfWork) -> tuple[Difference, ...]:
        """Return which of the models that were taken are others now, within a transaction."""
        found = []
        for card in _installed(self._shelf):
            key = key_of(card.model_id)
            if work.preferences.get(key) not in (None, card.fingerprint):
                found.append(Difference(Thing(Kind.SETTING, key), _altered(card).message))
        return tuple(found)

    def _require(self, card: ModelCard) -> None:
        if card.builtin:  # part of the program, as is this line
            return
        taken = self._preferences.get(key_of(card.model_id))
        if taken is None:
            raise ModelRefused(
                f"The voice model {card.model_id} was not installed by this kiosk.",
                hint="Install it with 'kiosk model install'. If you have put it there yourself: "
                f"'kiosk model use {card.model_id}'.",
            )
        if taken != card.fingerprint:
            raise _altered(card)


def key_of(model_id: str) -> str:
    """Return the preference that holds what decides of a model as it was taken."""
    return f"{MANIFEST}{model_id}"


def trust(preferences: Preferences, card: ModelCard, *, kept: bool = False) -> None:
    """Take a model that somebody has installed or chosen, unless that was done before.

    Args:
        preferences: hold what was taken.
        card: of the model.
        kept: it is what lay there before: then it must be what was taken, if anything was.

    Raises:
        ModelAltered: it is another one than was taken.
        NotPermitted: who acts may not choose models.
    """
    key = key_of(card.model_id)
    taken = preferences.get(key)
    if card.builtin or taken == card.fingerprint:
        return
    if kept and taken is not None:
        raise _altered(card)
    preferences.set(key, card.fingerprint)


def _installed(shelf: ModelShelf) -> list[ModelCard]:
    return [card for card in shelf.models() if not card.builtin]


def _altered(card: ModelCard) -> ModelAltered:
    return ModelAltered(
        f"The voice model {card.model_id} is not as it was when it was installed.",
        hint=f"Remove the folder {card.folder} and install it again from its source.",
    )
