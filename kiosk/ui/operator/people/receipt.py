"""A consent receipt as a PDF, to be printed or kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF
from PySide6.QtGui import QFont, QPageLayout, QPageSize, QPdfWriter, QTextDocument

from kiosk.core.people.consent_document import as_html
from kiosk.ui.operator.export_target import ExportTarget

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from kiosk.core.people.consent import ConsentDocument
    from kiosk.services.people.consent import Consents

_MARGIN_MM = 20.0
_POINTS = 10
_DPI = 300


def pdf_of(document: ConsentDocument) -> bytes:
    """Return a receipt as PDF, A4; may run in any thread."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(f"Consent receipt {document.receipt.receipt_id}")
    writer.setResolution(_DPI)
    margins = QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
    page = QPageSize(QPageSize.PageSizeId.A4)
    layout = QPageLayout(
        page, QPageLayout.Orientation.Portrait, margins, QPageLayout.Unit.Millimeter
    )
    writer.setPageLayout(layout)
    text = QTextDocument()
    text.setDefaultFont(QFont("Inter", _POINTS))
    text.setHtml(as_html(document))
    text.print_(writer)
    # It ends the file when it is destroyed.
    del writer
    buffer.close()
    return bytes(buffer.data().data())


def write_receipt(consents: Consents, user_id: str, path: Path, guarded: Iterable[Path]) -> None:
    """Write a person's newest receipt as a PDF that only this user may read; recorded.

    Args:
        consents: knows the receipts.
        user_id: of the person.
        path: the file.
        guarded: the kiosk's own folders.

    Raises:
        UnknownUser, ConsentMissing: there is none.
        InvalidInput: nothing may or can be written there.
        NotPermitted: who acts may not hand it out.
    """
    document = consents.latest(user_id)
    ExportTarget(path, ".pdf", guarded).write(pdf_of(document))
    consents.handed_out(document)
