"""What operators set at run time: model, threshold, microphone, appearance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from kiosk.core.accounts.roles import Action, require
from kiosk.core.errors import InvalidInput, SettingsInvalid
from kiosk.core.policies import LEAST_THRESHOLD
from kiosk.core.records.events import setting
from kiosk.core.records.security_state import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from kiosk.core.ports import Clock, ModelCard, UnitOfWork, UnitOfWorkFactory
    from kiosk.core.records.audit import AuditEvent

MODEL = "model"
ALSO_ENROLL = "also_enroll"
NO_SECOND = "none"
"""Stored where people are to be enrolled with the model in use alone."""
MICROPHONE = "microphone"
THEME = "theme"
TEXT_SCALE = "text_scale"
SHOW_SCORE = "show_score"
_THRESHOLD = "threshold:"
POLICY_ONE_IN = f"{_THRESHOLD}@one_in"
"""At most one impostor in so many is accepted; no voice model can be called so."""

_ACTIONS = {
    MODEL: Action.MODEL,
    ALSO_ENROLL: Action.MODEL,
    MICROPHONE: Action.MICROPHONE,
    THEME: Action.APPEARANCE,
    TEXT_SCALE: Action.APPEARANCE,
}


class Preferences:
    """Reads and writes preferences; each call is a transaction of its own."""

    def __init__(self, uow: UnitOfWorkFactory, clock: Clock) -> None:
        """Use this storage."""
        self._uow = uow
        self._clock = clock

    def begin(self) -> AbstractContextManager[UnitOfWork]:
        """Begin a transaction in which several are read."""
        return self._uow()

    def get(self, key: str, default: str | None = None) -> str | None:
        """Return a preference, or the default when it was never set."""
        with self._uow() as work:
            value = work.preferences.get(key)
        return default if value is None else value

    def set(self, key: str, value: str | None) -> None:
        """Store a preference; None returns to the default.

        Raises:
            NotPermitted: who acts may not change it; see :func:`action_of`.
        """
        self.set_all({key: value})

    def set_all(self, values: Mapping[str, str | None]) -> None:
        """Store several preferences, all of them or none; None returns to the default.

        Raises:
            NotPermitted: who acts may not change one of them; see :func:`action_of`.
        """
        for key in values:
            require(action_of(key))
        with self._uow() as work:
            for key, value in values.items():
                before = work.preferences.get(key)
                work.preferences.set(key, value, self._clock.now())
                if value != before:
                    work.audit.append(setting(key, before, value))
            work.commit()

    def record(self, event: AuditEvent) -> None:
        """Record what happened to something that is kept elsewhere, such as a voice model."""
        with self._uow() as work:
            work.audit.append(event)
            work.commit()

    def threshold(self, card: ModelCard) -> float:
        """Return the threshold in force for a model."""
        with self._uow() as work:
            return threshold_in_force(work, card)

    def set_threshold(self, card: ModelCard, value: float | None) -> None:
        """Set the threshold for one model; None returns to the model's own.

        Raises:
            InvalidInput: it is below :data:`kiosk.core.policies.LEAST_THRESHOLD`, or not below 1.
            NotPermitted: who acts may not change it.
        """
        if value is not None and not is_threshold(value, LEAST_THRESHOLD):
            raise InvalidInput(
                "The threshold is not a cosine score that tells people apart.",
                hint=f"Give a number from {LEAST_THRESHOLD} to 1.",
            )
        self.set(_threshold_key(card.model_id), None if value is None else repr(value))


def action_of(key: str) -> Action:
    """Return what changing a preference is: one that has no kind of its own is a setting."""
    if key.startswith(_THRESHOLD):
        return Action.THRESHOLD
    if key.startswith(MANIFEST):
        return Action.MODEL
    return _ACTIONS.get(key, Action.SETTINGS)


def threshold_in_force(work: UnitOfWork, card: ModelCard) -> float:
    """Return the threshold for a model within a transaction.

    Thresholds are kept per model: a figure found for one means nothing for another.

    Raises:
        SettingsInvalid: what is stored, or came with the model, is not a cosine score. Nobody is
            compared then: below the least score everybody would be accepted, and another threshold
            would be a guess.
    """
    what = f"threshold of voice model {card.model_id}"
    stored = stored_threshold(
        work, _threshold_key(card.model_id), what, "kiosk model threshold", LEAST_THRESHOLD
    )
    if stored is not None:
        return stored
    if not is_threshold(card.threshold, LEAST_THRESHOLD):
        raise SettingsInvalid(
            f"The {what} that came with it does not tell people apart.",
            hint="Set one with 'kiosk model threshold', or use another model.",
        )
    return card.threshold


def stored_threshold(
    work: UnitOfWork, key: str, what: str, command: str, least: float = 0.0
) -> float | None:
    """Return a threshold as it is stored, or None when it was never set.

    Args:
        work: the transaction.
        key: of the preference.
        what: names it in the message.
        command: how it is set.
        least: what it must not be below.

    Raises:
        SettingsInvalid: what is stored is not a cosine score.
    """
    stored = work.preferences.get(key)
    if stored is None:
        return None
    try:
        value = float(stored)
    except ValueError:
        value = math.nan
    if not is_threshold(value, least):
        raise SettingsInvalid(
            f"The stored {what} is not a cosine score.", hint=f"Set it again with '{command}'."
        )
    return value


def second_model(work: UnitOfWork, model_id: str, partner: str | None = None) -> str | None:
    """Return the model with which people are enrolled beside the one in use, or None.

    Args:
        work: the transaction.
        model_id: the one in use; it is never its own second.
        partner: the second one where nobody has chosen: that with which it was calibrated.
    """
    stored = work.preferences.get(ALSO_ENROLL)
    second = partner if stored is None else stored
    return second if second and second not in (model_id, NO_SECOND) else None


def is_threshold(value: float, least: float = 0.0) -> bool:
    """Return whether a value can be a threshold: above 0, not below ``least``, and below 1."""
    # False for NaN.
    return 0.0 < value < 1.0 and value >= least


def _threshold_key(model_id: str) -> str:
    return f"{_THRESHOLD}{model_id}"
