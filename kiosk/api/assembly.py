"""From a kiosk to a service: everything that lives as long as the service does."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from kiosk.api.accounts.auth import KeyRing
from kiosk.api.context import Context
from kiosk.api.hearing.inference import Inference
from kiosk.api.hearing.stream_errors import StreamStoreDown
from kiosk.api.hearing.streams import MemoryStreams
from kiosk.api.limits.rates import RateLimiter
from kiosk.api.records.metrics import Metrics

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kiosk.api.hearing.streams import StreamStore
    from kiosk.api.records.request_log import RequestLog
    from kiosk.core.api_policy import ApiPolicy
    from kiosk.services.facade import Kiosk


@contextmanager
def assembled(kiosk: Kiosk, policy: ApiPolicy, requests: RequestLog) -> Iterator[Context]:
    """Make the context of a service, and release on leaving what it holds.

    Args:
        kiosk: its storage and voice model are started, by whoever shares it.
        policy: what the site permits.
        requests: the request log.

    Raises:
        SettingsInvalid: the stream store is not named correctly.
    """
    with ExitStack() as closing:
        streams = _stream_store(policy)
        closing.callback(streams.close)
        metrics = Metrics()
        yield Context(
            kiosk=kiosk,
            policy=policy,
            streams=streams,
            inference=Inference(queue=policy.inference_queue, observe=metrics.encoded),
            keys=KeyRing(kiosk.api_keys),
            limiter=RateLimiter(policy),
            requests=requests,
            metrics=metrics,
        )


def check_streams(context: Context) -> list[str]:
    """Return a warning, one plain sentence, when the stream store does not answer.

    It is none that keeps a service from starting: the store may start after it, and only clients
    that upload to streams need it.
    """
    try:
        context.streams.ids()
    except StreamStoreDown as error:
        return [f"{error} Until then recordings can be sent to the routes under /v1 alone."]
    return []


def _stream_store(policy: ApiPolicy) -> StreamStore:
    if policy.streams == "memory":
        return MemoryStreams(policy)
    from kiosk.api.hearing.redis_streams import RedisStreams

    store = RedisStreams.from_url(policy.streams, policy)
    store.warn_of_copies()
    return store
