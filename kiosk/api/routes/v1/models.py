"""Which voice models are installed."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from kiosk.api.accounts.auth import require
from kiosk.api.answers.schemas import VoiceModel, VoiceModels
from kiosk.api.context import Here
from kiosk.core.accounts.credentials import Right

router = APIRouter(prefix="/v1", tags=["Service"])


@router.get(
    "/models",
    dependencies=[Depends(require(Right.VERIFY))],
    summary="List the installed voice models",
)
def list_models(here: Here) -> VoiceModels:
    """Return the models, the built-in one first. Choosing one is for operators at the machine."""
    # What is chosen, and not what is loaded: whoever is verified next is verified by that.
    models = here.kiosk.models
    in_use, also = models.chosen(), models.also()
    return VoiceModels(
        models=[
            VoiceModel(
                model_id=card.model_id,
                title=card.title,
                dim=card.dim,
                threshold=models.threshold(card),
                default_threshold=card.threshold,
                threshold_basis=card.threshold_basis,
                licence=card.licence,
                builtin=card.builtin,
                in_use=card.model_id == in_use,
                also_enrolled=card.model_id == also,
            )
            for card in models.installed()
        ]
    )
