"""What the routes work with, reachable from every request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, cast

from fastapi import Depends, Request

from kiosk.api.limits.arrivals import Arrivals

if TYPE_CHECKING:
    from kiosk.api.accounts.auth import KeyRing
    from kiosk.api.hearing.inference import Inference
    from kiosk.api.hearing.streams import StreamStore
    from kiosk.api.limits.rates import RateLimiter
    from kiosk.api.records.metrics import Metrics
    from kiosk.api.records.request_log import RequestLog
    from kiosk.core.api_policy import ApiPolicy
    from kiosk.services.facade import Kiosk


@dataclass(frozen=True)
class Context:
    """The parts of a running service; made by :func:`kiosk.api.assembly.assembled`.

    Attributes:
        kiosk: the use-cases, shared with whatever else runs in this process.
        policy: what the site permits.
        streams: uploads that are not complete yet.
        inference: the way to the voice model.
        keys: who may call.
        limiter: how often each client may.
        requests: the request log.
        metrics: what is counted.
        arrivals: bodies that are arriving; the server ends them with itself.
    """

    kiosk: Kiosk
    policy: ApiPolicy
    streams: StreamStore
    inference: Inference
    keys: KeyRing
    limiter: RateLimiter
    requests: RequestLog
    metrics: Metrics
    arrivals: Arrivals = field(default_factory=Arrivals)


async def context(request: Request) -> Context:
    """Return the context of the application that this request has reached.

    Asynchronous, for the framework runs what is not in a thread, which would cost more than this.
    """
    return cast("Context", request.app.state.context)


Here = Annotated[Context, Depends(context)]
"""The type of a route's parameter that receives the context."""
