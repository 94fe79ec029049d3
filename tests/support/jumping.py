"""An event loop whose clock jumps to what is due next: nothing in it takes any time."""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, Any

import anyio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class _Selector(selectors.DefaultSelector):
    """Lets the time that it is asked to wait pass at once."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(0 if timeout else timeout)
        if timeout and not found:
            self.now += timeout
        return found


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _Selector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


def run_jumping(function: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
    """Run like ``anyio.run``; for what waits for the clock alone, not for threads or sockets."""
    return anyio.run(function, *arguments, backend_options={"loop_factory": _Loop})
