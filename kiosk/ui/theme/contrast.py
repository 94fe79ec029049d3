"""Which colors meet on screen, and how well they can be told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.ui.theme.tokens import OUTCOME_ROLES

if TYPE_CHECKING:
    from kiosk.ui.theme.tokens import Theme

_SURFACES = ("surface", "surface-raised", "surface-sunken")

TEXT_PAIRS: tuple[tuple[str, str], ...] = (
    *(("text", surface) for surface in _SURFACES),
    *(("text-muted", surface) for surface in _SURFACES),
    *(("accent", surface) for surface in ("surface", "surface-raised")),
    *(("text", control) for control in ("control", "control-hover")),
    *(("on-accent", fill) for fill in ("accent", "accent-hover", "accent-pressed")),
    ("on-accent-soft", "accent-soft"),
    ("on-neutral-soft", "neutral-soft"),
    ("on-selection", "selection"),
    ("on-negative", "negative-hover"),
    *((f"on-{role}", role) for role in OUTCOME_ROLES),
    *((f"on-{role}-soft", f"{role}-soft") for role in OUTCOME_ROLES),
    *((role, surface) for role in OUTCOME_ROLES for surface in ("surface", "surface-raised")),
)
"""(foreground, background) of everything that is read."""

GRAPHIC_PAIRS: tuple[tuple[str, str], ...] = (
    *(("focus", surface) for surface in _SURFACES),
    ("focus", "selection"),
    *(("outline-strong", surface) for surface in ("surface", "surface-raised")),
    *(("waveform", surface) for surface in _SURFACES),
    *(("waveform-idle", surface) for surface in _SURFACES),
    *(("warning", surface) for surface in _SURFACES),
    *((role, "gauge-track") for role in (*OUTCOME_ROLES, "accent", "gauge-marker")),
)
"""(foreground, background) of everything that carries meaning without being read."""


def luminance(color: str) -> float:
    """Return the relative luminance in [0, 1] of ``#rrggbb`` (WCAG 2.2, "relative luminance")."""

    def linear(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(int(color[i : i + 2], 16)) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio in [1, 21] of two colors (WCAG 2.2, "contrast ratio")."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def shortfalls(theme: Theme, text: float, graphic: float) -> list[str]:
    """Return the pairs whose contrast is too small, in words.

    Args:
        theme: whose colors are judged.
        text: ratio that text needs; WCAG asks 4.5 (AA) or 7 (AAA).
        graphic: ratio that everything else needs; WCAG asks 3.
    """
    found = []
    for pairs, least in ((TEXT_PAIRS, text), (GRAPHIC_PAIRS, graphic)):
        for front, back in pairs:
            ratio = contrast(theme.colors[front], theme.colors[back])
            if ratio < least:
                found.append(f"{theme.name}: {front} on {back} is {ratio:.2f}, needs {least}")
    return found
