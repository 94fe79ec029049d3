"""What Windows shows of the programs under Properties > Details, as PyInstaller reads it.

The format is that of PyInstaller's ``EXE(version=...)``: a text that builds a VSVersionInfo.
"""

from __future__ import annotations

from pathlib import Path

from releasing.version import numbers, version

DESCRIPTIONS = {"kiosk": "Voice kiosk (command line)", "voice-kiosk": "Voice kiosk"}
_ENGLISH, _UNICODE = 0x0409, 1200


def text(program: str) -> str:
    """Return the version resource of a program.

    Args:
        program: its name without suffix.

    Raises:
        KeyError: there is no such program.
    """
    whole = version()
    four = numbers(whole)
    strings = {
        "CompanyName": "Voice kiosk contributors",
        "FileDescription": DESCRIPTIONS[program],
        "FileVersion": whole,
        "InternalName": program,
        "LegalCopyright": "Licensed under the Apache License 2.0",
        "OriginalFilename": f"{program}.exe",
        "ProductName": "Voice kiosk",
        "ProductVersion": whole,
    }
    table = ",\n        ".join(f"StringStruct({k!r}, {v!r})" for k, v in strings.items())
    return f"""# Made by releasing/version_resource.py.
VSVersionInfo(
    ffi=FixedFileInfo(filevers={four}, prodvers={four}, mask=0x3F, flags=0, OS=0x40004,
                      fileType=1, subtype=0, date=(0, 0)),
    kids=[
        StringFileInfo([StringTable("{_ENGLISH:04x}{_UNICODE:04x}", [
        {table}])]),
        VarFileInfo([VarStruct("Translation", [{_ENGLISH}, {_UNICODE}])]),
    ],
)
"""


def written(program: str, folder: str) -> str:
    """Write the version resource of a program into a folder, and return its file."""
    file = Path(folder) / f"{program}.version.txt"
    file.write_text(text(program), encoding="utf-8")
    return str(file)
