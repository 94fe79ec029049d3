"""The configuration as it is, and as it was recorded and accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.core.records.audit import AuditAction, AuditEvent, AuditQuery
from kiosk.core.records.check import follows, says

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kiosk.core.ports import UnitOfWork
    from kiosk.core.records.chain import Chain

    Sections = Mapping[str, Mapping[str, object]]

_BESIDE_DATA = "data folder: "
"""Begins what records call a section of the file that lies in the data folder."""


class Configured:
    """What the configuration says that decides over access, by section and name.

    Args:
        in_force: what holds, wherever it was set.
        in_data_folder: what the file in the data folder says of it. Whoever can write the data can
            write that file: what it said first, or when an administrator has accepted everything,
            is what it should say.
    """

    def __init__(self, in_force: Sections, in_data_folder: Sections) -> None:
        self._in_data_folder = in_data_folder
        beside = {f"{_BESIDE_DATA}{name}": each for name, each in in_data_folder.items()}
        self._sections = {**in_force, **beside}

    def changed(self, work: UnitOfWork, *, adopting: bool) -> list[AuditEvent]:
        """Return the events of sections that are not what was recorded last.

        Args:
            work: the transaction.
            adopting: everything is about to be accepted: with what the data folder's file says,
                changed or not, for the record of it may be none that counts.
        """
        events = []
        for section, values in self._sections.items():
            event = _event(section, values)
            query = AuditQuery(actions=(event.action.value,), subject=section, limit=1)
            last = work.audit.find(query)
            again = adopting and bool(values) and section.startswith(_BESIDE_DATA)
            if again or ((_details(event) != last[0].details) if last else values):
                events.append(event)
        return events

    def unaccepted(self, work: UnitOfWork, chain: Chain) -> tuple[str, ...]:
        """Return what the file in the data folder says now and did not say when it was accepted.

        Args:
            work: the transaction.
            chain: of this kiosk; records that are not as it has written them do not count.

        Returns:
            One plain sentence each.
        """
        latest: dict[str, dict[str, object]] = {}
        accepted: dict[str, dict[str, object]] = {}
        actions = (AuditAction.SETTINGS_IN_FORCE.value, AuditAction.STATE_ADOPTED.value)
        for previous, record in work.audit.linked(actions, 0):
            if not follows(chain, previous, record) or not says(record, record.seq):
                continue
            if record.action == AuditAction.STATE_ADOPTED:
                accepted = dict(latest)
            else:
                latest[record.subject or ""] = record.details
        said = []
        for section, values in self._in_data_folder.items():
            subject = f"{_BESIDE_DATA}{section}"
            before, now = accepted.get(subject, {}), _details(_event(subject, values))
            said += [
                _different(f"{section}.{name}", before.get(name), now.get(name))
                for name in sorted({*before, *now})
                if before.get(name) != now.get(name)
            ]
        return tuple(said)


def _event(section: str, values: Mapping[str, object]) -> AuditEvent:
    return AuditEvent(AuditAction.SETTINGS_IN_FORCE, section, values)


def _details(event: AuditEvent) -> dict[str, object]:
    """Return the details as they are read back."""
    return {name: list(v) if isinstance(v, tuple) else v for name, v in event.details.items()}


def _different(name: str, before: object, now: object) -> str:
    was, is_ = ("nothing of it" if each is None else each for each in (before, now))
    return (
        f"The configuration file in the data folder says of the setting {name}: {is_}. When it was "
        f"last accepted it said: {was}."
    )
