"""Whether the system lets programs use the microphone; where it says no, all samples are zeros."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

from kiosk.services.health import Finding

if TYPE_CHECKING:
    from collections.abc import Callable

_STORE = (
    r"SOFTWARE\Microsoft\Windows\CurrentVersion\CapabilityAccessManager\ConsentStore\microphone"
)
_SWITCHES = (
    ("HKEY_LOCAL_MACHINE", _STORE, "microphone access for this device"),
    ("HKEY_CURRENT_USER", _STORE, "microphone access for this user"),
    ("HKEY_CURRENT_USER", _STORE + r"\NonPackaged", "microphone access for desktop apps"),
)
"""The switches of Settings > Privacy & security > Microphone, in their order."""

_POLICY = r"SOFTWARE\Policies\Microsoft\Windows\AppPrivacy"
_FORCED_OFF = 2
"""``LetAppsAccessMicrophone`` of the group policy: force deny."""


def finding(
    read: Callable[[str, str, str], object] | None = None, system: str = sys.platform
) -> Finding | None:
    """Return whether Windows lets programs use the microphone; None on other systems.

    Other systems ask for no such permission (Linux), or ask the person at the first use and tell
    no program in advance (macOS).

    Args:
        read: returns a value of the registry given root, key and name, or None; the machine's own
            registry by default.
        system: as ``sys.platform`` names it.
    """
    if system != "win32":
        return None
    read = read or _registry
    off = [words for root, key, words in _SWITCHES if read(root, key, "Value") == "Deny"]
    if read("HKEY_LOCAL_MACHINE", _POLICY, "LetAppsAccessMicrophone") == _FORCED_OFF:
        off.append("the group policy 'Let Windows apps access the microphone'")
    return Finding(
        "microphone permission",
        ok=not off,
        detail=f"switched off: {', '.join(off)}" if off else "programs may use the microphone",
        hint="Switch it on in Settings > Privacy & security > Microphone "
        "(start ms-settings:privacy-microphone).",
    )


def _registry(root: str, key: str, name: str) -> object:
    # Windows only; elsewhere the module does not exist.
    winreg = importlib.import_module("winreg")
    try:
        with winreg.OpenKey(getattr(winreg, root), key) as opened:
            return winreg.QueryValueEx(opened, name)[0]
    except OSError:
        return None
