"""The only windows beside the kiosk's own: dialogs that ask for a file, and menus."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QWidget

from kiosk.ui.operator.export_target import free_name

if TYPE_CHECKING:
    from collections.abc import Callable


def ask_file(
    anchor: QWidget, name: str, texts: tuple[str, str], file: str, chosen: Callable[[Path], None]
) -> QFileDialog:
    """Ask where a new file shall be written; returns at once.

    In the dialog nothing can be renamed, deleted or made, and it asks nothing itself: what opens
    an event loop of its own could not be closed safely when the operator is signed out.

    Args:
        anchor: a widget on the page.
        name: object name.
        texts: title, and the words for this kind of file; translated.
        file: the name that is offered, with its suffix.
        chosen: called with the path; see
            :class:`kiosk.ui.operator.export_target.ExportTarget` for what becomes of it.
    """
    suffix = Path(file).suffix
    dialog = _dialog(anchor, name, texts, (suffix,))
    dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(suffix.removeprefix("."))
    dialog.selectFile(free_name(Path.home(), file))
    return _opened(dialog, chosen)


def ask_existing(
    anchor: QWidget,
    name: str,
    texts: tuple[str, str],
    suffixes: tuple[str, ...],
    chosen: Callable[[Path], None],
) -> QFileDialog:
    """Ask for a file that exists, as :func:`ask_file` does for a new one; returns at once.

    Args:
        anchor: a widget on the page.
        name: object name.
        texts: title, and the words for this kind of file; translated.
        suffixes: of such files, such as ``.csv``.
        chosen: called with the path.
    """
    dialog = _dialog(anchor, name, texts, suffixes)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptOpen)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    return _opened(dialog, chosen)


def _dialog(
    anchor: QWidget, name: str, texts: tuple[str, str], suffixes: tuple[str, ...]
) -> QFileDialog:
    title, kinds = texts
    dialog = QFileDialog(anchor, title)
    dialog.setObjectName(name)
    # The system's own dialog would not know the theme, and may not exist on a kiosk.
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.setOption(QFileDialog.Option.ReadOnly)
    dialog.setNameFilter(f"{kinds} ({' '.join(f'*{each}' for each in suffixes)})")
    dialog.setDirectory(str(Path.home()))
    return dialog


def _opened(dialog: QFileDialog, chosen: Callable[[Path], None]) -> QFileDialog:
    for part in (dialog, *dialog.findChildren(QWidget)):
        part.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(lambda path: chosen(Path(path)))
    dialog.open()
    return dialog


def close_windows(below: QWidget) -> None:
    """Close every menu and list that hangs open, and every dialog, the innermost first.

    Args:
        below: whose dialogs are closed.
    """
    closed: list[QWidget] = []
    while (popup := QApplication.activePopupWidget()) is not None and popup not in closed:
        closed.append(popup)
        popup.close()
    while isinstance(dialog := QApplication.activeModalWidget(), QDialog) and dialog not in closed:
        closed.append(dialog)
        dialog.reject()
    # Those that are not modal; within one another, what is found later lies further inside.
    for dialog in reversed(below.findChildren(QDialog)):
        dialog.reject()
