"""What keeps a web page from driving the service through the browser of whoever looks at it.

A page from anywhere may make a browser send requests to this machine, where no key is needed.
Three rules stand against that:

- The ``Host`` header must be a name of this service. A page whose own name was made to point to
  this machine (DNS rebinding) sends that name.
- An ``Origin`` header must be that of the service itself, or one that the site has named.
- What a browser marks as sent by a page of another site (``Sec-Fetch-Site``) is refused too, unless
  somebody follows a link: images and forms of old send no origin.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders

from kiosk.api.accounts.clients import caller_of
from kiosk.api.answers.problems import answer, problem_of_status
from kiosk.api.limits.rates import too_many
from kiosk.core.api_policy import is_loopback

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from kiosk.api.answers.problems import Problem
    from kiosk.api.limits.rates import RateLimiter
    from kiosk.core.api_policy import ApiPolicy

SECURITY_HEADERS = {
    # No answer is to be kept by whatever stands in between: they are about people.
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Sent with every answer, unless the route has set the header itself.

Without ``Strict-Transport-Security``: it would speak for all other services on this machine too.
"""
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self' blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""For HTML, which only the pages of the documentation are: nothing but what is shipped with it."""


class SecurityHeaders:
    """Middleware that adds :data:`SECURITY_HEADERS` to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.setdefault("Content-Security-Policy", _PAGE_POLICY)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, guarded)


class BrowserGuard:
    """Middleware that refuses what a page of another site sends; see the module.

    Args:
        app: what comes next.
        policy: names the service and the origins that may use it.
        limiter: counts what is refused.
    """

    def __init__(self, app: ASGIApp, policy: ApiPolicy, limiter: RateLimiter) -> None:
        self._app = app
        self._policy = policy
        self._limiter = limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        refused = self._refused(Headers(scope=scope)) if scope["type"] == "http" else None
        if refused is None:
            await self._app(scope, receive, send)
            return
        wait = self._limiter.stray_wait_s(caller_of(scope, self._policy))
        if wait > 0:
            refused = too_many(wait)
            refused = replace(refused, headers={**refused.headers, "Connection": "close"})
        await answer(scope["path"], refused)(scope, receive, send)

    def _refused(self, headers: Headers) -> Problem | None:
        host = headers.get("host", "").lower()
        if not self._is_ours(_without_port(host)):
            return problem_of_status(
                421,
                "The service is not known under this name.",
                hint=(
                    "Use its address, or ask an administrator to add the name to the setting "
                    "api.hosts."
                ),
            )
        origin = headers.get("origin")
        if origin is None:
            foreign = headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
            foreign = foreign and headers.get("sec-fetch-mode") != "navigate"
        else:
            same = origin.lower().partition("://")[2] == host
            foreign = not same and origin.lower() not in self._policy.cors_origins
        if foreign:
            return problem_of_status(
                403,
                "Pages of other sites may not use this service.",
                hint=(
                    "Ask an administrator to add the site's origin to the setting api.cors_origins."
                ),
            )
        return None

    def _is_ours(self, name: str) -> bool:
        if is_loopback(name) or name in self._policy.hosts:
            return True
        # Elsewhere a key is needed for everything, and no page has one.
        return not self._policy.on_loopback and not self._policy.hosts


def _without_port(host: str) -> str:
    """Return the name in a ``Host`` header such as ``localhost:3000`` or ``[::1]:3000``."""
    name, colon, port = host.rpartition(":")
    if colon and (port.isdigit() or not port) and (":" not in name or name.endswith("]")):
        return name
    return host
