"""What several routes share: documented failures, notices, and the marks of pages."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Form, Path, Query

from kiosk.api.answers.problems import MEDIA_TYPE
from kiosk.api.answers.schemas import ID_PATTERN
from kiosk.core.errors import InvalidInput
from kiosk.core.hearing.quality import noticed
from kiosk.core.people.users import MAX_ID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.core.hearing.quality import QualityReport, Reason

PAGE = 100
MAX_PAGE = 500

ExternalId = Annotated[
    str,
    Path(
        min_length=1,
        max_length=MAX_ID,
        description="The person's ID: letters, digits and `. _ - @`, percent-encoded.",
        examples=["anna"],
        json_schema_extra={"pattern": ID_PATTERN},
    ),
]
FormId = Annotated[
    str,
    Form(
        min_length=1,
        # More than the schema says: surrounding spaces and decomposed accents are mended.
        max_length=200,
        description="1 to 64 letters, digits and `. _ - @`.",
        examples=["anna"],
        json_schema_extra={"pattern": ID_PATTERN, "maxLength": MAX_ID},
    ),
]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="Rows per page.")]
Cursor = Annotated[
    str | None,
    Query(max_length=400, description="`next_cursor` of the page before; empty for the first."),
]

_MEANINGS = {
    400: "The request is incomplete, or a value cannot be used.",
    404: "Nobody has this ID.",
    409: (
        "The state of the person does not allow it, or another person with a similar voice is "
        "enrolled."
    ),
    415: "The body is not `multipart/form-data`.",
    422: "The recordings cannot be used; nothing was stored.",
    507: "The disk is full; nothing was stored.",
}


def failures(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the documentation of failures, beside those that every route has."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _MEANINGS[status], "content": content} for status in statuses}


def notices(quality: QualityReport, reasons: Sequence[Reason]) -> list[str]:
    """Return what is worth knowing though it is no reason to refuse the recording."""
    return [notice.value for notice in noticed(quality, reasons)]


def cursor_of(mark: str) -> str:
    """Return the mark of the last row of a page in a form that fits into any address."""
    return base64.urlsafe_b64encode(mark.encode()).decode().rstrip("=")


def mark_of(cursor: str) -> str:
    """Return what :func:`cursor_of` was given.

    Raises:
        InvalidInput: it never was a cursor.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError) as exc:
        raise not_a_cursor() from exc


def not_a_cursor() -> InvalidInput:
    """Return the complaint about a cursor that leads nowhere."""
    return InvalidInput(
        "The cursor cannot be used.", hint="Send the next_cursor of the page before, unchanged."
    )
