"""A listener with its real thread, and a microphone that records what the test feeds it."""

from __future__ import annotations

import threading
from typing import TypeVar

from kiosk.core.policies import EndPointPolicy
from kiosk.services.hearing.listening import Listener, ListenerEvent, MicrophoneUp
from tests.support.patience import PATIENCE_S
from tests.unit.services.kit import FakeMicrophone, LoudnessDetector, PassThrough

POLICY = EndPointPolicy(wanted_net_s=2.0, enough_net_s=6.0)

E = TypeVar("E")


class Ear:
    """Collects events, and waits for them."""

    def __init__(self) -> None:
        self.events: list[ListenerEvent] = []
        self._changed = threading.Condition()

    def __call__(self, event: ListenerEvent) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in list(self.events) if isinstance(event, kind)]

    def wait(self, kind: type[E], count: int = 1) -> E:
        """Return the ``count``-th event of a kind, which may still have to come."""
        with self._changed:
            came = self._changed.wait_for(lambda: len(self.of(kind)) >= count, PATIENCE_S)
        assert came, f"no {kind.__name__} among {self.events}"
        return self.of(kind)[count - 1]


class Room:
    """A listener that hears what is fed to its microphone."""

    def __init__(self, microphone: FakeMicrophone | None = None) -> None:
        self.microphone = microphone or FakeMicrophone()
        self.chosen: str | None = None
        self.ear = Ear()
        self.listener = Listener(
            self.microphone,
            LoudnessDetector,
            lambda _rate: PassThrough(),
            lambda: self.chosen,
        )
        self.listener.subscribe(self.ear)

    def start(self) -> None:
        self.listener.start()
        self.ear.wait(MicrophoneUp)
