"""The schema of the API, and the pages that show it without the internet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml
from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import FileResponse
from starlette.responses import RedirectResponse, Response

from kiosk.api.accounts.auth import require
from kiosk.api.answers.problems import MEDIA_TYPE, AsciiJson, ours
from kiosk.api.answers.schemas import Problem, SeedMessage
from kiosk.installation import version
from kiosk.resources import resources_dir

if TYPE_CHECKING:
    from fastapi import FastAPI

TITLE = "Voice kiosk"
_INTRODUCTION = """Enroll voices and verify them.

Routes under `/v1` take recordings as files and answer failures as RFC 9457 problems. The others
are those of VoiceVerifier and SpeechEngine: recordings are uploaded in pieces to a stream, and
failures are `{"message": "..."}`.

A service that listens on 127.0.0.1 needs no key from programs on the same machine, unless they ask
for raw voiceprints. All others, and everybody where it listens elsewhere, show one as
`Authorization: Bearer KEY` or `X-API-Key: KEY`; `kiosk api-key create` makes it.
"""
_TAGS = [
    {"name": "Verifications", "description": "Is this the voice of the claimed person?"},
    {"name": "Identifications", "description": "Who is speaking?"},
    {"name": "Enrollments", "description": "Make voiceprints."},
    {"name": "People", "description": "Who is enrolled."},
    {"name": "Service", "description": "Voice models, state and figures."},
]
_SCHEMAS = "#/components/schemas/"
_EVERYWHERE = {
    401: "The API key is missing or not accepted.",
    403: "The API key lacks the right that this asks for, or the request comes from a web page "
    "that may not use the service.",
    421: "The service is not known under the name in the `Host` header.",
    429: "Too many requests of this client; `Retry-After` says when to try again.",
    500: "An unexpected error occurred. The log has the details under `incident`.",
    503: "Too many recordings wait, or the database does not answer.",
}
_WITH_BODY = {
    408: "The body did not arrive in time.",
    413: "The body is too large.",
}
_HEADERS = {"Cache-Control": "no-cache"}
"""Kept, and asked about again; everything else that the service answers is not kept at all."""
_KEYLESS = frozenset({"/v1/health", "/v1/ready"})
_FILES = {
    "swagger-ui": frozenset(
        {"favicon-32x32.png", "start.js", "swagger-ui-bundle.js", "swagger-ui.css"}
    ),
    "redoc": frozenset({"redoc.standalone.js"}),
}

# Without a key: a browser sends none with an address that somebody types, and nothing here is about
# anybody.
router = APIRouter(include_in_schema=False, dependencies=[Depends(require(None))])


def install(app: FastAPI) -> None:
    """Add the pages, and let an application document itself as :func:`schema_of` does.

    It must have been made without documentation of its own.
    """

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = schema_of(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # as the framework's manual has it
    app.include_router(router)


def schema_of(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of all routes, with every status that they answer."""
    document = get_openapi(
        title=TITLE,
        version=version(),
        summary="Voice biometrics without the internet",
        description=_INTRODUCTION,
        routes=app.routes,
        tags=_TAGS,
    )
    for path, operations in document["paths"].items():
        for operation in operations.values():
            _complete(path, operation)
    schemas = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for model in (Problem, SeedMessage):
        own = model.model_json_schema(ref_template=_SCHEMAS + "{model}")
        schemas |= own.pop("$defs", {})
        schemas[model.__name__] = own
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    return document


def _complete(path: str, operation: dict[str, Any]) -> None:
    responses: dict[str, Any] = operation["responses"]
    if path in _KEYLESS:
        operation.pop("security", None)
    # The framework's own: here it is 400 and of another shape. One that a route documents stays.
    if "HTTPValidationError" in str(responses.get("422", "")):
        del responses["422"]
    if ours(path):
        statuses = _EVERYWHERE | (_WITH_BODY if "requestBody" in operation else {})
        for status, meaning in statuses.items():
            content = {MEDIA_TYPE: {"schema": {"$ref": f"{_SCHEMAS}Problem"}}}
            responses.setdefault(str(status), {"description": meaning, "content": content})
    operation["responses"] = dict(sorted(responses.items()))


@router.get("/swagger.json")
def schema_as_json(request: Request) -> Response:
    """Return the schema."""
    return AsciiJson(request.app.openapi())


@router.get("/swagger.yaml")
def schema_as_yaml(request: Request) -> Response:
    """Return the schema as YAML."""
    state = request.app.state
    if not hasattr(state, "schema_yaml"):  # it takes most of a second, and never changes
        state.schema_yaml = yaml.dump(
            request.app.openapi(), Dumper=_Plain, sort_keys=False, allow_unicode=True
        )
    return Response(state.schema_yaml, media_type="application/yaml")


@router.get("/swagger")
@router.get("/redoc")
def with_slash(request: Request) -> Response:
    """Send to the page, whose parts are addressed relative to it."""
    return RedirectResponse(f"{request.url.path.rpartition('/')[2]}/")


@router.get("/swagger/")
def swagger() -> Response:
    """Return the page of Swagger UI."""
    return _file("swagger-ui", "index.html")


@router.get("/swagger/{name}")
def swagger_file(name: str) -> Response:
    """Return what the page of Swagger UI is made of."""
    return _part("swagger-ui", name)


@router.get("/redoc/")
def redoc() -> Response:
    """Return the page of ReDoc."""
    return _file("redoc", "index.html")


@router.get("/redoc/{name}")
def redoc_file(name: str) -> Response:
    """Return what the page of ReDoc is made of."""
    return _part("redoc", name)


class _Plain(yaml.SafeDumper):  # type: ignore[misc]
    """Writes each part where it stands; by default what is used twice becomes a reference."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _part(folder: str, name: str) -> Response:
    if name not in _FILES[folder]:  # the licences lie there too, and nobody chooses a path
        raise HTTPException(404)
    return _file(folder, name)


def _file(folder: str, name: str) -> Response:
    return FileResponse(resources_dir() / "api-docs" / folder / name, headers=_HEADERS)
