"""The longer queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import String, case, cast, func, null, select
from sqlalchemy.orm import aliased

from kiosk.core.people.users import PeopleOrder
from kiosk.storage.database.tables import AttemptRow, PersonRow, TakeRow, VoiceprintRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, ScalarSelect, Select, Subquery

    ListedColumns = tuple[str, str, bool, Any]
    EmbeddingColumns = tuple[PersonRow, str, int | None, bytes | None, str | None, int | None]
    SummaryColumns = tuple[
        PersonRow,
        int | None,
        str | None,
        datetime | None,
        datetime | None,
        datetime | None,
        float | None,
        str | None,
    ]

SEPARATOR = "\n"
"""Between the identities of models in one value; none of them holds a line break."""


def embeddings(model_id: str, user_id: str | None = None) -> Select[*EmbeddingColumns]:
    """Return the query for the takes of everybody's voiceprint of a model, or of one person's.

    Columns: the person; the ID of the enrollment; position, sealed embedding, key and dimensions of
    the take. A voiceprint without takes gives a row of nulls: it must show, for it is damaged.
    """
    query = (
        select(
            PersonRow,
            VoiceprintRow.enrollment_id,
            TakeRow.position,
            TakeRow.embedding,
            TakeRow.key_id,
            TakeRow.dim,
        )
        .join(VoiceprintRow, VoiceprintRow.person_id == PersonRow.id)
        .outerjoin(TakeRow, TakeRow.voiceprint_id == VoiceprintRow.id)
        .where(VoiceprintRow.model_id == model_id)
        .order_by(PersonRow.user_id, TakeRow.position)
    )
    return query if user_id is None else query.where(PersonRow.user_id == user_id)


def stamps(model_id: str) -> Select[str, str]:
    """Return the query for who is enrolled with a model: the person, and the enrollment."""
    return (
        select(PersonRow.user_id, VoiceprintRow.enrollment_id)
        .join(VoiceprintRow, VoiceprintRow.person_id == PersonRow.id)
        .where(VoiceprintRow.model_id == model_id)
    )


def all_voiceprints(model_id: str) -> Select[str | None]:
    """Return the query for number and time of every voiceprint of a model, as one text.

    Both, for SQLite gives numbers again that others had, and a clock may be set back.
    """
    each = cast(VoiceprintRow.id, String) + " " + cast(VoiceprintRow.created_at, String)
    rows = (
        select(each.label("each"))
        .where(VoiceprintRow.model_id == model_id)
        .order_by(VoiceprintRow.id)
        .subquery()
    )
    return select(func.aggregate_strings(rows.c.each, ","))


def takes(user_id: str, model_id: str) -> Select[datetime, dict[str, object]]:
    """Return the query for the takes of one voiceprint, without their embeddings."""
    return (
        select(TakeRow.created_at, TakeRow.quality)
        .join(VoiceprintRow, VoiceprintRow.id == TakeRow.voiceprint_id)
        .join(PersonRow, PersonRow.id == VoiceprintRow.person_id)
        .where(PersonRow.user_id == user_id, VoiceprintRow.model_id == model_id)
        .order_by(TakeRow.position)
    )


def summaries(user_ids: Sequence[str] | None = None) -> Select[*SummaryColumns]:
    """Return the query for the People table: one row a person.

    Columns: the person; number of takes, model and time of the newest voiceprint; time of the last
    attempt; time of the last verified attempt; the newest score, of whatever outcome; the models of
    all voiceprints, separated by :data:`SEPARATOR`, in no order.

    Args:
        user_ids: only these people, at most some thousands; everybody when None.
    """
    counted, attempted = _newest_voiceprints(user_ids), _last_attempts(user_ids)
    query = (
        select(
            PersonRow,
            counted.c.takes,
            counted.c.model_id,
            counted.c.created_at,
            attempted.c.last_at,
            attempted.c.verified_at,
            _last_score(),
            _models(),
        )
        .outerjoin(counted, (counted.c.person_id == PersonRow.id) & (counted.c.age == 1))
        .outerjoin(attempted, attempted.c.user_id == PersonRow.user_id)
        .order_by(PersonRow.user_id)
    )
    return query if user_ids is None else query.where(PersonRow.user_id.in_(user_ids))


def listed(order: PeopleOrder) -> Select[*ListedColumns]:
    """Return the query for everybody: ID, name, whether enabled, and what they are ordered by."""
    counted, attempted = _newest_voiceprints(), _last_attempts()
    values: dict[PeopleOrder, ColumnElement[Any]] = {
        PeopleOrder.STATE: _models(),
        PeopleOrder.MODEL: _models(),
        PeopleOrder.TAKES: counted.c.takes,
        PeopleOrder.ENROLLED: counted.c.created_at,
        PeopleOrder.VERIFIED: attempted.c.verified_at,
        PeopleOrder.SCORE: _last_score(),
    }
    value = values.get(order, null())
    query = select(PersonRow.user_id, PersonRow.name, PersonRow.enabled, value)
    if order in (PeopleOrder.TAKES, PeopleOrder.ENROLLED):
        query = query.outerjoin(
            counted, (counted.c.person_id == PersonRow.id) & (counted.c.age == 1)
        )
    elif order is PeopleOrder.VERIFIED:
        query = query.outerjoin(attempted, attempted.c.user_id == PersonRow.user_id)
    return query.order_by(PersonRow.user_id)


def _newest_voiceprints(user_ids: Sequence[str] | None = None) -> Subquery:
    query = (
        select(
            VoiceprintRow.person_id,
            VoiceprintRow.model_id,
            VoiceprintRow.created_at,
            func.count(TakeRow.id).label("takes"),
            func.row_number()
            .over(
                partition_by=VoiceprintRow.person_id,
                order_by=(VoiceprintRow.created_at.desc(), VoiceprintRow.id.desc()),
            )
            .label("age"),
        )
        .outerjoin(TakeRow, TakeRow.voiceprint_id == VoiceprintRow.id)
        .group_by(VoiceprintRow.id)
    )
    if user_ids is not None:
        wanted = select(PersonRow.id).where(PersonRow.user_id.in_(user_ids))
        query = query.where(VoiceprintRow.person_id.in_(wanted))
    return query.subquery()


def _last_attempts(user_ids: Sequence[str] | None = None) -> Subquery:
    query = select(
        AttemptRow.user_id,
        func.max(AttemptRow.at).label("last_at"),
        func.max(case((AttemptRow.outcome == "verified", AttemptRow.at))).label("verified_at"),
    ).group_by(AttemptRow.user_id)
    if user_ids is not None:
        query = query.where(AttemptRow.user_id.in_(user_ids))
    return query.subquery()


def _last_score() -> ScalarSelect[float | None]:
    newest = aliased(AttemptRow)
    return (
        select(newest.score)
        .where(newest.user_id == PersonRow.user_id, newest.score.is_not(None))
        .order_by(newest.at.desc(), newest.id.desc())
        .limit(1)
        .correlate(PersonRow)
        .scalar_subquery()
    )


def _models() -> ScalarSelect[str]:
    return (
        select(func.aggregate_strings(VoiceprintRow.model_id, SEPARATOR))
        .where(VoiceprintRow.person_id == PersonRow.id)
        .correlate(PersonRow)
        .scalar_subquery()
    )
