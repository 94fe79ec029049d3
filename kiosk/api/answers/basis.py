"""How a score came about, as it is answered."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

SCORE = (
    "How alike the voices are, in [-1, 1]; accepted from the threshold on. Where the voice models "
    "are calibrated the threshold is 0.25, whatever the policy."
)


class Answer(BaseModel):
    """Base of everything answered: exactly the documented members, and all of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Basis(Answer):
    """How a score came about."""

    scorer: str = Field(
        description="What made it; scores of two scorers mean different things.",
        examples=["site:ecapa-kiosk-2+campplus"],
    )
    cosines: dict[str, float] = Field(description="Cosine score by voice model.")
    llr: float | None = Field(
        description="Natural log-likelihood ratio; `null` where the models are not calibrated."
    )
    one_in: int | None = Field(
        description="The policy: at most one impostor in so many reaches the threshold; `null` "
        "where it was set by hand."
    )
