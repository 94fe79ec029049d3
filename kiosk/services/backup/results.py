"""What became of looking through a backup, and of restoring it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kiosk.core.backup.backups import BackupInfo, Contents


@dataclass(frozen=True)
class Checked:
    """A backup that was unpacked and looked through.

    Attributes:
        info: what is known of it.
        contents: what is in it.
        present: what is in the database now; None where that cannot be read.
        foreign: whether it is of another kiosk than the database.
        keys_here: whether the keys of its kiosk are kept on this machine.
    """

    info: BackupInfo
    contents: Contents
    present: Contents | None
    foreign: bool
    keys_here: bool


@dataclass(frozen=True)
class Restored:
    """What a restore did.

    Attributes:
        contents: what is in the database now.
        before: the backup of what was replaced; None where there was nothing, or where it is kept
            as it was: not readable, or not that of this kiosk.
    """

    contents: Contents
    before: BackupInfo | None
