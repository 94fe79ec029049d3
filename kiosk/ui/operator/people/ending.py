"""Who will be erased soon, above the table of people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.ui.widgets.hearing.hint_banner import HintBanner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.ui.theme.controller import ThemeController

_NAMED = 3


class EndingNotice(HintBanner):
    """Names those whose period of keeping ends soon; takes no room when there are none.

    Args:
        theme: gives looks.
    """

    def __init__(self, theme: ThemeController) -> None:
        super().__init__(theme)
        self.setObjectName("people.ending")
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(False)
        self.setSizePolicy(policy)

    def show_ending(self, ending: Sequence[tuple[int, str]]) -> None:
        """Show whom it concerns: in how many days, and the ID, the next first."""
        if not ending:
            self.clear()
            return
        named = ", ".join(self._when(days, user_id) for days, user_id in ending[:_NAMED])
        if len(ending) > _NAMED:
            more = self.tr("{0}, and {1} more").replace("{0}", named)
            named = more.replace("{1}", str(len(ending) - _NAMED))
        text = self.tr(
            "Upcoming deletions, not verified for a long time: {0}. To keep somebody longer, "
            "verify or re-enroll them."
        )
        self.show_hint(text.replace("{0}", named), "warning")

    def _when(self, days: int, user_id: str) -> str:
        if days <= 0:
            text = self.tr("{0} (today)")
        elif days == 1:
            text = self.tr("{0} (tomorrow)")
        else:
            text = self.tr("{0} (in {1} days)").replace("{1}", str(days))
        return text.replace("{0}", user_id)
