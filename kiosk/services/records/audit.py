"""Reading, checking, exporting and anchoring the audit records."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from kiosk.core.accounts.acting import SYSTEM, acting_as
from kiosk.core.accounts.roles import Action, require
from kiosk.core.errors import ChainBroken, InvalidInput, KioskError
from kiosk.core.records.anchors import noted as newest_anchor
from kiosk.core.records.audit import Anchor, AuditAction, AuditEvent, AuditQuery, Tail
from kiosk.core.records.check import MISSING, check
from kiosk.core.records.segments import last_beginning
from kiosk.core.records.state_replay import Replay
from kiosk.services.records.adoption import ACCEPTED, BEGUN, adopt
from kiosk.services.records.configured import Configured
from kiosk.services.records.reading import Reading
from kiosk.services.records.refusals import Refusals
from kiosk.services.records.standing import Noted, Standing, noted_in, standing
from kiosk.services.records.whole_chain import read_records, verify_chain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kiosk.core.ports import Clock, UnitOfWork, UnitOfWorkFactory
    from kiosk.core.records.chain import Chain
    from kiosk.core.records.ports import AnchorFile
    from kiosk.core.records.verdict import Verdict
    from kiosk.services.voice.models_vouched import VouchedModels

_log = logging.getLogger(__name__)


class FailureCounts(Protocol):
    """Knows under what the failures of people and accounts are counted."""

    def counted(self, work: UnitOfWork) -> dict[tuple[str, str], int]:
        """Return what is counted, by ``person`` or ``account`` and their ID or login."""


class Audit(Reading):
    """The audit records of this kiosk.

    Args:
        uow: the database.
        chain: chains its records.
        clock: for the beginning of the day.
        anchors: where anchors are written by themselves; None where none are.
        configured: what the configuration says that decides over access.
        counts: how many failures are counted of people and accounts.
        models: the installed voice models, which are compared too.

    Attributes:
        refusals: records what somebody wanted and may not.
    """

    def __init__(
        self,
        uow: UnitOfWorkFactory,
        chain: Chain,
        clock: Clock,
        anchors: AnchorFile | None = None,
        configured: Configured | None = None,
        counts: FailureCounts | None = None,
        models: VouchedModels | None = None,
    ) -> None:
        self._configured = configured or Configured({}, {})
        self._models = models
        self._counts = counts
        self._standing = Standing()
        self.refusals = Refusals(uow, time.monotonic)
        super().__init__(uow, clock)
        self._chain = chain
        self._anchors = anchors
        self._program: str | None = None
        self._started = False

    @property
    def anchors(self) -> AnchorFile | None:
        """Return where anchors are written by themselves."""
        return self._anchors

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return what was not as the records say when that was looked at last, as sentences."""
        return self._standing.warnings

    def begin(self) -> None:
        """Record the schema of the database when it is not the one of the last such record.

        At the first start this begins the chain. It is run at each start: should the program have
        been killed right after a migration, it is recorded now. Within :meth:`running` the start
        of the program is recorded too, and what the configuration says now when it said something
        else before.

        Before that the rows that decide over access are compared with the records. Where somebody
        could be let in by what is different, the kiosk does not start: what it would do with such a
        row cannot be taken back. Everything else is told as :attr:`warnings`: a kiosk that stops
        for it could be stopped by anybody who can write the database.

        Raises:
            ChainBroken: accounts, API keys or thresholds are not those that were recorded.
            KeyUnavailable, StorageError: it was not recorded.
        """
        noted = self._noted_newest()
        with acting_as(SYSTEM), self._uow() as work:
            adopting = self._chain.remembers and not self._chain.begun
            found = self._look(work, noted)
            if texts := found.grave:
                details = {"differences": len(texts), "first": texts[0]}
                work.audit.append(AuditEvent(AuditAction.STATE_DIFFERS, None, details))
                work.commit()
                self._tell(found)
                raise _refused(texts)
            changed = self._configured.changed(work, adopting=adopting)
            for event in changed:
                work.audit.append(event)
            if adopting:
                if self._models is not None:
                    self._models.take(work, known=False)
                adopt(work, BEGUN, earlier=self._chain.secret)
            migrated = AuditQuery(actions=(AuditAction.DATABASE_MIGRATED.value,), limit=1)
            before = next((each.details.get("to") for each in work.audit.find(migrated)), None)
            schema = work.audit.schema()
            if before != schema:
                details = {"from": None if before is None else str(before), "to": schema}
                work.audit.append(AuditEvent(AuditAction.DATABASE_MIGRATED, None, details))
            starting = self._program is not None and not self._started
            if starting:
                work.audit.append(self._of_program(AuditAction.PROGRAM_STARTED))
            if starting or adopting or changed or before != schema:
                work.commit()
            self._started = self._started or starting
        self._chain.set_begun()
        self._tell(found)

    def look(self) -> Standing:
        """Return whether everything is as the records say, as far as that is found quickly.

        Raises:
            NotPermitted: whoever acts may not see them.
            KeyUnavailable, StorageError: it cannot be said.
        """
        require(Action.SEE_AUDIT)
        noted = self._noted_newest()
        with self._uow() as work:
            found = self._look(work, noted)
        self._tell(found)
        return found

    def accept(self) -> Standing:
        """Take what decides over access as it is, and make the database refuse changes again.

        For an administrator who has looked at what is different: from now on this is what must be.
        Where records are not as they were written the chain is begun anew: those before are not
        checked any more, and :meth:`verify` says so.

        Returns:
            What was different, which is recorded.

        Raises:
            NotPermitted: it is the administrator's.
            KeyUnavailable, StorageError: nothing was accepted.
        """
        require(Action.ACCOUNTS)
        broken, noted = self.broken(), self._noted_newest()
        newest = newest_anchor(self._anchors)
        with self._uow() as work:
            found = self._look(work, noted)
            if broken or found.broken:
                details = {"why": ACCEPTED, "found": broken or found.broken[0], **newest}
                work.audit.append(AuditEvent(AuditAction.CHAIN_BEGUN, None, details))
            if unguarded := work.audit.unguarded():
                work.audit.restore_guard()
                event = AuditEvent(AuditAction.GUARD_RESTORED, None, {"found": unguarded})
                work.audit.append(event)
            for event in self._configured.changed(work, adopting=True):
                work.audit.append(event)
            if self._models is not None:
                self._models.take(work, known=True)
            adopt(work, ACCEPTED)
            work.commit()
        self._chain.set_begun()
        self._standing = Standing()
        return found

    def broken(self) -> str:
        """Return what is wrong with the records themselves, as a sentence; empty when nothing is.

        Raises:
            NotPermitted: whoever acts may not see them.
            KeyUnavailable, StorageError: it cannot be said.
        """
        require(Action.SEE_AUDIT)
        with self._uow() as work:
            if work.audit.tail() == Tail():
                return MISSING if self._chain.begun else ""
        try:
            verdict = self.verify()
        except InvalidInput:  # the anchors cannot be read, and are nothing that could be accepted
            verdict = verify_chain(self._uow, self._chain)
        return "" if verdict.broken is None else verdict.broken.text

    def _noted_newest(self) -> Noted:
        return noted_in(self._anchors) if self._chain.begun else Noted()

    def _look(self, work: UnitOfWork, noted: Noted) -> Standing:
        if not self._chain.begun:
            return Standing()
        found = standing(work, self._chain, noted)
        models = () if self._models is None else self._models.differences(work)
        unaccepted = self._configured.unaccepted(work, self._chain)
        differences = (*found.differences, *models)
        return replace(found, differences=differences, unaccepted=unaccepted)

    def _tell(self, found: Standing) -> None:
        for each in set(found.warnings) - set(self._standing.warnings):
            _log.warning("%s", each)
        self._standing = found

    @contextmanager
    def running(self, program: str) -> Iterator[None]:
        """Record that a program that goes on running starts and, on leaving, that it stops.

        The start is recorded by :meth:`begin`, when the database is open.

        Args:
            program: ``desktop`` or ``service``.
        """
        self._program = program
        try:
            yield
        finally:
            if self._started:
                try:
                    with acting_as(SYSTEM):
                        self.record(self._of_program(AuditAction.PROGRAM_STOPPED))
                except KioskError as exc:
                    _log.warning("the end of the program was not recorded: %s", exc)
            self._program, self._started = None, False

    def _of_program(self, action: AuditAction) -> AuditEvent:
        return AuditEvent(action, self._program, {"version": self._chain.version})

    def verify(
        self,
        anchors: Sequence[AnchorFile] = (),
        progress: Callable[[int, int], None] | None = None,
    ) -> Verdict:
        """Check every record against the chain, its end, and what was anchored elsewhere.

        The kiosk goes on meanwhile: records are read in short transactions, up to the one that was
        the last when the check began.

        Args:
            anchors: files to compare with, besides the one that is written by itself.
            progress: told how many records are checked, and how many there are.

        Raises:
            NotPermitted: whoever acts may not.
            KeyUnavailable: the secret that chains records is not there.
            InvalidInput: anchors cannot be read.
        """
        require(Action.SEE_AUDIT)
        # Read before the end of the chain is: an anchor that is written meanwhile is of a later
        # record than those that are looked at.
        noted = self._noted(anchors)
        replay = Replay()
        with self._uow() as work:
            tail, unguarded = work.audit.tail(), work.audit.unguarded()
            state, begun = work.access.read(), last_beginning(work.audit, self._chain)
            counted = {} if self._counts is None else self._counts.counted(work)
            models = () if self._models is None else self._models.differences(work)
        records = read_records(self._uow, tail.seq, progress, begun)
        verdict = check(self._chain, tail, records, noted, replay.take, begun)
        texts: tuple[str, ...] = ()
        if verdict.broken is None and self._chain.begun:
            texts = tuple(each.text for each in (*replay.differences(state), *models))
            texts += replay.forgotten(counted)
        return replace(verdict, differences=texts, unguarded=unguarded)

    def anchor(self, file: AnchorFile) -> Anchor:
        """Note the last record outside of the database, and record that it was.

        Raises:
            NotPermitted: whoever acts may not.
            InvalidInput: there is no record yet, or the file cannot be written.
        """
        require(Action.EXPORT_AUDIT)
        with self._uow() as work:
            tail = work.audit.tail()
        if tail.seq == 0:
            raise InvalidInput("There is no audit record yet.", hint="Start the kiosk once.")
        anchor = Anchor(tail.seq, tail.mac, self._clock.now())
        file.add(anchor)
        self.record(AuditEvent(AuditAction.AUDIT_ANCHORED, None, {"record": anchor.seq}))
        return anchor

    def _noted(self, files: Sequence[AnchorFile]) -> list[Anchor]:
        named = list(files)
        if self._anchors is not None and self._anchors.name not in {each.name for each in named}:
            named.insert(0, self._anchors)
        return [anchor for file in named for anchor in file.read()]


def _refused(texts: Sequence[str]) -> ChainBroken:
    further = len(texts) - 1
    more = f" (and {further} more)" if further else ""
    return ChainBroken(
        f"The database is not what the audit records say. {texts[0]}{more}",
        hint="Run 'kiosk audit verify'. Restore a backup, or undo it; if it is right, 'kiosk audit "
        "accept'.",
    )
