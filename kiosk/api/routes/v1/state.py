"""Does the service live, can it work, and what has it done?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Depends, Request, Response

from kiosk.api.accounts.auth import require
from kiosk.api.answers.problems import MEDIA_TYPE, Problem, answer
from kiosk.api.answers.schemas import Alive, Check, Ready
from kiosk.api.context import Context, Here
from kiosk.api.records import metrics
from kiosk.core.accounts.credentials import Right
from kiosk.core.errors import KioskError, ModelMissing

if TYPE_CHECKING:
    from collections.abc import Callable

router = APIRouter(prefix="/v1", tags=["Service"])
_NOT_READY: dict[int | str, dict[str, Any]] = {
    503: {
        "description": "Not ready; `checks` says what is missing.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}
_DOCTOR = "'kiosk doctor' tells more."
_HINTS = {
    "storage": _DOCTOR,
    "model": _DOCTOR,
    "streams": "Check that the server in the setting api.streams runs and accepts this program.",
}


@router.get("/health", dependencies=[Depends(require(None))], summary="Is the service alive?")
def health() -> Alive:
    """Answer, whatever else is broken. Needs no key."""
    return Alive(status="alive")


@router.get(
    "/ready",
    dependencies=[Depends(require(None))],
    response_model=Ready,
    responses=_NOT_READY,
    summary="Is the service ready?",
)
def ready(request: Request, here: Here) -> Ready | Response:
    """Look at storage, voice model and stream store. Needs no key."""
    checks = {name: _checked(look) for name, look in _looks(here).items()}
    missing = [name for name, check in checks.items() if not check.ok]
    if not missing:
        return Ready.model_validate({"status": "ready", "checks": checks})
    problem = Problem(
        status=503,
        slug="not-ready",
        title="The service is not ready",
        detail=f"Not ready: {', '.join(missing)}.",
        hint=" ".join(dict.fromkeys(_HINTS[name] for name in missing)),
        headers={"Retry-After": "5"},
        extra={"checks": {name: check.model_dump() for name, check in checks.items()}},
    )
    return answer(request.url.path, problem)


@router.get(
    "/metrics",
    dependencies=[Depends(require(Right.VERIFY))],
    response_class=Response,
    responses={200: {"description": "The text format 0.0.4.", "content": {"text/plain": {}}}},
    summary="Figures for Prometheus",
)
def show_metrics(here: Here) -> Response:
    """Return counters and histograms; no label names a person, a key or an address."""
    return Response(
        here.metrics.text(here.inference, here.streams), media_type=metrics.CONTENT_TYPE
    )


def _looks(here: Context) -> dict[str, Callable[[], object]]:
    def model() -> None:
        if not here.kiosk.engine.ready:
            raise ModelMissing("No voice model is loaded.")

    return {
        "storage": here.kiosk.health.require_able,
        "model": model,
        "streams": here.streams.ids,
    }


def _checked(look: Callable[[], object]) -> Check:
    try:
        look()
    except KioskError as error:
        # Without the hint: whoever asks for this needs no key, and is told what, not where.
        return Check(ok=False, detail=f"{error.code} {error.message}")
    return Check(ok=True, detail="")
