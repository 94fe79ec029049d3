"""Failures as answers: RFC 9457 problems under ``/v1``, ``{"message"}`` on the seed's routes.

Every failure of the API passes through here, whoever raised it, so that no route has to know how
an error looks, and no answer shows more than was meant for it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Match

from kiosk.api.answers.kinds import INVALID, PROBLEM_TYPES, STATUSES, kind_of
from kiosk.core.errors import Cancelled, Defect, KioskError, NotPermitted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MEDIA_TYPE = "application/problem+json"
PREFIX = "/v1"
"""Routes of our own design; all others are the seed's."""
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""The methods of HTTP that some route may answer."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Problem:
    """One failure, ready to be told in either shape.

    Attributes:
        status: HTTP status under ``/v1``.
        slug: last part of the problem type; ``blank`` where only the status is known.
        title: what kind of failure it is; the same for all of its kind.
        detail: what happened this time, one plain sentence.
        hint: what to do about it, one plain sentence.
        code: stable code of :mod:`kiosk.core.errors`; empty for refusals of requests that no
            error of the kiosk's own stands for.
        seed_status: HTTP status on the seed's routes.
        headers: such as ``Retry-After``.
        extra: further members of the problem object under ``/v1``.
    """

    status: int
    slug: str
    title: str
    detail: str
    hint: str = ""
    code: str = ""
    seed_status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)


class Refusal(HTTPException):
    """A request is refused by its form or its sender, and a hint says what to do about it.

    Attributes:
        hint: one plain sentence, or several.
    """

    def __init__(
        self, status: int, detail: str, *, hint: str, headers: dict[str, str] | None = None
    ) -> None:
        """Refuse, with a status of :data:`kiosk.api.answers.kinds.STATUSES`."""
        super().__init__(status, detail, headers)
        self.hint = hint


class AsciiJson(JSONResponse):
    """JSON in ASCII: what a client sent and is quoted may not be valid Unicode."""

    def render(self, content: Any) -> bytes:
        """Return the content; a number that is not finite is a defect."""
        return json.dumps(content, allow_nan=False).encode("ascii")


def ours(path: str) -> bool:
    """Return whether a path belongs to our own routes and not to the seed's."""
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def problem_of(error: KioskError, **extra: Any) -> Problem:
    """Return how an expected failure is answered.

    Args:
        error: of any class; the nearest class above it that is known decides.
        **extra: further members of the problem object.
    """
    kind = kind_of(error)
    headers = {}
    retry_after = getattr(error, "retry_after", kind.retry_after)
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return Problem(
        status=kind.status,
        slug=kind.slug,
        title=kind.title,
        detail=error.message,
        hint=error.hint,
        code=error.code,
        seed_status=kind.seed_status or kind.status,
        headers=headers,
        extra=extra,
    )


def problem_of_status(
    status: int,
    detail: str = "",
    *,
    hint: str = "",
    headers: Mapping[str, str] | None = None,
) -> Problem:
    """Return a failure that HTTP itself has a name for, such as 404, 405, 413 or 429."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:  # the seed's own, such as 461
        phrase = "The request was refused"
    kind = STATUSES.get(status)
    return Problem(
        status=status,
        slug=kind.slug if kind else "blank",
        title=kind.title if kind else phrase,
        detail=detail if detail and detail != phrase else f"{phrase}.",
        hint=hint,
        headers=headers or {},
    )


def shutting_down() -> Problem:
    """Return how a request is answered that the service cannot finish before it ends."""
    problem = problem_of(
        Cancelled("The service is shutting down.", hint="Try again when it runs again.")
    )
    return replace(problem, headers={**problem.headers, "Connection": "close"})


def answer(path: str, problem: Problem) -> Response:
    """Return the response in the shape of the route family.

    Args:
        path: path of the request; decides on the shape.
        problem: what to tell.
    """
    if not ours(path):
        message = f"{problem.detail} {problem.hint}".strip()
        status = problem.seed_status or problem.status
        return AsciiJson({"message": message}, status, dict(problem.headers))
    content: dict[str, Any] = {
        "type": "about:blank" if problem.slug == "blank" else PROBLEM_TYPES + problem.slug,
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
    }
    if problem.hint:
        content["hint"] = problem.hint
    if problem.code:
        content["code"] = problem.code
    content |= problem.extra
    return AsciiJson(content, problem.status, dict(problem.headers), media_type=MEDIA_TYPE)


def install(app: FastAPI, note_refusal: Callable[[str], None]) -> None:
    """Make every failure of an application pass through this module.

    To be called before any other middleware is added: :class:`Defects` must be the innermost, so
    that the request log, metrics and CORS see its answers.

    Args:
        app: the application.
        note_refusal: records what somebody was not permitted; called in a thread.
    """
    refusals = _Refusals(note_refusal)
    app.add_exception_handler(KioskError, refusals.on_kiosk_error)
    app.add_exception_handler(HTTPException, refusals.on_http_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_middleware(Defects)


class Defects:
    """Answers 500 to what nobody foresaw, and records it under an incident number.

    What the server cancels, because it ends and its patience is over, is answered 503.

    A middleware and not an exception handler: the framework raises the exception again after the
    handler for ``Exception`` has answered, and does so outside of all other middleware.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except asyncio.CancelledError:
            # Not raised again: nothing is left to do in this task, and the server would take it
            # for a defect of the application.
            if not started:
                await answer(scope["path"], shutting_down())(scope, receive, send)
        except Exception as error:
            problem = _incident(error)
            if started:  # half an answer is out, and cutting it short is all that can be done
                raise
            await answer(scope["path"], problem)(scope, receive, send)


