"""The secret of the kiosk, from which keys other than those of templates are derived."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Secret:
    """Implements :class:`kiosk.core.keys.ports.KioskSecret` with the root of the vault.

    Args:
        kiosk_id: returns the identity of the kiosk.
        mac_key: returns the key of a purpose's message authentication.
    """

    def __init__(self, kiosk_id: Callable[[], str], mac_key: Callable[[str], bytes]) -> None:
        self._kiosk_id = kiosk_id
        self._mac_key = mac_key

    @property
    def kiosk_id(self) -> str:
        """Return the random identity of this kiosk."""
        return self._kiosk_id()

    def mac(self, purpose: str, data: bytes) -> bytes:
        """Return HMAC-SHA-256 of the data under the key of a purpose; see the port."""
        return hmac.digest(self._mac_key(purpose), data, sha256)
