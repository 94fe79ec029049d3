"""Who does something, so that every record can name them."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Role(StrEnum):
    """What somebody may do; see :mod:`kiosk.core.accounts.roles`."""

    VISITOR = "visitor"
    """Anybody in front of the public screen."""
    OPERATOR = "operator"
    """Enrolls people and looks after them."""
    ADMINISTRATOR = "administrator"
    """Sets up the kiosk: accounts, thresholds, keys, retention, backups."""
    SYSTEM = "system"
    """The program itself, such as the purge at night."""


@dataclass(frozen=True)
class Actor:
    """Somebody who does something.

    Attributes:
        name: as records show it: ``operator:anna``, ``program:<key id>``, ``console:<login>``,
            ``visitor`` or ``system``.
        role: what they may do.
        actions: values of :class:`kiosk.core.accounts.roles.Action`: what a program may do in
            place of what its role may; None for everybody else.
        rights: of a program, as records name them in the place of a role.
    """

    name: str
    role: Role
    actions: frozenset[str] | None = None
    rights: tuple[str, ...] = ()

    @property
    def recorded_role(self) -> str:
        """Return what records say of what they may do: a role, or the rights of a program."""
        if self.actions is None:
            return self.role.value
        return f"program: {', '.join(self.rights) or 'no rights'}"


VISITOR = Actor("visitor", Role.VISITOR)
SYSTEM = Actor("system", Role.SYSTEM)

# A context variable and no argument of every use-case: who acts is known at the edges (the window,
# the command line, a request), and is needed again only where a record is written.
_current: ContextVar[Actor] = ContextVar("kiosk_actor", default=VISITOR)


def acting() -> Actor:
    """Return who acts in this thread or task; a visitor, who may do least, unless it was said."""
    return _current.get()


@contextmanager
def acting_as(actor: Actor) -> Iterator[None]:
    """Say who acts within the block. Threads that are started within it do not inherit it."""
    token = _current.set(actor)
    try:
        yield
    finally:
        _current.reset(token)
