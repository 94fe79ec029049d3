"""What the demo did and whether every decision was right."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Decision:
    """One verification.

    Attributes:
        speaker: who spoke.
        claimed: the ID that was claimed.
        expected: the outcome that is right.
        outcome: what the kiosk decided and stored.
        score: cosine score; None when nothing was compared.
        threshold: the threshold in force.
    """

    speaker: str
    claimed: str
    expected: str
    outcome: str
    score: float | None
    threshold: float

    @property
    def right(self) -> bool:
        """Return whether the decision was the expected one."""
        return self.outcome == self.expected


@dataclass
class DemoReport:
    """Everything that a reader of the demo's output wants to know."""

    model_id: str = ""
    microphone: str = ""
    decisions: list[Decision] = field(default_factory=list)
    screenshots: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Return whether there were decisions and every one was right."""
        return bool(self.decisions) and all(decision.right for decision in self.decisions)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON-ready values."""
        return {
            "passed": self.passed,
            "model_id": self.model_id,
            "microphone": self.microphone,
            "decisions": [
                {**asdict(decision), "right": decision.right} for decision in self.decisions
            ],
            "screenshots": self.screenshots,
        }
