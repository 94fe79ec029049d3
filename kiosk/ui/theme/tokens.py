"""The design tokens as validated values; plain Python, no Qt."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Face = Literal["public", "operator"]
"""Self-service (read standing, touched) or operator (read sitting, keyboard and mouse)."""

Size = Literal["caption", "body", "title", "display"]
"""A place in the type scale of a face."""

Space = Literal["xs", "s", "m", "l", "xl", "xxl", "huge"]
"""A distance on the 8 px grid."""

Corner = Literal["small", "medium", "large"]
"""A corner radius."""

FACES: tuple[Face, ...] = ("public", "operator")
SIZES: tuple[Size, ...] = ("caption", "body", "title", "display")
SPACES: tuple[Space, ...] = ("xs", "s", "m", "l", "xl", "xxl", "huge")
CORNERS: tuple[Corner, ...] = ("small", "medium", "large")

OUTCOME_ROLES = ("positive", "warning", "negative")

ROLES: frozenset[str] = frozenset(
    {
        *("surface", "surface-raised", "surface-sunken", "outline", "outline-strong"),
        *("text", "text-muted", "text-disabled", "focus", "selection", "on-selection"),
        *("control", "control-hover", "control-edge", "neutral-soft", "on-neutral-soft"),
        *("accent", "accent-hover", "accent-pressed", "accent-soft"),
        *("on-accent", "on-accent-soft", "negative-hover", "scrim"),
        *("waveform", "waveform-idle", "gauge-track", "gauge-marker"),
        *OUTCOME_ROLES,
        *(f"{role}-soft" for role in OUTCOME_ROLES),
        *(f"on-{role}" for role in OUTCOME_ROLES),
        *(f"on-{role}-soft" for role in OUTCOME_ROLES),
    }
)
"""Every color role; each theme gives each of them."""

_HEX = re.compile(r"#[0-9a-f]{6}")


class TokensInvalid(ValueError):
    """The token file lacks something or holds something that is not permitted."""


@dataclass(frozen=True)
class Theme:
    """One set of colors.

    Attributes:
        name: key in the token file, stored as the operator's preference.
        title: English name for a menu; the menu translates it.
        dark: whether light text stands on dark surfaces.
        colors: role -> ``#rrggbb``, for every role in :data:`ROLES`.
    """

    name: str
    title: str
    dark: bool
    colors: Mapping[str, str]


@dataclass(frozen=True)
class Tokens:
    """Everything that is decided about the looks.

    Attributes:
        default: name of the theme used until somebody chooses.
        themes: by name.
        family: typeface of all text; ``display`` replaces it at the two largest public sizes.
        display: see ``family``.
        fallback: families for scripts that the bundled typeface lacks.
        type: point sizes at 100 %, by face and size.
        scale_min: smallest text scale in percent.
        scale_max: largest text scale in percent.
        scale_step: distance between offered text scales in percent.
        space: distances in pixels.
        radius: corner radii in pixels.
        target: smallest side in pixels of anything to touch or click, by face.
        focus_ring: width of the focus ring in pixels.
        motion_short: milliseconds of a small change.
        motion_long: milliseconds of a large one.
    """

    default: str
    themes: Mapping[str, Theme]
    family: str
    display: str
    fallback: tuple[str, ...]
    type: Mapping[Face, Mapping[Size, int]]
    scale_min: int
    scale_max: int
    scale_step: int
    space: Mapping[Space, int]
    radius: Mapping[Corner, int]
    target: Mapping[Face, int]
    focus_ring: int
    motion_short: int
    motion_long: int


def load_tokens(path: Path) -> Tokens:
    """Return the tokens of a file.

    Args:
        path: a TOML file such as ``resources/themes/tokens.toml``.

    Raises:
        TokensInvalid: the file is missing, is not TOML, or lacks or misnames something.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise TokensInvalid(f"the design tokens cannot be read: {exc}") from exc
    try:
        tokens = _tokens(raw)
    except KeyError as exc:
        raise TokensInvalid(f"the design tokens lack {exc}") from exc
    if tokens.default not in tokens.themes:
        raise TokensInvalid(f"the default theme {tokens.default!r} does not exist")
    return tokens


def _tokens(raw: dict[str, Any]) -> Tokens:
    scale, motion, target = raw["scale"], raw["motion"], raw["target"]
    sizes: dict[Face, Mapping[Size, int]] = {
        face: {size: _positive(raw["type"][face], size) for size in SIZES} for face in FACES
    }
    return Tokens(
        default=raw["default"],
        themes={name: _theme(name, body) for name, body in raw["themes"].items()},
        family=raw["font"]["family"],
        display=raw["font"]["display"],
        fallback=tuple(raw["font"]["fallback"]),
        type=sizes,
        scale_min=_positive(scale, "minimum"),
        scale_max=_positive(scale, "maximum"),
        scale_step=_positive(scale, "step"),
        space={name: _positive(raw["space"], name) for name in SPACES},
        radius={name: _positive(raw["radius"], name) for name in CORNERS},
        target={face: _positive(target, face) for face in FACES},
        focus_ring=_positive(target, "focus_ring"),
        motion_short=_positive(motion, "short"),
        motion_long=_positive(motion, "long"),
    )


def _positive(table: dict[str, Any], key: str) -> int:
    value = table[key]
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise TokensInvalid(f"{key} must be a positive whole number, not {value!r}")
    return value


def _theme(name: str, body: dict[str, Any]) -> Theme:
    colors: dict[str, str] = body["colors"]
    missing = sorted(ROLES - colors.keys())
    unknown = sorted(colors.keys() - ROLES)
    malformed = sorted(r for r, c in colors.items() if not _HEX.fullmatch(str(c)))
    faults = {"lacks": missing, "does not know": unknown, "misspells": malformed}
    for problem, roles in faults.items():
        if roles:
            raise TokensInvalid(f"the theme {name!r} {problem}: {', '.join(roles)}")
    return Theme(name=name, title=body["title"], dark=bool(body["dark"]), colors=dict(colors))
