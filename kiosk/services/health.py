"""Everything that support would ask for, checked now."""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.core.errors import KioskError, StorageError
from kiosk.core.people.users import same_ids
from kiosk.core.voice.comparing import stale
from kiosk.services.preferences import MODEL

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kiosk.core.ports import Database, MicrophoneCatalog
    from kiosk.services.keys.keys import Keys
    from kiosk.services.records.audit import Audit
    from kiosk.services.visit.shut_out import ShutOuts
    from kiosk.services.voice.models import Models

_log = logging.getLogger(__name__)
_LOW_DISK_MB = 500
_DEFECT_HINT = "The system log has the details. Tell an administrator."


@dataclass(frozen=True)
class Finding:
    """One line of the health report.

    Attributes:
        name: what was looked at.
        ok: whether the kiosk can work with it.
        detail: what was found.
        hint: what to do when it is not ok.
    """

    name: str
    ok: bool
    detail: str
    hint: str = ""


class Health:
    """Looks at the disk, database, voice model and microphones; changes nothing."""

    def __init__(
        self,
        data_dir: Path,
        database: Database,
        models: Models,
        catalog: MicrophoneCatalog,
        versions: Callable[[], dict[str, str]],
        keys: Keys | None = None,
        audit: Audit | None = None,
        shut_outs: ShutOuts | None = None,
    ) -> None:
        """Use these."""
        self._audit = audit
        self._keys = keys
        self._shut_outs = shut_outs
        self._data_dir = data_dir
        self._database = database
        self._models = models
        self._catalog = catalog
        self._versions = versions

    def require_able(self) -> None:
        """Try what every verification needs of the storage: its lock, to read it, and room.

        Raises:
            StorageError: nobody can be verified at present.
        """
        with self._database() as work:
            work.preferences.get(MODEL)
        self._database.require_room()

    def report(self) -> list[Finding]:
        """Return all findings; a failing check never hides the others."""
        checks: list[tuple[str, Callable[[], Finding]]] = [
            ("disk", self._disk),
            ("database", self._storage),
            ("voice model", self._model),
            ("voiceprints", self._voiceprints),
            ("microphone", self._microphone),
            ("versions", self._version),
        ]
        if self._keys is not None:
            keys = self._keys
            checks.insert(2, ("keys", lambda: _kept(keys)))
        if self._audit is not None:
            audit = self._audit
            checks.insert(3, ("audit records", lambda: _as_recorded(audit)))
        if self._shut_outs is not None and self._shut_outs.everybody_is_asked:
            outs = self._shut_outs
            checks.append(("PIN or badge", lambda: _turned_away(outs)))
        findings = []
        for name, check in checks:
            try:
                findings.append(check())
            except KioskError as error:
                findings.append(
                    Finding(name, ok=False, detail=f"{error.code} {error.message}", hint=error.hint)
                )
            except OSError as error:
                findings.append(Finding(name, ok=False, detail=str(error.strerror or error)))
            except Exception as error:  # noqa: BLE001 - wanted most where things are broken
                _log.exception("the check of the %s failed", name)
                kind = type(error).__name__
                findings.append(
                    Finding(name, ok=False, detail=f"not checked: {kind}", hint=_DEFECT_HINT)
                )
        return findings

    def _disk(self) -> Finding:
        folder = self._data_dir
        while not folder.exists():
            folder = folder.parent
        free = shutil.disk_usage(folder).free // 1_000_000
        return Finding(
            "disk",
            ok=free > _LOW_DISK_MB,
            detail=f"{free} MB free at {self._data_dir}",
            hint="Free some disk space.",
        )

    def _storage(self) -> Finding:
        facts = self._database.check()
        detail = ", ".join(f"{key} {value}" for key, value in facts.items())
        with self._database() as work:
            same = same_ids(work.people.user_ids())
        if same:
            detail += "".join(f"; {' and '.join(each)} are one ID" for each in same)
        return Finding(
            "database",
            ok=not same,
            detail=detail,
            hint=(
                "Typed in another way, that ID means the first of them. Remove one with 'kiosk "
                "users remove', and enroll the person under another ID."
            ),
        )

    def _model(self) -> Finding:
        try:
            card = self._models.card()
        except StorageError:
            return Finding(
                "voice model",
                ok=False,
                detail="the database does not say which one is in use",
                hint="Repair the database first.",
            )
        detail = f"{card.model_id}, {card.dim} dimensions, threshold {card.threshold:.2f}"
        second = self._models.also()
        if second is not None:
            self._models.card(second)
            detail += f"; people are also enrolled with {second}"
        return Finding("voice model", ok=True, detail=detail)

    def _voiceprints(self) -> Finding:
        comparing = self._models.comparing()
        with self._database() as work:
            people = work.people.summaries()
        found = stale(people, comparing)
        enrolled = sum(1 for each in people if each.model_ids)
        detail = f"{enrolled} people enrolled"
        if found.again:
            detail += f"; {len(found.again)} must enroll again because the voice model has changed"
        if found.weaker:
            detail += f"; {len(found.weaker)} compared by fewer models than decide"
        return Finding(
            "voiceprints",
            ok=not found.again,
            detail=detail,
            hint="'kiosk users list' names them. Kept takes are encoded by a running kiosk.",
        )

    def _microphone(self) -> Finding:
        devices = self._catalog.devices()
        if not devices:
            return Finding(
                "microphone", ok=False, detail="none found", hint="Connect a microphone."
            )
        return Finding(
            "microphone", ok=True, detail="; ".join(device.key for device in devices[:4])
        )

    def _version(self) -> Finding:
        found = self._versions()
        return Finding(
            "versions", ok=True, detail=", ".join(f"{name} {v}" for name, v in found.items())
        )


def _turned_away(shut_outs: ShutOuts) -> Finding:
    found = shut_outs.without_factor()
    return Finding(
        "PIN or badge",
        ok=not found.count,
        detail=f"asked of everyone; {found.count} of {found.people} people have neither",
        hint="They are turned away. Set one with 'kiosk users set-pin' or 'set-badge'.",
    )


def _as_recorded(audit: Audit) -> Finding:
    found = audit.look().warnings
    return Finding(
        "audit records",
        ok=not found,
        detail=" ".join(found) or "access matches the records",
        hint="See 'kiosk audit verify'.",
    )


def _kept(keys: Keys) -> Finding:
    report = keys.report()
    missing = [each.record.key_id for each in report.keys if each.values and not each.present]
    detail = ", ".join(f"{name} {text}" for name, text in report.facts)
    if report.plain:
        detail += f"; {report.plain} takes are not encrypted"
    for warning in report.warnings:
        detail += f". {warning}"
    return Finding(
        "keys",
        ok=not missing and not report.plain,
        detail=detail,
        hint="See 'kiosk keys status'.",
    )
