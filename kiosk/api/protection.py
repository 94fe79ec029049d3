"""The middleware that stands before the routes, in its order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from kiosk.api.auth import HEADER
from kiosk.api.browsers import BrowserGuard, SecurityHeaders
from kiosk.api.limits import RateLimit
from kiosk.api.request_log import RequestLogging
from kiosk.api.sizes import SizeLimit

if TYPE_CHECKING:
    from fastapi import FastAPI

    from kiosk.api.context import Context

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_EXPOSED = ("Retry-After", "Location", "WWW-Authenticate")


def install(app: FastAPI, context: Context) -> None:
    """Put the protection before everything that was added to the application so far.

    To be called after :func:`kiosk.api.problems.install` and after all other middleware.
    """
    for each in reversed(_stack(context)):
        app.add_middleware(each.cls, *each.args, **each.kwargs)


def _stack(context: Context) -> list[Middleware]:
    """Return the middleware, the outermost first."""
    policy = context.policy
    stack = [
        Middleware(RequestLogging, context.requests),
        Middleware(SecurityHeaders),
        Middleware(BrowserGuard, policy),
        Middleware(RateLimit, policy, context.keys, context.limiter),
        Middleware(SizeLimit, policy),  # within, for it must know who asks
    ]
    if policy.cors_origins:
        # Before the limits: a page must be able to read why it is refused. Keys go into headers,
        # so that no page needs cookies or other credentials of the browser.
        cors = Middleware(
            CORSMiddleware,
            allow_origins=policy.cors_origins,
            allow_methods=_METHODS,
            allow_headers=("Authorization", "Content-Type", HEADER),
            expose_headers=_EXPOSED,
        )
        stack.insert(3, cors)
    return stack
