"""What a program that is watched over tells its supervisor, such as systemd."""

from __future__ import annotations

from typing import Protocol


class Supervisor(Protocol):
    """Somebody who restarts the program when it ends or no longer says that it is alive.

    Nothing here raises: whoever is not listened to goes on all the same.
    """

    @property
    def beat_s(self) -> float | None:
        """Return how often :meth:`alive` is to be called, in seconds; None when nobody waits."""

    def ready(self, status: str) -> None:
        """Tell that the program works, and how it is in one line for people."""

    def status(self, text: str) -> None:
        """Tell how it is in one line for people."""

    def alive(self) -> None:
        """Tell that what this is called from still turns."""

    def stopping(self) -> None:
        """Tell that it is about to end on purpose."""


class Unsupervised:
    """Nobody watches; implements :class:`Supervisor`."""

    beat_s: float | None = None

    def ready(self, status: str) -> None:
        """Do nothing."""

    def status(self, text: str) -> None:
        """Do nothing."""

    def alive(self) -> None:
        """Do nothing."""

    def stopping(self) -> None:
        """Do nothing."""
