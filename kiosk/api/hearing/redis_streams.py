"""Streams on a Redis or Valkey server, for services that share them.

Three keys belong together: the index (stream to the moment at which it expires), the sizes (stream
to bytes), and one list of chunks a stream. Every operation is one script, which the server runs as
a whole, so that limits hold whoever else writes at the same time. The chunks expire by themselves
even if this program is gone; nothing of a recording outlives its stream by more than that.
"""

from __future__ import annotations

import logging
import uuid
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from kiosk.api.hearing.stream_errors import (
    StreamStoreDown,
    StreamTooLarge,
    TooManyStreams,
    UnknownStream,
)
from kiosk.api.hearing.streams import MAX_TOTAL_BYTES
from kiosk.core.errors import SettingsInvalid

if TYPE_CHECKING:
    from collections.abc import Iterator

    import redis

    from kiosk.core.api_policy import ApiPolicy

_log = logging.getLogger(__name__)

# The braces put all keys into one slot of a cluster.
_INDEX: Final = "kiosk:{streams}"
_SIZES: Final = "kiosk:{streams}:sizes"
_CHUNKS: Final = "kiosk:{streams}:chunks:"

_CONNECT_TIMEOUT_S: Final = 2.0
_ANSWER_TIMEOUT_S: Final = 5.0
_SCHEMES: Final = {
    "redis": "redis",
    "rediss": "rediss",
    "valkey": "redis",
    "valkeys": "rediss",
    "unix": "unix",
}

_UNKNOWN, _TOO_LARGE, _TOO_MANY = -1, -2, -3

# KEYS: index, sizes, chunks. ARGV[1]: the stream; ARGV[2]: its life in milliseconds.
_BEGIN = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local expired = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)
-- Only where there are some: a script that has written once is no longer held to 'maxmemory'.
for _, stream in ipairs(expired) do
  redis.call('HDEL', KEYS[2], stream)
  redis.call('ZREM', KEYS[1], stream)
end
local function touch()
  redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
  for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[2]) end
