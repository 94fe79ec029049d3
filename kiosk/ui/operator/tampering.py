"""Says above every page that something is not as the audit records say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from kiosk.ui.widgets.hearing.hint_banner import HintBanner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from kiosk.ui.theme.controller import ThemeController


class TamperingNotice(HintBanner):
    """Stays for as long as somebody is signed in; takes no room when there is nothing to say.

    Args:
        theme: gives looks.
        parent: Qt parent.
    """

    def __init__(self, theme: ThemeController, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setObjectName("operator.tampering")
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(False)
        self.setSizePolicy(policy)

    def tell(self, warnings: Sequence[str]) -> None:
        """Show what was found at the start, or nothing.

        Args:
            warnings: see :attr:`kiosk.services.records.audit.Audit.warnings`.
        """
        if not warnings:
            self.clear()
            return
        text = _tr("Somebody has changed the database. {0}").replace("{0}", warnings[0])
        if len(warnings) > 1:
            text += " " + _tr("And {0} more.").replace("{0}", str(len(warnings) - 1))
        advice = _tr("Tell an administrator. 'kiosk audit verify' lists every change.")
        self.show_hint(f"{text} {advice}", "negative")


def _tr(text: str) -> str:
    return QCoreApplication.translate("tampering", text)
