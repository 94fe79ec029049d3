"""The sound system as PortAudio sees it."""

from __future__ import annotations

import importlib
from typing import Any


def facts() -> list[tuple[str, str]]:
    """Return PortAudio's version, its host APIs and every input.

    Raises:
        OSError: PortAudio is not installed.
    """
    library = importlib.import_module("sounddevice")
    devices = list(library.query_devices())
    hosts = list(library.query_hostapis())
    rows = [("PortAudio", str(library.get_portaudio_version()[1]))]
    for host in hosts:
        own = [devices[number] for number in host["devices"]]
        default = host["default_input_device"]
        chosen = str(devices[default]["name"]) if default >= 0 else "none"
        rows.append(
            (
                f"host API {host['name']}",
                f"{sum(map(_is_input, own))} inputs of {len(own)} devices, default {chosen}",
            )
        )
    return rows + [
        (f"input {hosts[device['hostapi']]['name']}: {device['name']}", _described(device))
        for device in devices
        if _is_input(device)
    ]


def _is_input(device: dict[str, Any]) -> bool:
    return int(device["max_input_channels"]) > 0


def _described(device: dict[str, Any]) -> str:
    least, most = (device[f"default_{name}_input_latency"] for name in ("low", "high"))
    return (
        f"{device['max_input_channels']} channels, {device['default_samplerate']:.0f} Hz, "
        f"latency {1e3 * least:.0f} to {1e3 * most:.0f} ms"
    )
