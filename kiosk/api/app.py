"""The application: every route, and what each request passes on its way to one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI

from kiosk.api import docs, protection
from kiosk.api.answers import problems
from kiosk.api.records.addresses import Addresses
from kiosk.api.records.metrics import Measured
from kiosk.api.routes import speech_engine, v1, voice_verifier

if TYPE_CHECKING:
    from kiosk.api.context import Context


def create_app(context: Context) -> FastAPI:
    """Return the application over a context, which stays open as long as it is used."""
    app = FastAPI(
        title="Voice kiosk",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.context = context
    problems.install(app, context.kiosk.audit.refusals.note)
    app.add_middleware(Measured, metrics=context.metrics)
    routers = (voice_verifier.router, speech_engine.router, *v1.routers())
    known = (docs.router, *routers)
    addresses = Addresses(route for router in known for route in router.routes)
    protection.install(app, context, addresses)
    for router in routers:
        app.include_router(router)
    docs.install(app)
    return app
