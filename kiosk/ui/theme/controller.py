"""The looks in force: which theme, how large the text, how much motion."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QIcon, QPixmap

from kiosk.ui.accessibility import reduced_motion
from kiosk.ui.theme.fonts import register_fonts
from kiosk.ui.theme.icons import IconSet
from kiosk.ui.theme.parts import Parts
from kiosk.ui.theme.style import build_palette, build_style_sheet, points
from kiosk.ui.theme.tokens import FACES, Theme, Tokens, load_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QApplication, QWidget

    from kiosk.ui.theme.tokens import Corner, Face, Size, Space

# What the style sheet shows as an image: (file name, icon, role).
_IMAGES = (
    ("check", "check", "on-accent"),
    ("check-disabled", "check", "text-disabled"),
    ("dot", "dot", "on-accent"),
    ("chevron-down", "chevron-down", "text-muted"),
    ("chevron-up", "chevron-up", "text-muted"),
)


class ThemeController(QObject):
    """Applies a theme to the application, and answers every question about looks.

    Signals:
        changed: theme, text scale or motion is another. Whatever paints itself is told by
            :meth:`follow`, in its turn.

    Args:
        app: what gets palette and font.
        resources: folder with ``fonts``, ``icons`` and ``themes``.
        parent: Qt parent.

    Raises:
        TokensInvalid: the token file is unusable.
        FontsMissing: the bundled typeface is not there.
    """

    changed = Signal()

    def __init__(self, app: QApplication, resources: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._app = app
        self._tokens = load_tokens(resources / "themes" / "tokens.toml")
        self._templates = (
            (resources / "themes" / "common.qss").read_text(encoding="utf-8"),
            (resources / "themes" / "face.qss").read_text(encoding="utf-8"),
        )
        register_fonts(resources / "fonts")
        self.icons = IconSet(resources / "icons")
        self._theme = self._tokens.themes[self._tokens.default]
        self._scale = self._tokens.scale_min
        self._reduced: bool | None = None
        self._parts = Parts(self)
        self._icons: dict[tuple[str, str, int], QIcon] = {}
        """In the present colors; tables ask for the same ones again and again."""
        # Style sheets take images from files only, so the tinted ones are written to a folder.
        self._folder = Path(mkdtemp(prefix="kiosk-theme-"))
        app.setStyle("Fusion")
        app.setFont(self.font("body", "public"))
        self._apply()

    # --- what is in force --------------------------------------------------------------------

    @property
    def tokens(self) -> Tokens:
        """Return the design tokens."""
        return self._tokens

    @property
    def theme(self) -> Theme:
        """Return the theme in force."""
        return self._theme

    @property
    def text_scale(self) -> int:
        """Return the text scale in percent."""
        return self._scale

    @property
    def reduced_motion(self) -> bool:
        """Return whether nothing should move: as was set, or else as the system asks."""
        return reduced_motion() if self._reduced is None else self._reduced

    # --- changes -----------------------------------------------------------------------------

    def set_theme(self, name: str) -> None:
        """Show another theme.

        Args:
            name: key of :attr:`Tokens.themes`; an unknown one (a preference that an older
                version stored) means the default.
        """
        theme = self._tokens.themes.get(name, self._tokens.themes[self._tokens.default])
        if theme != self._theme:
            self._theme = theme
            self._apply()

    def set_text_scale(self, percent: int) -> None:
        """Make all text larger or smaller; values beyond the bounds are pulled to them."""
        scale = max(self._tokens.scale_min, min(self._tokens.scale_max, percent))
        if scale != self._scale:
            self._scale = scale
            self._apply()

    def set_reduced_motion(self, reduced: bool | None) -> None:
        """Say whether things move; None leaves it to the system."""
        if reduced != self._reduced:
            self._reduced = reduced
            self._tell()

    def dress(self, widget: QWidget, face: Face) -> None:
        """Give a part of the window its looks, now and whenever they change.

        Args:
            widget: a page, or something else that lies in no other part; before it is first shown.
            face: self-service or operator, for everything in it.
        """
        set_face(widget, face)
        self._parts.dress(widget, face)

    def follow(self, restyle: Callable[[], None]) -> None:
        """Call a method of a widget or a model whenever the looks have changed.

        Soon where it can be seen, in its turn where not, and for as long as it lives.
        """
        self._parts.follow(restyle)

    def sheet(self, faces: Sequence[Face] = FACES) -> str:
        """Return the style sheet of some faces; see :func:`build_style_sheet`."""
        images = self._images()
        return build_style_sheet(
            self._tokens, self._theme, self._scale, self._templates, images, faces
        )

    def settle(self) -> None:
        """Do at once what would be done in turns."""
        self._parts.settle()

    def close(self) -> None:
        """Remove the images written for the style sheets."""
        self._parts.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    # --- answers -----------------------------------------------------------------------------

    def color(self, role: str) -> QColor:
        """Return the color of a role.

        Raises:
            KeyError: there is no such role.
        """
        return QColor(self._theme.colors[role])

    def font(
        self,
        size: Size = "body",
        at: QWidget | Face = "public",
        weight: QFont.Weight = QFont.Weight.Normal,
        *,
        tabular: bool = False,
    ) -> QFont:
        """Return a font, for widgets that paint themselves.

        Args:
            size: place in the type scale.
            at: the face, or a widget somewhere on it.
            weight: Normal, Medium or DemiBold.
            tabular: digits of equal width, so that a changing number does not jump.
        """
        face = at if isinstance(at, str) else face_of(at)
        large = face == "public" and size == "display"
        family = self._tokens.display if large else self._tokens.family
        font = QFont([family, *self._tokens.fallback])
        font.setPointSizeF(points(self._tokens, face, size, self._scale))
        font.setWeight(weight)
        if tabular:
            font.setFeature(QFont.Tag.fromString("tnum"), 1)
        return font

    def pixmap(self, name: str, role: str, size: int, ratio: float = 1.0) -> QPixmap:
        """Return an icon in the color of a role.

        Args:
            name: of the icon.
            role: of the color.
            size: side in pixels.
            ratio: device pixel ratio of the widget that shows it.

        Raises:
            KeyError: there is no such icon or role.
        """
        return self.icons.pixmap(name, self.color(role), size, ratio)

    def icon(self, name: str, role: str = "text", size: int = 24) -> QIcon:
        """Return an icon for buttons and tables; grayed by itself when disabled.

        It keeps its color: ask again on :attr:`changed`, or use
        :class:`kiosk.ui.widgets.buttons.Button`, which does.
        """
        key = (name, role, size)
        if key not in self._icons:
            icon = self._icons[key] = QIcon()
            for ratio in (1.0, 2.0):
                icon.addPixmap(self.pixmap(name, role, size, ratio))
                faded = self.pixmap(name, "text-disabled", size, ratio)
                icon.addPixmap(faded, QIcon.Mode.Disabled)
        return self._icons[key]

    def space(self, name: Space) -> int:
        """Return a distance in pixels."""
        return self._tokens.space[name]

    def radius(self, name: Corner) -> int:
        """Return a corner radius in pixels."""
        return self._tokens.radius[name]

    def target(self, at: QWidget | Face = "public") -> int:
        """Return the smallest side in pixels of something to touch."""
        return self._tokens.target[at if isinstance(at, str) else face_of(at)]

    def motion(self, long: bool = False) -> int:
        """Return how many milliseconds a change takes; 0 when nothing should move."""
        if self.reduced_motion:
            return 0
        return self._tokens.motion_long if long else self._tokens.motion_short

    # --- doing it ----------------------------------------------------------------------------

    def _apply(self) -> None:
        scheme = Qt.ColorScheme.Dark if self._theme.dark else Qt.ColorScheme.Light
        if self._app.styleHints().colorScheme() is not scheme:
            self._app.styleHints().setColorScheme(scheme)
        self._icons.clear()
        self._app.setPalette(build_palette(self._theme))
        self._parts.sheets = {face: self.sheet((face,)) for face in FACES}
        self._tell()

    def _tell(self) -> None:
        self.changed.emit()
        self._parts.spread()

    def _images(self) -> dict[str, str]:
        paths = {}
        for image, icon, role in _IMAGES:
            # Qt keeps images by file name, so each theme has its own.
            file = self._folder / f"{self._theme.name}-{image}.svg"
            if not file.exists():
                file.write_bytes(self.icons.svg(icon, self.color(role)))
            paths[image] = file.as_posix()
        return paths


def set_face(widget: QWidget, face: Face) -> None:
    """Say that a widget and everything in it belong to a face; before it is first shown."""
    widget.setProperty("face", face)


def face_of(widget: QWidget) -> Face:
    """Return the face that a widget stands on; public when nothing says otherwise."""
    at: QWidget | None = widget
    while at is not None:
        said = at.property("face")
        for face in FACES:
            if said == face:
                return face
        at = at.parentWidget()
    return "public"
