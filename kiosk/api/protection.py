"""The middleware that stands before the routes, in its order."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request

from kiosk.api.accounts.auth import HEADER, only_here
from kiosk.api.answers.erased import BACKUPS_HEADER
from kiosk.api.answers.problems import answer, problem_of_status
from kiosk.api.browsers import BrowserGuard, SecurityHeaders
from kiosk.api.limits.rates import RateLimit
from kiosk.api.limits.sizes import SizeLimit
from kiosk.api.records.request_log import RequestLogging
from kiosk.api.routes import speech_engine

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp, Receive, Scope, Send

    from kiosk.api.answers.problems import Problem
    from kiosk.api.context import Context
    from kiosk.api.records.addresses import Addresses

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_EXPOSED = ("Retry-After", "Location", "WWW-Authenticate", BACKUPS_HEADER)


def install(app: FastAPI, context: Context, addresses: Addresses) -> None:
    """Put the protection before everything that was added to the application so far.

    To be called after :func:`kiosk.api.answers.problems.install` and after all other middleware.

    Args:
        app: what it protects.
        context: the parts of the service.
        addresses: of all routes, for the request log.
    """
    for each in reversed(_stack(context, addresses)):
        app.add_middleware(each.cls, *each.args, **each.kwargs)


class InnerService:
    """Middleware that asks :func:`kiosk.api.accounts.auth.only_here` for all of SpeechEngine.

    By the path alone: the routes would tell by a 405 and its ``Allow``, or by what they say about
    a body, that there is something.

    Args:
        app: what comes next.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "http" and _inner(scope["path"]):
            try:
                await only_here(Request(scope))
            except HTTPException as error:
                await answer(scope["path"], _told(error))(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _told(error: HTTPException) -> Problem:
    if error.status_code == HTTPStatus.NOT_FOUND:
        # In the words of every other address that does not exist.
        return problem_of_status(404, "There is no such address.", hint="See /swagger/.")
    hint = getattr(error, "hint", "")
    return problem_of_status(error.status_code, str(error.detail), hint=hint, headers=error.headers)


def _inner(path: str) -> bool:
    return any(path == root or path.startswith(f"{root}/") for root in speech_engine.ROOTS)


def _stack(context: Context, addresses: Addresses) -> list[Middleware]:
    """Return the middleware, the outermost first."""
    policy = context.policy
    stack = [
        Middleware(RequestLogging, context.requests, addresses),
        Middleware(SecurityHeaders),
        Middleware(BrowserGuard, policy, context.limiter),
        Middleware(RateLimit, policy, context.keys, context.limiter),
        Middleware(SizeLimit, policy, context.arrivals),  # within, for it must know who asks
        Middleware(InnerService),
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
