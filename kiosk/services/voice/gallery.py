"""Everybody enrolled, opened once and kept in memory, so that a score can know them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.core.errors import DatabaseCorrupt, KeyUnavailable, KioskError, TemplateUnreadable
from kiosk.core.voice.heard import Voice

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kiosk.core.ports import UnitOfWork, UnitOfWorkFactory
    from kiosk.core.voice.embedding import Voiceprint

_AT_ONCE = 100
"""People whose voiceprints are read in one unit of work: some 15 ms."""
_NAMED = 500
"""People who are asked for by their IDs, at most: a database takes only so many names."""
_UNREADABLE = (DatabaseCorrupt, KeyUnavailable, TemplateUnreadable)
"""What is wrong with somebody's voiceprint alone; anything else is wrong with the database."""


class Gallery:
    """The voiceprints of some encoders; not safe from several threads at once."""

    def __init__(self) -> None:
        """Know nobody."""
        self._marks: dict[str, str] = {}
        self._stamps: dict[str, dict[str, str]] = {}
        self._prints: dict[str, dict[str, Voiceprint]] = {}
        self._broken: dict[str, dict[str, KioskError]] = {}

    @property
    def unreadable(self) -> KioskError | None:
        """Return why somebody's voiceprint is missing; None where nobody's is."""
        return next((each for broken in self._broken.values() for each in broken.values()), None)

    def follow(self, work: UnitOfWork, models: Sequence[str]) -> bool:
        """Read whoever has come or changed, and drop whoever has gone; return whether any has.

        Cheap where nothing has changed: one value is read for each encoder. Whoever could not be
        read is asked for each time.

        Raises:
            StorageError: it is not known who is enrolled.
        """
        gone = [each for each in self._prints if each not in models]
        for model_id in gone:
            self._forget(model_id)
        changed = bool(gone)
        for model_id in models:
            mark = work.people.mark(model_id)
            if self._marks.get(model_id) == mark and not self._broken.get(model_id):
                continue
            stamps = work.people.stamps(model_id)
            known = self._stamps.setdefault(model_id, {})
            stale = [each for each in known if stamps.get(each) != known[each]]
            self._drop(model_id, stale)
            found = self._read(work, model_id, stamps, sorted(stamps.keys() - known.keys()))
            changed = changed or found or bool(stale)
            self._marks[model_id] = mark
        return changed

    def warm(self, uow: UnitOfWorkFactory, models: Sequence[str]) -> None:
        """Read everybody in many short units of work, so that others may write in between.

        Raises:
            StorageError: it is not known who is enrolled.
        """
        for model_id in models:
            with uow() as work:
                stamps = work.people.stamps(model_id)
            missing = sorted(stamps.keys() - self._stamps.setdefault(model_id, {}).keys())
            for start in range(0, len(missing), _AT_ONCE):
                with uow() as work:
                    self._read(work, model_id, stamps, missing[start : start + _AT_ONCE])

    def people(self) -> dict[str, Voice]:
        """Return everybody by ID, with the voiceprints of all encoders that know them."""
        ids = sorted({each for prints in self._prints.values() for each in prints})
        return {
            each: Voice(tuple(prints[each] for prints in self._prints.values() if each in prints))
            for each in ids
        }

    def forget(self) -> None:
        """Overwrite everything."""
        for model_id in list(self._prints):
            self._forget(model_id)

    def _read(
        self, work: UnitOfWork, model_id: str, stamps: Mapping[str, str], user_ids: Sequence[str]
    ) -> bool:
        """Read some people; return whether any of them could be."""
        prints = self._prints.setdefault(model_id, {})
        wanted = set(user_ids)
        broken = self._broken.setdefault(model_id, {})
        for each in [each for each in broken if each in wanted or each not in stamps]:
            del broken[each]
        if not user_ids:
            return False
        try:
            # Of many people all are read.
            some = user_ids if len(user_ids) <= _NAMED else None
            found = work.people.voiceprints(model_id, some)
        except _UNREADABLE:
            found = []
            for each in user_ids:
                try:
                    found += work.people.voiceprints(model_id, [each])
                except _UNREADABLE as exc:
                    broken[each] = exc
        wanted -= broken.keys()
        for person, voiceprint in found:
            if person.user_id in wanted:
                prints[person.user_id] = voiceprint
        self._stamps[model_id] |= {each: stamps[each] for each in wanted}
        return bool(wanted)

    def _drop(self, model_id: str, user_ids: Iterable[str]) -> None:
        for each in list(user_ids):
            self._stamps[model_id].pop(each, None)
            gone = self._prints.get(model_id, {}).pop(each, None)
            if gone is not None:
                gone.wipe()

    def _forget(self, model_id: str) -> None:
        self._drop(model_id, list(self._stamps.get(model_id, {})))
        for kept in (self._marks, self._stamps, self._prints, self._broken):
            kept.pop(model_id, None)
