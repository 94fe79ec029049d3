"""How long people are kept, and whether the clock can be trusted with erasing them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from kiosk.core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_DAYS = 36_500
"""A hundred years: the longest period that is a period."""
WARN_DAYS = 30
"""How many days before the end people are named to the operators, unless that was set."""
MAX_WARN_DAYS = 365
LONGEST_GAP = timedelta(days=31)
"""A clock that is further ahead than this since it was last seen has jumped, or was off."""
SETBACK = timedelta(days=1)
"""A clock that is set back by less than this was corrected."""
CONFIRMED_AFTER = timedelta(days=14)
"""A clock that has jumped is believed when it has gone on from there for so long."""
NOBODYS = timedelta(days=30)
"""How long attempts under IDs that nobody has are kept, and what was counted under them."""


class Preset(StrEnum):
    """Periods that laws name; counted in days, never a day longer than the law permits."""

    BIPA = "bipa"
    """Illinois, 740 ILCS 14/15(a): within 3 years of the last interaction."""
    TEXAS = "texas"
    """Texas, Bus. & Com. Code 503.001(c): no later than a year after the purpose ends."""
    COLORADO = "colorado"
    """Colorado, HB24-1130: no later than 24 months after the last interaction."""
    CUSTOM = "custom"
    """A number of days of the site's own."""
    NONE = "none"
    """Nobody is erased automatically."""


PRESET_DAYS: dict[Preset, int] = {Preset.BIPA: 1095, Preset.TEXAS: 365, Preset.COLORADO: 730}


@dataclass(frozen=True)
class RetentionPolicy:
    """After how many days without an interaction a person is erased.

    Attributes:
        preset: where the number comes from.
        custom_days: the number where the preset is :attr:`Preset.CUSTOM`.
        warn_days: how many days before the end operators are told.
    """

    preset: Preset = Preset.BIPA
    custom_days: int | None = None
    warn_days: int = WARN_DAYS

    def __post_init__(self) -> None:
        """Refuse what cannot be meant.

        Raises:
            InvalidInput: a period that is not 1 to :data:`MAX_DAYS` days, or a warning that is not
                0 to :data:`MAX_WARN_DAYS` days before.
        """
        if (self.preset is Preset.CUSTOM) != (self.custom_days is not None):
            raise InvalidInput("Only the custom period takes a number of days.")
        if self.custom_days is not None and not 1 <= self.custom_days <= MAX_DAYS:
            raise InvalidInput(
                "This retention period cannot be used.", hint=f"Give 1 to {MAX_DAYS} days."
            )
        if not 0 <= self.warn_days <= MAX_WARN_DAYS:
            raise InvalidInput(
                "This number of warning days cannot be used.",
                hint=f"Give 0 to {MAX_WARN_DAYS} days.",
            )

    @property
    def days(self) -> int | None:
        """Return the period in days; None when nobody is erased automatically."""
        return self.custom_days if self.preset is Preset.CUSTOM else PRESET_DAYS.get(self.preset)

    def due_at(self, last: datetime) -> datetime | None:
        """Return when a person is to be erased; None for never.

        Args:
            last: of the last interaction.
        """
        if self.days is None:
            return None
        try:
            return last + timedelta(days=self.days)
        except OverflowError:
            return None

    @property
    def stored(self) -> str:
        """Return the period as it is stored; see :func:`parse_period`."""
        return self.preset.value if self.custom_days is None else f"custom:{self.custom_days}"


def parse_period(text: str, warn_days: int = WARN_DAYS) -> RetentionPolicy:
    """Return the policy that is stored as ``bipa``, ``none``, ``custom:400`` and so on.

    Raises:
        InvalidInput: it is none of these.
    """
    name, _, days = text.partition(":")
    try:
        preset = Preset(name)
        custom = int(days) if days else None
    except ValueError as exc:
        names = ", ".join(preset.value for preset in Preset)
        raise InvalidInput("There is no such retention period.", hint=f"Use {names}.") from exc
    return RetentionPolicy(preset, custom, warn_days)


@dataclass(frozen=True)
class LastInteraction:
    """When somebody was last known to have been here.

    Attributes:
        user_id: external ID.
        name: display name; may be empty.
        at: the last verified attempt, or the enrollment where there was none since.
    """

    user_id: str
    name: str
    at: datetime