end
local size = tonumber(redis.call('HGET', KEYS[2], ARGV[1]))
-- A server that is short of memory may have thrown the chunks away.
if size and size > 0 and redis.call('EXISTS', KEYS[3]) == 0 then size = nil end
"""
# ARGV[3]: streams permitted.
_CREATE = """
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return -3 end
redis.call('HSET', KEYS[2], ARGV[1], 0)
touch()
return 0
"""
# ARGV[3]: the chunk; ARGV[4] and ARGV[5]: bytes permitted in a stream and in all together.
_APPEND = """
if not size then return -1 end
local more = string.len(ARGV[3])
if size + more > tonumber(ARGV[4]) then return -2 end
local held = more
for _, each in ipairs(redis.call('HVALS', KEYS[2])) do held = held + tonumber(each) end
if held > tonumber(ARGV[5]) then return -3 end
redis.call('RPUSH', KEYS[3], ARGV[3])
redis.call('HSET', KEYS[2], ARGV[1], size + more)
touch()
return 0
"""
_READ = """
if not size then return -1 end
return redis.call('LRANGE', KEYS[3], 0, -1)
"""
_DELETE = """
if not size then return -1 end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('DEL', KEYS[3])
return 0
"""
_IDS = "return redis.call('ZRANGE', KEYS[1], 0, -1)"


class RedisStreams:
    """Implements :class:`kiosk.api.hearing.streams.StreamStore` on a server: :meth:`from_url`."""

    def __init__(
        self, client: redis.Redis, policy: ApiPolicy, *, max_total_bytes: int = MAX_TOTAL_BYTES
    ) -> None:
        """Use a connection; nothing is sent yet.

        Args:
            client: its answers are bytes, and it repeats nothing by itself: a chunk that was
                appended twice would alter the recording.
            policy: how many streams, how large and for how long.
            max_total_bytes: of all streams together.
        """
        self._client = client
        self._policy = policy
        self._max_total = max_total_bytes
        self._life_ms = max(1, round(policy.stream_ttl_s * 1000))
        scripts = (_CREATE, _APPEND, _READ, _DELETE, _IDS)
        self._create, self._append, self._read, self._delete, self._ids = (
            client.register_script(_BEGIN + script) for script in scripts
        )

    @classmethod
    def from_url(
        cls, url: str, policy: ApiPolicy, *, max_total_bytes: int = MAX_TOTAL_BYTES
    ) -> RedisStreams:
        """Return the store at an address; nothing is sent yet.

        Args:
            url: ``redis://user:password@host:port/database``; ``rediss://`` for TLS,
                ``unix:///path`` for a socket, and ``valkey://`` and ``valkeys://`` as well.
            policy: how many streams, how large and for how long.
            max_total_bytes: of all streams together.

        Raises:
            SettingsInvalid: it is no such address, or the driver is not installed. The address is
                not quoted, for it may hold a password.
        """
        try:
            import redis
            from redis.backoff import NoBackoff
            from redis.retry import Retry
        except ModuleNotFoundError as exc:
            raise SettingsInvalid(
                "The driver for Redis and Valkey is not installed.",
                hint="Install voice-kiosk with its extra 'redis', or set api.streams to memory.",
            ) from exc
        scheme, separator, rest = url.partition("://")
        try:
            client = redis.Redis.from_url(
                f"{_SCHEMES[scheme]}{separator}{rest}",
                socket_connect_timeout=_CONNECT_TIMEOUT_S,
                socket_timeout=_ANSWER_TIMEOUT_S,
                retry=Retry(NoBackoff(), 0),
                protocol=2,
                decode_responses=False,
            )
        except (KeyError, ValueError, TypeError) as exc:
            raise SettingsInvalid(
                "The setting api.streams is not the address of a Redis or Valkey server.",
                hint="Set it to redis://host:6379, or to memory.",
            ) from exc
        return cls(client, policy, max_total_bytes=max_total_bytes)

    def create(self) -> str:
        """Start a stream; see :class:`~kiosk.api.hearing.streams.StreamStore`."""
        stream = str(uuid.uuid4())
        if self._run(self._create, stream, self._policy.max_streams) == _TOO_MANY:
            raise TooManyStreams(f"There are {self._policy.max_streams} streams already.")
        return stream

    def append(self, stream: str, chunk: bytes) -> None:
        """Add bytes at the end; see :class:`~kiosk.api.hearing.streams.StreamStore`."""
        largest = self._policy.max_stream_bytes
        answer = self._known(self._append, stream, chunk, largest, self._max_total)
        if answer == _TOO_LARGE:
            raise StreamTooLarge(f"A stream may hold {largest:,} bytes, not more.")
        if answer == _TOO_MANY:
            raise _full()

    def read(self, stream: str) -> list[bytes]:
        """Return the chunks; see :class:`~kiosk.api.hearing.streams.StreamStore`."""
        return list(self._known(self._read, stream))

    def delete(self, stream: str) -> None:
        """Forget a stream; see :class:`~kiosk.api.hearing.streams.StreamStore`."""
        self._known(self._delete, stream)

    def ids(self) -> list[str]:
        """Return the IDs of all streams."""
        return [each.decode() for each in self._run(self._ids, "")]

    def close(self) -> None:
        """Close every connection; streams stay until they expire."""
        with _translating():
            self._client.close()

    def warn_of_copies(self) -> None:
        """Write a warning into the log when the server keeps recordings on its disk.

        What it writes there may outlive the streams. Servers that do not tell are passed over.
        """
        from redis.exceptions import RedisError

        with suppress(RedisError):
            saves = self._client.config_get("save").get("save", "")
            appends = self._client.config_get("appendonly").get("appendonly", "no")
            if saves or appends != "no":
                _log.warning(
                    "The stream store writes recordings to its disk; switch that off there with "
                    "'save \"\"' and 'appendonly no'."
                )

    def _known(self, script: Any, stream: str, *arguments: bytes | int) -> Any:
        if not _is_id(stream):  # whatever a client names, it is no key of somebody else's
            raise _unknown()
        answer = self._run(script, stream, *arguments)
        if answer == _UNKNOWN:
            raise _unknown()
        return answer

    def _run(self, script: Any, stream: str, *arguments: bytes | int) -> Any:
        with _translating():
            return script(
                keys=[_INDEX, _SIZES, _CHUNKS + stream], args=[stream, self._life_ms, *arguments]
            )


@contextmanager
def _translating() -> Iterator[None]:
    from redis.exceptions import AuthenticationError, OutOfMemoryError, RedisError

    try:
        yield
    except OutOfMemoryError as exc:
        raise _full() from exc
    except AuthenticationError as exc:
        raise StreamStoreDown(
            "The stream store does not accept this program.",
            hint="Check user and password in the setting api.streams.",
        ) from exc
    except (RedisError, OSError) as exc:
        raise StreamStoreDown("The stream store does not answer.") from exc


def _is_id(stream: str) -> bool:
    try:
        return str(uuid.UUID(stream)) == stream
    except ValueError:
        return False


def _unknown() -> UnknownStream:
    return UnknownStream("There is no stream with this ID, or it has expired.")


def _full() -> TooManyStreams:
    return TooManyStreams("The service holds as much sound as it may at once.")
