"""Log files: one a day for the program, for what happened to enrollments, and for requests."""

from kiosk.logs.erasing import LogFiles
from kiosk.logs.files import (
    DailyFile,
    FileActivityLog,
    FileRequestLog,
    configure,
    one_line,
)
from kiosk.logs.redaction import redacted

__all__ = [
    "DailyFile",
    "FileActivityLog",
    "FileRequestLog",
    "LogFiles",
    "configure",
    "one_line",
    "redacted",
]