@dataclass(frozen=True)
class Kept:
    """A person and how long they are kept.

    Attributes:
        person: with the last interaction.
        due_at: when they are erased; None for never.
    """

    person: LastInteraction
    due_at: datetime | None

    def days_left(self, now: datetime) -> int | None:
        """Return the whole days that are left, not below 0; None for ever."""
        return None if self.due_at is None else max(0, (self.due_at - now).days)

    def due(self, now: datetime) -> bool:
        """Return whether the time has come."""
        return self.due_at is not None and self.due_at <= now

    def warned(self, now: datetime, warn_days: int) -> bool:
        """Return whether operators are told by now."""
        return self.due_at is not None and self.due_at - timedelta(days=warn_days) <= now


def kept_until(policy: RetentionPolicy, person: LastInteraction, latest: datetime | None) -> Kept:
    """Return a person with the time of their erasure.

    Args:
        policy: the period.
        person: with what was remembered, perhaps by a clock that was wrong then.
        latest: the time that is believed now, after which nobody was here; None: it is not known.
    """
    if latest is not None and person.at > latest:
        person = replace(person, at=latest)
    return Kept(person, policy.due_at(person.at))


def kept(
    policy: RetentionPolicy, people: Iterable[LastInteraction], latest: datetime | None = None
) -> tuple[Kept, ...]:
    """Return everybody with the time of their erasure, the next first, those without one last.

    Args:
        policy: see :func:`kept_until`.
        people: see :func:`kept_until`.
        latest: see :func:`kept_until`.
    """
    far = datetime.max.replace(tzinfo=None)
    found = [kept_until(policy, person, latest) for person in people]
    return tuple(
        sorted(
            found,
            key=lambda one: (
                far if one.due_at is None else one.due_at.replace(tzinfo=None),
                one.person.user_id,
            ),
        )
    )


@dataclass(frozen=True)
class ClockWatch:
    """What is remembered of the clock between two purges.

    A clock that has jumped years ahead, because of an empty battery or a typing error, must not
    erase everybody. So a purge erases only while the clock goes on from where it was last believed,
    by at most :data:`LONGEST_GAP`. After a longer step, forward or back, it erases nobody until an
    administrator confirms the date, or until the clock has gone on steadily from there for
    :data:`CONFIRMED_AFTER`: a kiosk that was switched off over a long summer goes on by itself, and
    there were two weeks of warnings in which somebody could have noticed a wrong date.

    Attributes:
        trusted: the latest time that was believed; None before the first purge.
        jumped: where the clock went on after a jump; None while it is believed.
        seen: when the purge last looked.
    """

    trusted: datetime | None = None
    jumped: datetime | None = None
    seen: datetime | None = None

    @property
    def holds(self) -> bool:
        """Return whether nobody is erased for now."""
        return self.jumped is not None

    @property
    def believed(self) -> datetime | None:
        """Return the time that is believed now, after which nothing has happened yet."""
        return None if self.holds else self.trusted

    def looked(self, now: datetime) -> ClockWatch:
        """Return what is remembered after a look at the clock."""
        if self.trusted is not None and _goes_on(self.trusted, now):
            return ClockWatch(max(self.trusted, now), None, now)
        steady = self.jumped is not None and self.seen is not None and _goes_on(self.seen, now)
        jumped = self.jumped if steady else now
        assert jumped is not None
        if now - jumped >= CONFIRMED_AFTER:
            return ClockWatch(now, None, now)
        return ClockWatch(self.trusted, jumped, now)

    def begun(self, now: datetime) -> ClockWatch:
        """Return what is remembered after a look at the clock while nobody is enrolled.

        A clock that was never looked at is believed then, for it erases nobody: what a new kiosk
        begins with is its date, and a later correction of it is a jump.
        """
        never = self == ClockWatch()
        return self.confirmed(now) if never else self.looked(now)

    def confirmed(self, now: datetime) -> ClockWatch:
        """Return what is remembered after an administrator said that the date is right."""
        return ClockWatch(now, None, now)


def _goes_on(before: datetime, now: datetime) -> bool:
    return -SETBACK <= now - before <= LONGEST_GAP


class RetentionClock(Protocol):
    """The last interactions, within one unit of work."""

    def touch(self, user_id: str, at: datetime) -> None:
        """Remember that a person was here: enrolled, or verified. Unknown IDs are ignored."""

    def last_interaction(self, user_id: str) -> LastInteraction | None:
        """Return when a person was last here, or None for an unknown ID."""

    def last_interactions(self) -> list[LastInteraction]:
        """Return when everybody was last here, by ID."""

    def bound(self, latest: datetime) -> int:
        """Take whatever was remembered of people and nobody's tries by a clock that was ahead.

        Args:
            latest: the time that is believed; what is remembered of later times is so from now on.

        Returns:
            Of how many people.
        """

    def remove_nobodys(self, before: datetime) -> int:
        """Remove the attempts of before a moment under IDs that nobody had then.

        Returns:
            How many there were.
        """
