"""Where one can go, and what every screen is given."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.services.facade import Kiosk
    from kiosk.services.service_switch import ServiceSwitch
    from kiosk.ui.listener_bridge import ListenerBridge
    from kiosk.ui.recognition_thread import RecognitionThread
    from kiosk.ui.theme.controller import ThemeController


class Route(Enum):
    """The faces of the window."""

    VERIFY = "verify"
    """The self-service flow: Welcome, Who are you, Speak, Result."""
    OUT_OF_SERVICE = "out_of_service"
    SIGN_IN = "sign_in"
    """Operator PIN; the first time, setting it."""
    OPERATOR = "operator"
    """Enroll, People, Microphone, Preferences."""


@dataclass(frozen=True)
class Ui:
    """What screens and presenters work with.

    Attributes:
        service: switches the HTTP service; None where this program has none.
    """

    kiosk: Kiosk
    recognition: RecognitionThread
    bridge: ListenerBridge
    theme: ThemeController
    go: Callable[[Route], None]
    service: ServiceSwitch | None = None
