"""Which HTTP status each expected failure has: the one table of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.api.hearing import stream_errors
from kiosk.api.hearing.inference import Busy
from kiosk.core import errors

if TYPE_CHECKING:
    from kiosk.core.errors import KioskError

PROBLEM_TYPES = "urn:voice-kiosk:problem:"
"""What problem types begin with: names, not addresses, for there is nothing to fetch offline."""


@dataclass(frozen=True)
class Kind:
    """How failures of one class are answered.

    Attributes:
        status: HTTP status under ``/v1``.
        slug: last part of the problem type, which never changes its meaning.
        title: the same for all failures of the class.
        seed_status: on the seed's routes; 0 for the same status.
        retry_after: after how many whole seconds the same request may succeed, where the error
            itself does not say; None when time alone mends nothing.
    """

    status: int
    slug: str
    title: str
    seed_status: int = 0
    retry_after: int | None = None


KINDS: dict[type[KioskError], Kind] = {
    # The request
    errors.InvalidInput: Kind(400, "invalid-input", "A value cannot be used"),
    errors.ConsentMissing: Kind(422, "consent-missing", "Consent is missing", 400),
    errors.BadAudio: Kind(422, "bad-audio", "A recording cannot be used", 400),
    errors.EnrollmentRefused: Kind(
        422, "enrollment-refused", "No voiceprint can be made of the recordings", 400
    ),
    errors.NotPermitted: Kind(403, "not-permitted", "The caller is not allowed to do this"),
    # The person
    errors.UnknownUser: Kind(404, "unknown-person", "Nobody has this ID", 460),
    errors.AlreadyEnrolled: Kind(409, "already-enrolled", "The person is enrolled already"),
    errors.NotEnrolled: Kind(409, "not-enrolled", "There is no voiceprint to compare with", 460),
    errors.ReenrollmentNeeded: Kind(
        409, "reenrollment-needed", "The voiceprint was made by another voice model", 400
    ),
    errors.PersonDisabled: Kind(409, "person-disabled", "The person is disabled", 400),
    errors.TooManyTries: Kind(429, "too-many-tries", "Too many failed attempts"),
    errors.DuplicateVoice: Kind(
        409, "duplicate-voice", "The voice is similar to an enrolled person's"
    ),
    errors.KeyUnavailable: Kind(503, "keys", "The keys of the voiceprints are missing"),
    errors.TemplateUnreadable: Kind(
        503, "voiceprint-unreadable", "A stored voiceprint cannot be read"
    ),
    # Streams
    stream_errors.UnknownStream: Kind(404, "unknown-stream", "There is no such stream"),
    stream_errors.StreamTooLarge: Kind(413, "stream-too-large", "The stream is full"),
    stream_errors.TooManyStreams: Kind(
        429, "too-many-streams", "There are too many streams", retry_after=50
    ),
    stream_errors.StreamStoreDown: Kind(503, "stream-store", "The stream store did not answer"),
    # The service
    Busy: Kind(503, "busy", "The service is busy with other recordings"),
    errors.ModelMissing: Kind(503, "no-model", "There is no voice model"),
    errors.ModelAltered: Kind(503, "no-model", "There is no voice model"),
    errors.ModelRefused: Kind(503, "no-model", "There is no voice model"),
    errors.DatabaseLocked: Kind(503, "storage", "The database did not answer", retry_after=1),
    errors.DiskFull: Kind(507, "disk-full", "The disk is full"),
    errors.StorageError: Kind(503, "storage", "The database did not answer"),
    errors.SettingsInvalid: Kind(503, "misconfigured", "The service is not set up correctly"),
    errors.Cancelled: Kind(503, "shutting-down", "The request was canceled", retry_after=1),
    errors.KioskError: Kind(500, "defect", "An unexpected error occurred"),
}


INVALID = Kind(400, "invalid-request", "The request is incomplete, or a value cannot be used")
STATUSES: dict[int, Kind] = {
    kind.status: kind
    for kind in (
        INVALID,
        Kind(401, "key-needed", "An API key is missing or not accepted"),
        Kind(403, "forbidden", "The request is not allowed"),
        Kind(404, "unknown-address", "There is no such address"),
        Kind(405, "unknown-method", "The address does not answer this method"),
        Kind(408, "body-timeout", "The body of the request did not arrive in time"),
        Kind(413, "too-large", "The request is too large"),
        Kind(415, "unknown-media-type", "The body of the request is not of the right type"),
        Kind(421, "unknown-host", "The service is not known under this name"),
        Kind(429, "too-many-requests", "Too many requests"),
    )
}
"""How failures are answered that no error of the kiosk's own stands for."""


def kind_of(error: KioskError) -> Kind:
    """Return how an error is answered: the entry of the nearest class above it."""
    for known in type(error).__mro__:
        if known in KINDS:
            return KINDS[known]
    raise AssertionError("KioskError itself is in the table")
