"""Who is meant by an ID, in whatever spelling it was typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.core.errors import AlreadyEnrolled, UnknownUser

if TYPE_CHECKING:
    from kiosk.core.people.users import Person
    from kiosk.core.ports import UnitOfWork


def known(work: UnitOfWork, user_id: str) -> Person:
    """Return a person; records and tables know them by the ID in it.

    Raises:
        UnknownUser: nobody has that ID.
    """
    person = work.people.get(user_id)
    if person is None:
        raise UnknownUser(f"Nobody is enrolled under the ID {user_id}.")
    return person


def spelled(work: UnitOfWork, user_id: str) -> str:
    """Return an ID as it was enrolled; that of nobody as it is."""
    person = work.people.get(user_id)
    return user_id if person is None else person.user_id


def already(typed: str, user_id: str) -> AlreadyEnrolled:
    """Return the complaint about an ID that somebody has, as typed and as it was enrolled."""
    if typed == user_id:
        return AlreadyEnrolled(f"{user_id} is enrolled already.")
    return AlreadyEnrolled(f"{typed} is the same ID as {user_id}, who is enrolled already.")
