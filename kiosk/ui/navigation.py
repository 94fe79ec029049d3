"""Where one can go, and what every screen is given."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.services.facade import Kiosk
    from kiosk.services.service_switch import ServiceSwitch
    from kiosk.ui.accounts.session import Session
    from kiosk.ui.hearing.listener_bridge import ListenerBridge
    from kiosk.ui.hearing.recognition_thread import RecognitionThread
    from kiosk.ui.theme.controller import ThemeController


class Route(Enum):
    """The faces of the window."""

    VERIFY = "verify"
    """The self-service flow: Welcome, Who are you, Speak, Result."""
    OUT_OF_SERVICE = "out_of_service"
    SIGN_IN = "sign_in"
    """Login and PIN or password; the first time, making the first account."""
    OPERATOR = "operator"
    """The pages of operators and administrators."""


class Screen(Protocol):
    """What the window asks of each of its faces."""

    def entered(self) -> None:
        """It is shown now."""

    def left(self) -> None:
        """Something else is shown now: end what was going on."""


@dataclass(frozen=True)
class Ui:
    """What screens and presenters work with.

    Attributes:
        session: who is signed in.
        service: switches the HTTP service; None where this program has none.
    """

    kiosk: Kiosk
    recognition: RecognitionThread
    bridge: ListenerBridge
    theme: ThemeController
    go: Callable[[Route], None]
    session: Session
    service: ServiceSwitch | None = None
