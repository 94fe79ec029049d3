"""The people: list, show, change, erase; their attempts and voiceprints."""

from __future__ import annotations

from bisect import bisect_right
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from kiosk.api.accounts.auth import admitted, require
from kiosk.api.answers.erased import DOCUMENTED, backups_in
from kiosk.api.answers.people import (
    Attempts,
    Erased,
    People,
    PersonChange,
    PersonDetails,
    Voiceprints,
)
from kiosk.api.context import Here
from kiosk.api.routes.v1 import records
from kiosk.api.routes.v1.answers import (
    PAGE,
    Cursor,
    ExternalId,
    Limit,
    cursor_of,
    failures,
    mark_of,
    not_a_cursor,
)
from kiosk.core.accounts.credentials import Right
from kiosk.core.errors import InvalidInput
from kiosk.core.people.users import clean_user_id

router = APIRouter(prefix="/v1", tags=["People"], dependencies=[Depends(require(Right.PEOPLE))])
_ALL_ATTEMPTS = 1_000_000


@router.get("/people", responses=failures(400), summary="List the people, by ID")
def list_people(here: Here, limit: Limit = PAGE, cursor: Cursor = None) -> People:
    """Return one page. People who are enrolled meanwhile appear on a later page or not at all."""
    # Sorted here: how a database orders letters depends on its settings, and cursors must not.
    everybody = sorted(here.kiosk.people.everybody(), key=lambda row: row.person.user_id)
    ids = [row.person.user_id for row in everybody]
    start = 0 if cursor is None else bisect_right(ids, mark_of(cursor))
    page = everybody[start : start + limit]
    more = start + limit < len(everybody)
    deciding = here.kiosk.models.comparing()
    return People(
        people=[records.row(each, deciding) for each in page],
        next_cursor=cursor_of(page[-1].person.user_id) if more else None,
    )


@router.delete(
    "/people",
    responses={200: {"headers": DOCUMENTED}, **failures(400)},
    summary="Delete everyone",
)
def erase_everybody(
    here: Here,
    response: Response,
    confirm: Annotated[Literal["true"], Query(description="Must be `true`: it cannot be undone.")],
) -> Erased:
    """Erase all people with their voiceprints and attempts."""
    del confirm  # it has been checked
    proof = here.kiosk.erase.everybody()
    response.headers.update(backups_in(proof))
    return Erased(deleted_count=proof.people)


@router.get("/people/{external_id}", responses=failures(400, 404), summary="Show a person")
def show_person(here: Here, external_id: ExternalId) -> PersonDetails:
    """Return what is known of a person, without anything biometric."""
    person, takes = here.kiosk.people.details(clean_user_id(external_id))
    return records.details(person, takes)


@router.patch(
    "/people/{external_id}",
    responses=failures(400, 404, 507),
    summary="Rename, disable or enable a person",
)
def change_person(here: Here, external_id: ExternalId, change: PersonChange) -> PersonDetails:
    """Change what is sent, and leave the rest."""
    user_id = clean_user_id(external_id)
    sent = change.model_fields_set
    if not sent:
        raise InvalidInput("There is nothing to change.", hint="Send 'name', 'enabled' or both.")
    if "name" in sent:
        here.kiosk.people.rename(user_id, change.name)
    if "enabled" in sent:
        here.kiosk.people.set_enabled(user_id, enabled=change.enabled)
    return records.details(*here.kiosk.people.details(user_id))


@router.delete(
    "/people/{external_id}",
    status_code=204,
    responses={204: {"headers": DOCUMENTED}, **failures(400, 404)},
    summary="Delete a person",
)
def erase_person(here: Here, external_id: ExternalId) -> Response:
    """Erase a person with voiceprints and attempts."""
    proof = here.kiosk.people.remove(clean_user_id(external_id))
    return Response(status_code=204, headers=backups_in(proof))


@router.get(
    "/people/{external_id}/attempts",
    responses=failures(400, 404),
    summary="List a person's attempts, newest first",
)
def list_attempts(
    here: Here, external_id: ExternalId, limit: Limit = PAGE, cursor: Cursor = None
) -> Attempts:
    """Return one page of decisions, as they were made."""
    user_id = clean_user_id(external_id)
    wanted = limit + 1 if cursor is None else _ALL_ATTEMPTS
    attempts = here.kiosk.people.attempts(user_id, wanted)
    if cursor is not None:
        mark = mark_of(cursor)
        ids = [attempt.attempt_id for attempt in attempts]
        if mark not in ids:
            raise not_a_cursor()
        attempts = attempts[ids.index(mark) + 1 :]
    page = attempts[:limit]
    return Attempts(
        attempts=[records.attempt(each) for each in page],
        next_cursor=cursor_of(page[-1].attempt_id) if len(attempts) > limit else None,
    )


@router.get(
    "/people/{external_id}/voiceprints",
    responses=failures(400, 404),
    summary="Show a person's voiceprints",
)
def show_voiceprints(
    here: Here,
    request: Request,
    external_id: ExternalId,
    raw: Annotated[
        bool,
        Query(description="With the numbers; needs a key with the right `voiceprints`."),
    ] = False,
) -> Voiceprints:
    """Return which voiceprints there are, and on demand the embeddings of their takes."""
    user_id = clean_user_id(external_id)
    if raw:
        admitted(request, Right.VOICEPRINTS)
    person, takes = here.kiosk.people.details(user_id)
    found = here.kiosk.people.voiceprints(user_id) if raw else []
    return records.voiceprints(person.user_id, takes, found)
