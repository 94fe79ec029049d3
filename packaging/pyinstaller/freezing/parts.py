"""How large the frozen program is, and what makes it so: ``python -m freezing.parts DIST``."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

LARGEST = 20
_MB = 1_000_000
_LIBRARIES = "_internal"


def sizes(folder: Path) -> Counter[str]:
    """Return the bytes of each part of a frozen program.

    A part is a file of the program's folder, or one Python package with its native libraries,
    which wheels put into a folder such as ``numpy.libs`` beside it.

    Args:
        folder: the program. Symbolic links count nothing.
    """
    found: Counter[str] = Counter()
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_file():
            continue
        parts = path.relative_to(folder).parts
        inner = parts[1:] if parts[0] == _LIBRARIES and len(parts) > 1 else parts
        name = inner[0].removesuffix(".libs") if len(inner) > 1 else inner[0]
        found[name] += path.stat().st_size
    return found


def table(found: Counter[str], count: int = LARGEST) -> list[str]:
    """Return the lines that tell the total and the largest parts, in MB of 1,000,000 bytes."""
    lines = [f"{found.total() / _MB:8.1f} MB  in all"]
    largest = found.most_common(count)
    lines += [f"{size / _MB:8.1f} MB  {name}" for name, size in largest]
    rest = found.total() - sum(size for _, size in largest)
    return [*lines, f"{rest / _MB:8.1f} MB  in {max(0, len(found) - count)} other parts"]


def main() -> int:
    """Print the table of the folder that was named."""
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.stderr.write("voice-kiosk: name the folder of the frozen program.\n")
        return 2
    sys.stdout.write("\n".join(table(sizes(Path(sys.argv[1])))) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
