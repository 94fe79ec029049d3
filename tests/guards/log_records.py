"""Fails a test during which something was logged at level WARNING or above."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Collector(logging.Handler):
    """Keeps the text of what was logged."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one record."""
        self.lines.append(f"{record.levelname} {record.name}: {record.getMessage()}")


@pytest.fixture(autouse=True)
def no_unexpected_log_records(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail on warnings in the log that nobody expected.

    A test that provokes them says so with the marker ``expects_log``, or looks at them with
    pytest's ``caplog``.
    """
    collector = _Collector()
    root = logging.getLogger()
    root.addHandler(collector)
    try:
        yield
    finally:
        root.removeHandler(collector)
    looks_itself = "caplog" in request.node._fixtureinfo.argnames
    announced = request.node.get_closest_marker("expects_log") is not None
    if collector.lines and not (looks_itself or announced):
        pytest.fail("unexpected log records:\n" + "\n".join(collector.lines))
