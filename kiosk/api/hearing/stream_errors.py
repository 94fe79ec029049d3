"""What may go wrong with streams of uploaded sound."""

from __future__ import annotations

from kiosk.core.errors import OperatorFixable, UserFixable


class UnknownStream(UserFixable):
    """No stream has that ID, or it has expired."""

    code = "STR-001"
    default_hint = "Start a new stream and upload the recording again."


class StreamTooLarge(UserFixable):
    """The stream would hold more than is permitted."""

    code = "STR-002"
    default_hint = "Upload a shorter recording."


class TooManyStreams(UserFixable):
    """The service holds as many streams, or as much sound, as it may at once."""

    code = "STR-003"
    default_hint = "Try again in a minute: streams that nobody writes to expire."


class StreamStoreDown(OperatorFixable):
    """The place where streams are kept does not answer."""

    code = "STR-004"
    default_hint = "Check that the stream store runs, and try again."
