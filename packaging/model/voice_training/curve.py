"""The learning curve as a picture: EER on the validation lists over the steps."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voice_training.layout import Layout

_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _BOTTOM = 640, 400, 50, 30, 190, 40
_COLOURS = ("#000000", "#1b6ca8", "#c0392b", "#2e8b57", "#8e5ea2", "#b8860b", "#4a4a4a", "#d2691e")


def learning_curve(layout: Layout, names: list[str]) -> str:
    """Return an SVG of what the validations have found so far.

    Args:
        layout: the working folder.
        names: of the lists, or ``mean``.

    Raises:
        OSError: nothing was validated.
        ValueError: a list was never measured.
    """
    lines = (layout.run / "validation.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    places, before, last = [], 0, 0
    sitting = entries[0]["sitting"] if entries else 0
    for entry in entries:
        if entry["sitting"] != sitting:
            sitting, before = entry["sitting"], last
        last = before + entry["step"]
        places.append(last)
    missing = [name for name in names if any(name not in entry["eer"] for entry in entries)]
    if missing or not entries:
        raise ValueError(f"not measured: {', '.join(missing) or 'anything'}")
    rows = {name: [100.0 * entry["eer"][name] for entry in entries] for name in names}
    return _drawn(places, rows)


def _drawn(places: list[int], rows: dict[str, list[float]]) -> str:
    most = max(max(row) for row in rows.values()) * 1.05
    end = max(max(places), 1)

    def at(step: float, rate: float) -> str:
        across = _LEFT + (_WIDTH - _LEFT - _RIGHT) * step / end
        down = _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * rate / most
        return f"{across:.1f},{down:.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        f'<text x="{_LEFT}" y="18">EER in % at 3 s, validation speakers, over steps</text>',
    ]
    for tick in range(0, int(most) + 1, 2):
        x, y = at(0, tick).split(",")
        far = at(end, tick).split(",")[0]
        parts.append(f'<path d="M{x} {y}H{far}" stroke="#ddd"/>')
        parts.append(
            f'<text x="{_LEFT - 8}" y="{float(y) + 4:.1f}" text-anchor="end">{tick}</text>'
        )
    for part in range(5):
        step = end * part // 4
        x = at(step, 0).split(",")[0]
        parts.append(f'<text x="{x}" y="{_HEIGHT - 20}" text-anchor="middle">{step}</text>')
    for number, (name, row) in enumerate(rows.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        points = " ".join(at(step, rate) for step, rate in zip(places, row, strict=True))
        thick = 3 if name == "mean" else 1.5
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{thick}"/>'
        )
        label = f"{name.removeprefix('validation-')}: {row[-1]:.1f}"
        beside = _TOP + 18 * number + 8
        parts.append(
            f'<text x="{_WIDTH - _RIGHT + 12}" y="{beside}" fill="{colour}">{label}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])
