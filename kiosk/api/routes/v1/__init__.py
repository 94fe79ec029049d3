"""Our own routes: people, enrollments, verifications, identifications, models, state.

Everything is documented in the schema, refused with RFC 9457 problems, and needs no knowledge of
the seed's streams: recordings are sent as files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import APIRouter


def routers() -> list[APIRouter]:
    """Return the routers, in the order in which the documentation shows them."""
    from kiosk.api.routes.v1 import consent, enrollments, identifications, models, people, state
    from kiosk.api.routes.v1 import verifications as verifying
    from kiosk.api.routes.v1.uploading import hush_parser

    hush_parser()
    return [
        verifying.router,
        identifications.router,
        enrollments.router,
        consent.router,
        people.router,
        models.router,
        state.router,
    ]
