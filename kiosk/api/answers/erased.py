"""What answers to erasures tell beside their bodies, whose shapes existing clients know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from kiosk.core.people.erasure import ErasureProof

BACKUPS_HEADER = "Kiosk-Backups"
"""Names of copies of the database that may hold still what was erased; none: there are none."""
DOCUMENTED: dict[str, Any] = {
    BACKUPS_HEADER: {
        "description": "Backups and other copies of the database that may still hold what was "
        "erased, percent-encoded, separated by commas. An administrator can write them anew "
        "without the person (`kiosk backup forget`), or delete them. Absent where there are none.",
        "schema": {"type": "string"},
    }
}
"""The header in the description of the service."""


def backups_in(proof: ErasureProof) -> dict[str, str]:
    """Return the headers of an answer to an erasure."""
    if not proof.backups:
        return {}
    return {BACKUPS_HEADER: ", ".join(quote(name) for name in proof.backups)}