def _incident(error: Exception) -> Problem:
    number = uuid.uuid4().hex[:8]
    # The traceback names lines of the program and never shows what was in its variables.
    _log.critical("incident %s", number, exc_info=error)
    defect = Defect(
        f"An unexpected error occurred: incident {number}.",
        hint="Try again. If it happens again, tell an administrator.",
    )
    return problem_of(defect, incident=number)


class _Refusals:
    """Answers failures, after what was not permitted has been recorded."""

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note

    async def on_kiosk_error(self, request: Request, error: Exception) -> Response:
        """Answer a failure that somebody foresaw."""
        assert isinstance(error, KioskError)
        if isinstance(error, NotPermitted):
            await run_in_threadpool(self._note, error.message)
        problem = problem_of(error, **getattr(error, "members", {}))
        if problem.status >= 500 and not problem.headers:
            # Whoever looks after the service must act; an overload that passes is for the metrics.
            _log.error("%s %s", error.code, error)
        return answer(request.url.path, problem)

    async def on_http_error(self, request: Request, error: Exception) -> Response:
        """Answer what the framework, or a route, refused by a status."""
        assert isinstance(error, HTTPException)
        detail = str(error.detail)
        if error.status_code == HTTPStatus.FORBIDDEN:
            await run_in_threadpool(self._note, detail)
        hint = getattr(error, "hint", "")
        problem = problem_of_status(error.status_code, detail, hint=hint, headers=error.headers)
        if error.status_code == HTTPStatus.NOT_FOUND and detail == HTTPStatus.NOT_FOUND.phrase:
            problem = replace(problem, detail="There is no such address.", hint="See /swagger/.")
        elif error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            allowed = ", ".join(_allowed(request))
            problem = replace(
                problem,
                detail=f"This address does not answer {request.method}.",
                hint=f"It answers {allowed}.",
                headers={"Allow": allowed},
            )
        return answer(request.url.path, problem)


def _allowed(request: Request) -> list[str]:
    """Return the methods that an address answers.

    The framework names those of the first route that it finds, and each of ours has one method.
    """
    return [
        method
        for method in METHODS
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL
            for route in request.app.routes
        )
    ]


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = [_complaint(entry) for entry in error.errors()]
    listed = "; ".join(f"{entry['field']}: {entry['message']}" for entry in found)
    problem = Problem(
        status=INVALID.status,
        slug=INVALID.slug,
        title=INVALID.title,
        detail=f"{INVALID.title} ({listed}).",
        hint="See /swagger/ for what is expected.",
        extra={"errors": found},
    )
    return answer(request.url.path, problem)


def _complaint(entry: Mapping[str, Any]) -> dict[str, str]:
    # Never the input itself, which may be somebody's voice.
    if entry["type"] == "json_invalid":
        return {"field": "body", "message": "this is not JSON"}
    where: Sequence[Any] = entry["loc"]
    name = ".".join(str(part) for part in where[1:]) or str(where[0])
    return {"field": name[:80], "message": _words(str(entry["msg"]), where)}


def _words(message: str, where: Sequence[Any]) -> str:
    """Return what is wrong, in the words of who sends requests and not of who programs them."""
    if "UploadFile" in message:
        return f"send it as a file (curl: -F {where[1]}=@FILE)"
    if tuple(where) == ("body",) and message != "Field required":
        return "send a JSON object with Content-Type: application/json"
    message = message.removeprefix("Value error, ")
    return message[:1].lower() + message[1:].rstrip(".")
