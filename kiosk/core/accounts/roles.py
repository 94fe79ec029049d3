"""Who may do what: one table, which the use-cases enforce and the manual quotes."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from kiosk.core.accounts.acting import Actor, Role, acting
from kiosk.core.accounts.credentials import Right
from kiosk.core.errors import NotPermitted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Action(StrEnum):
    """Something that not everybody may do; each use-case asks for one by :func:`require`."""

    VERIFY = "verify"
    """Be verified under a claimed ID."""
    IDENTIFY = "identify"
    """Compare a voice with everybody."""
    ENROLL = "enroll"
    """Make voiceprints, with the consent of whose they are."""
    SEE_PEOPLE = "see people"
    """List people, their attempts and their consent."""
    CHANGE_PEOPLE = "change people"
    """Rename, disable and enable people."""
    UNLOCK = "unlock people"
    """Let a person try again after too many failures."""
    SECOND_FACTOR = "second factor"
    """Set or remove a person's PIN or badge."""
    EXPORT_PERSON = "export a person"
    """Hand out what is kept about a person."""
    ERASE_PERSON = "delete a person"
    """Erase a person with everything that is kept."""
    MICROPHONE = "microphone"
    """Choose the microphone."""
    APPEARANCE = "appearance"
    """Choose the looks that visitors find."""
    SEE_AUDIT = "see audit"
    """Read the audit records and check their chain."""
    EXPORT_AUDIT = "export audit"
    """Hand the audit records out, or anchor them elsewhere."""
    THRESHOLD = "threshold"
    """Change the threshold of a voice model."""
    MODEL = "model"
    """Install and choose voice models."""
    SETTINGS = "settings"
    """Change preferences of any other kind, and switch the HTTP service."""
    ACCOUNTS = "accounts"
    """Add, change and remove the accounts of others."""
    API_KEYS = "API keys"
    """Create and revoke the keys of programs."""
    KEYS = "keys"
    """Make, change, export and destroy the keys of voiceprints."""
    BACKUP = "backup"
    """Make, check and restore backups."""
    DELETE_BACKUPS = "delete backups"
    """Delete backups and other copies of the database: nobody in them can be restored then."""
    RETENTION = "retention"
    """Change consent texts and how long people are kept, and purge."""
    ERASE_EVERYBODY = "delete everyone"
    """Erase all people at once."""
    VOICEPRINTS = "voiceprints"
    """Read voiceprints as numbers; no person may, only programs with the right to it."""


_VISITOR = frozenset({Action.VERIFY})
_OPERATOR = _VISITOR | {
    Action.IDENTIFY,
    Action.ENROLL,
    Action.SEE_PEOPLE,
    Action.CHANGE_PEOPLE,
    Action.UNLOCK,
    Action.SECOND_FACTOR,
    Action.EXPORT_PERSON,
    Action.ERASE_PERSON,
    Action.MICROPHONE,
    Action.APPEARANCE,
    Action.SEE_AUDIT,
}
_ALL = frozenset(Action)

PERMITTED: Mapping[Role, frozenset[Action]] = {
    Role.VISITOR: _VISITOR,
    Role.OPERATOR: _OPERATOR,
    Role.ADMINISTRATOR: _ALL - {Action.VOICEPRINTS},
    Role.SYSTEM: _ALL - {Action.VOICEPRINTS},
}
"""What each role may do."""

_CARRIED: Mapping[Right, frozenset[Action]] = {
    Right.VERIFY: frozenset({Action.VERIFY, Action.IDENTIFY}),
    Right.ENROLL: frozenset({Action.ENROLL}),
    Right.PEOPLE: frozenset(
        {
            Action.SEE_PEOPLE,
            Action.CHANGE_PEOPLE,
            Action.UNLOCK,
            Action.SECOND_FACTOR,
            Action.EXPORT_PERSON,
            Action.ERASE_PERSON,
            # The seed's own route, and documented: whoever may remove each may remove all.
            Action.ERASE_EVERYBODY,
        }
    ),
    Right.VOICEPRINTS: frozenset({Action.VOICEPRINTS}),
    Right.ADMIN: frozenset(),
}
_ACCOUNT_LIKE = frozenset({Role.OPERATOR, Role.ADMINISTRATOR})


def may(action: Action, actor: Actor | None = None) -> bool:
    """Return whether somebody may do something.

    Args:
        action: what.
        actor: who; whoever acts in this thread or task when None.
    """
    who = acting() if actor is None else actor
    # A program has its rights and no role's: the role is only what it comes nearest to.
    permitted = PERMITTED[who.role] if who.actions is None else who.actions
    return action in permitted


def require(action: Action) -> None:
    """Refuse to go on unless whoever acts may do this.

    Raises:
        NotPermitted: they may not; nothing was done.
    """
    who = acting()
    if may(action, who):
        return
    if who.actions is not None:
        raise NotPermitted(
            f"The rights of {who.name} do not cover this: {action.value}.",
            hint="See 'kiosk api-key list' for the rights of each key.",
        )
    if who.role is Role.VISITOR:
        raise NotPermitted(f"This needs an operator: {action.value}.", hint="Sign in first.")
    raise NotPermitted(f"This is not permitted to {who.role.value}s: {action.value}.")


def carried_by(rights: Iterable[Right]) -> frozenset[Action]:
    """Return what a program with these rights may do; ``admin`` is all but raw voiceprints."""
    held = set(rights)
    if Right.ADMIN in held:
        held |= set(Right) - {Right.VOICEPRINTS}
    return frozenset(action for right in held for action in _CARRIED[right])


def program(name: str, actions: frozenset[Action], rights: Iterable[Right] = ()) -> Actor:
    """Return a program as somebody who acts.

    Args:
        name: the ID of its key, or ``loopback``.
        actions: what it may do; see :func:`carried_by`.
        rights: what it was given, for records.
    """
    role = Role.VISITOR if actions <= PERMITTED[Role.VISITOR] else Role.OPERATOR
    return Actor(f"program:{name}", role, actions, tuple(sorted(set(rights))))


def signs_in(role: Role) -> bool:
    """Return whether accounts can have this role."""
    return role in _ACCOUNT_LIKE
