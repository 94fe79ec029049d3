"""The report of ``kiosk doctor``: for people on the terminal, for support in a file."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from kiosk.cli.diagnosis import clock, permission, places
from kiosk.cli.diagnosis.troubles import troubles
from kiosk.cli.output import show_table
from kiosk.installation import version

if TYPE_CHECKING:
    from kiosk.cli.diagnosis.sections import Section
    from kiosk.cli.diagnosis.troubles import Trouble
    from kiosk.services.health import Finding
    from kiosk.settings import Settings

_PASSWORD = re.compile(r"(://[^:/@\s]*):[^@/\s]+@")
_PARAMETER = re.compile(r"([?&](?:password|sslpassword)=)[^&\s]*")


@dataclass(frozen=True)
class Report:
    """What was found.

    Attributes:
        findings: what the kiosk needs, each good or amiss.
        settings: name, value and origin of each.
        sections: facts that are neither.
        troubles: the last errors of the system log.
    """

    findings: list[Finding]
    settings: list[tuple[str, str, str]]
    sections: list[Section]
    troubles: list[Trouble]

    @property
    def ok(self) -> bool:
        """Return whether nothing is amiss."""
        return all(finding.ok for finding in self.findings)

    def described(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {
            "ok": self.ok,
            "version": version(),
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "findings": [
                {
                    "name": finding.name,
                    "ok": finding.ok,
                    "detail": finding.detail,
                    "hint": "" if finding.ok else finding.hint,
                }
                for finding in self.findings
            ],
            "settings": [
                {"name": name, "value": value, "origin": origin}
                for name, value, origin in self.settings
            ],
            "facts": {
                section.title: [{"name": name, "value": value} for name, value in section.facts]
                for section in self.sections
            },
            "last_errors": [asdict(trouble) for trouble in self.troubles],
        }

    def file(self) -> str:
        """Return it as the text of a file."""
        return json.dumps(self.described(), indent=2, allow_nan=False) + "\n"

    def show(self) -> None:
        """Write it for people on stdout."""
        show_table(
            ("", "Check", "Found", "What to do"),
            [
                (
                    "ok" if finding.ok else "!!",
                    finding.name,
                    finding.detail,
                    "" if finding.ok else finding.hint,
                )
                for finding in self.findings
            ],
        )
        show_table(("Setting", "Value", "From"), self.settings)
        for section in self.sections:
            show_table((section.title.capitalize(), "Found"), section.facts)
        if self.troubles:
            show_table(
                ("Last errors of the log", "Level", "Module", "Codes", "Raised"),
                [
                    (each.time, each.level, each.where, each.codes, each.raised)
                    for each in self.troubles
                ],
            )


def settings_shown(settings: Settings) -> list[tuple[str, str, str]]:
    """Return name, value and origin of every setting, without the passwords of addresses."""
    return [(name, without_passwords(value), origin) for name, value, origin in settings.describe()]


def system_findings(settings: Settings) -> list[Finding]:
    """Return what can be amiss with the machine rather than with the kiosk.

    Args:
        settings: the effective ones.
    """
    found = [places.finding(settings), clock.finding(settings.database_file)]
    allowed = permission.finding()
    return found if allowed is None else [*found, allowed]


def last_errors(settings: Settings) -> list[Trouble]:
    """Return the last errors of the system log; see :mod:`kiosk.cli.diagnosis.troubles`."""
    return troubles(settings.logs_dir)


def without_passwords(text: str) -> str:
    """Return a text with every password of an address in it masked."""
    return _PARAMETER.sub(r"\1***", _PASSWORD.sub(r"\1:***@", text))
