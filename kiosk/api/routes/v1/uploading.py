"""Recordings in a form: admitted before they are read, and never written to disk."""

from __future__ import annotations

import logging
import sys
from collections import Counter
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING

from fastapi.routing import APIRoute
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from kiosk.api.accounts.auth import admitted
from kiosk.api.answers.problems import Refusal
from kiosk.api.hearing.inference import Busy
from kiosk.core.errors import BadAudio

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from fastapi import UploadFile
    from starlette.datastructures import FormData
    from starlette.responses import Response

    from kiosk.api.accounts.clients import Caller
    from kiosk.core.accounts.credentials import Right

MAX_FILES = 10
"""Recordings in one request."""
RECORDING = "One recording: WAV, FLAC, MP3, M4A, Ogg, WMA, WebM, AMR."
"""What a form says about its file."""

_MAX_FIELDS = 20
_MAX_FIELD_BYTES = 4_096
_FORM = "multipart/form-data"


class _InMemory(MultiPartParser):
    """Keeps every part in memory: recordings are biometric data, and must not lie in ``/tmp``.

    How much that may be is limited for the request as a whole, by
    :class:`kiosk.api.limits.sizes.SizeLimit`.
    """

    spool_max_size = sys.maxsize


class _FormRequest(Request):
    """A request whose form is read by :class:`_InMemory`."""

    async def _get_form(
        self,
        *,
        max_files: float = MAX_FILES,
        max_fields: float = _MAX_FIELDS,
        max_part_size: int = _MAX_FIELD_BYTES,
    ) -> FormData:
        if self._form is None:
            kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind != _FORM:
                raise Refusal(
                    415,
                    "The body of the request is not a form.",
                    hint=f"Send the recording and its fields as {_FORM}.",
                )
            try:
                async with aclosing(self.stream()) as stream:
                    parser = _InMemory(
                        self.headers,
                        stream,
                        max_files=min(max_files, MAX_FILES),
                        max_fields=min(max_fields, _MAX_FIELDS),
                        max_part_size=min(max_part_size, _MAX_FIELD_BYTES),
                    )
                    self._form = await parser.parse()
            except MultiPartException as exc:
                raise Refusal(
                    400,
                    f"The form cannot be read. {exc.message}",
                    hint="See /swagger/ for what is expected.",
                ) from exc
        return self._form


def upload_route(right: Right) -> type[APIRoute]:
    """Return the class of routes that take recordings.

    Args:
        right: asked for before the body is read: the framework would read 32 MB of anybody's first
            and ask then.
    """

    class UploadRoute(APIRoute):
        """Admits, then reads the form in memory, then goes on as usual."""

        def get_route_handler(self) -> Callable[[Request], Coroutine[None, None, Response]]:
            handler = super().get_route_handler()

            async def handle(request: Request) -> Response:
                with _place(request, admitted(request, right)):
                    return await handler(_FormRequest(request.scope, request.receive))

            return handle

    return UploadRoute


@contextmanager
def _place(request: Request, caller: Caller) -> Iterator[None]:
    """Count a request that holds recordings in memory. Runs in the event loop, so without a lock.

    There are places for as many as can wait for the voice model, and as many again that arrive. No
    key has more than a quarter of them, so that whoever sends slowly keeps nobody else out.
    Programs on this machine without a key cannot be told apart, and share all places.

    Raises:
        Busy: there is no place.
    """
    state = request.app.state
    if not hasattr(state, "uploads"):
        state.uploads = Counter()
    held: Counter[str] = state.uploads
    places = 2 * (state.context.policy.inference_queue + 1)
    share = places if caller.key is None else max(2, places // 4)
    if held.total() >= places or held[caller.client] >= share:
        raise Busy("The service is busy with other recordings.", retry_after=1)
    held[caller.client] += 1
    try:
        yield
    finally:
        held[caller.client] -= 1
        if not held[caller.client]:  # keys come and go
            del held[caller.client]


def hush_parser() -> None:
    """Keep the parser from logging each malformed form: the request log has its 400 already."""
    logging.getLogger("python_multipart").setLevel(logging.ERROR)


def content_of(upload: UploadFile, name: str) -> bytes:
    """Return the content of an uploaded file.

    Args:
        upload: a part of the form.
        name: what messages call it.

    Raises:
        BadAudio: it is empty.
    """
    data = upload.file.read()
    if not data:
        raise BadAudio(f"The {name} is empty.", hint="Record it again.")
    return data
