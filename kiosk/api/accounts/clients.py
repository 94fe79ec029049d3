"""Who sends a request: the address, whether it is this machine, and the key that was shown."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from kiosk.core.api_policy import is_loopback

if TYPE_CHECKING:
    from starlette.types import Scope

    from kiosk.core.accounts.credentials import ApiKey
    from kiosk.core.api_policy import ApiPolicy

UNKNOWN = "unknown"
"""The address of a client without one, such as at the other end of a UNIX socket."""
_FORWARDING = ("x-forwarded-for", "forwarded", "x-real-ip", "via")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Caller:
    """Whoever sends a request.

    Attributes:
        address: IP address, or :data:`UNKNOWN`.
        local: it is a program on this machine, and no proxy stands in between.
        key: the key that was shown and accepted.
        refused: a key was shown and not accepted.
    """

    address: str
    local: bool
    key: ApiKey | None = None
    refused: bool = False

    @property
    def client(self) -> str:
        """Return what is counted as one client: the key, else the address.

        Of an IPv6 address that is the network of 64 bits: whoever has one address has them all.
        """
        if self.key is not None:
            return f"key {self.key.key_id}"
        address = _parsed(self.address)
        if isinstance(address, ipaddress.IPv6Address) and not address.is_loopback:
            return str(ipaddress.ip_network((int(address), 64), strict=False))
        return self.address


def caller_of(scope: Scope, policy: ApiPolicy) -> Caller:
    """Return who sends a request, with no key looked at yet.

    A proxy that is trusted by the policy is believed about the address, and nobody behind any
    proxy counts as local: the proxy's own address says nothing about who uses it.

    Args:
        scope: of an HTTP request.
        policy: names the trusted proxies.
    """
    headers = Headers(scope=scope)
    peer = _parsed(scope["client"][0]) if scope.get("client") else None
    if peer is None:
        return Caller(UNKNOWN, local=False)
    if not _trusted(peer, policy):
        direct = not any(name in headers for name in _FORWARDING)
        return Caller(str(peer), local=direct and is_loopback(str(peer)))
    # Each proxy appends whom it speaks to, so that the end of the list is the part to believe.
    for named in reversed(",".join(headers.getlist("x-forwarded-for")).split(",")):
        address = _parsed(named.strip())
        if address is None:
            break
        if not _trusted(address, policy):
            return Caller(str(address), local=False)
    return Caller(str(peer), local=False)


def _parsed(text: str) -> _Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    # A socket for both kinds shows IPv4 addresses as IPv6 ones.
    return getattr(address, "ipv4_mapped", None) or address


def _trusted(address: _Address, policy: ApiPolicy) -> bool:
    return any(address in ipaddress.ip_network(each, strict=False) for each in policy.proxies)
