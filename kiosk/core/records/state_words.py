"""How it is said that a row is not what was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.core.records.security_state import MANIFEST, Kind

if TYPE_CHECKING:
    from kiosk.core.records.security_state import Fact, Facts, Thing

_THRESHOLD = "threshold:"
_NAMES = {
    Kind.SETTING: "The setting {}",
    Kind.ACCOUNT: "The account {}",
    Kind.API_KEY: "The API key {}",
    Kind.PERSON: "{}",
    Kind.PIN: "The PIN of {}",
    Kind.BADGE: "The badge of {}",
}


def said_of(thing: Thing, recorded: Facts | None, found: Facts | None) -> str:
    """Return one plain sentence, or several, on what is different.

    Args:
        thing: which row.
        recorded: what the last record says of it; None without any.
        found: what is in the database; of a row that is recorded only what differs. None without
            a row.
    """
    name = name_of(thing)
    if found is None:
        return f"{name} was recorded, but is not in the database."
    if recorded is None:
        return f"{name} is in the database{_as(found)}, but no record tells of it."
    said = [_different(thing, each, recorded.get(each), value) for each, value in found.items()]
    return " ".join(said)


def name_of(thing: Thing) -> str:
    """Return how a sentence about a thing begins."""
    if thing.kind is Kind.SETTING and thing.name.startswith(_THRESHOLD):
        return f"The threshold of {thing.name.removeprefix(_THRESHOLD)}"
    if thing.kind is Kind.SETTING and thing.name.startswith(MANIFEST):
        return f"What is known of the voice model {thing.name.removeprefix(MANIFEST)}"
    return _NAMES[thing.kind].format(thing.name)


def _different(thing: Thing, fact: str, recorded: Fact, found: Fact) -> str:
    name = name_of(thing)
    if fact == "secret":
        whose = f"The PIN or password of {name[0].lower()}{name[1:]}"
        what = name if thing.kind in (Kind.PIN, Kind.BADGE) else whose
        return f"{what} is not the one that was recorded."
    if fact == "voiceprints":
        return (
            f"The voiceprint of {name} is not the one that was recorded: another one, or an "
            "earlier one, was put in its place."
        )
    if fact in ("value", "role"):
        subject = name if fact == "value" else f"The role of {name[0].lower()}{name[1:]}"
        return f"{subject} in the database is {_shown(found)}, the record says {_shown(recorded)}."
    state = {
        "enabled": ("enabled", "disabled"),
        "revoked": ("revoked", "not revoked"),
        "must_change": ("to be changed at the next sign-in", "not to be changed"),
    }.get(fact)
    if state is None:
        return f"{name} has {_shown(found)} in the database, the record says {_shown(recorded)}."
    is_, was = (state[0] if each else state[1] for each in (found, recorded))
    if fact == "must_change":
        name = f"The PIN or password of {name[0].lower()}{name[1:]}"
    return f"{name} is {is_} in the database, the record says {was}."


def _as(found: Facts) -> str:
    """Return what a row holds that must be told with it."""
    if "value" in found:
        return f" as {_shown(found['value'])}"
    if "role" in found:
        return f" as {_shown(found['role'])}"
    rights = found.get("rights")
    return f" with the rights {_shown(rights)}" if rights else ""


def _shown(value: Fact) -> str:
    if value is None:
        return "not set"
    if isinstance(value, tuple):
        return ", ".join(value) or "nothing"
    return str(value)
