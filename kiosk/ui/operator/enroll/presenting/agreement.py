"""To which text a person agrees: the languages that there are, and the one that is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.core.people.consent import ConsentText
    from kiosk.services.people.consent import Consents


class Agreement(QObject):
    """The consent texts of one enrollment after the other.

    Signals:
        changed: another text is shown.

    Attributes:
        texts: one in each language, the site's own language first.
        shown: the text that is shown, which is agreed to; None before they were read.

    Args:
        consents: knows the texts.
        parent: Qt parent.
    """

    changed = Signal()

    def __init__(self, consents: Consents, parent: QObject) -> None:
        super().__init__(parent)
        self._consents = consents
        self.texts: tuple[ConsentText, ...] = ()
        self.shown: ConsentText | None = None

    def read(self) -> list[ConsentText]:
        """Return the texts as they are now; in the recognition thread.

        Raises:
            ResourcesMissing: there is none; nobody can be enrolled then.
        """
        return [self._consents.text(language) for language in self._consents.languages()]

    def offer(self, texts: Sequence[ConsentText]) -> None:
        """Show the first of these texts, or the one in the language of the person before."""
        language = self.shown.language if self.shown is not None else ""
        self.texts = tuple(texts)
        found = [text for text in texts if text.language == language]
        self.shown = found[0] if found else texts[0]
        self.changed.emit()

    def choose(self, language: str) -> None:
        """Show the text in another language."""
        for text in self.texts:
            if text.language == language and text is not self.shown:
                self.shown = text
                self.changed.emit()
