"""The longer queries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import String, case, cast, func, select
from sqlalchemy.orm import aliased

from kiosk.storage.tables import AttemptRow, PersonRow, TakeRow, VoiceprintRow

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Select

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


def summaries() -> Select[*SummaryColumns]:
    """Return the query for the People table: one row a person.

    Columns: the person; number of takes, model and time of the newest voiceprint; time of the last
    attempt; time of the last verified attempt; the newest score, of whatever outcome; the models of
    all voiceprints, separated by :data:`SEPARATOR`, in no order.
    """
    counted = (
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
        .subquery()
    )
    attempted = (
        select(
            AttemptRow.user_id,
            func.max(AttemptRow.at).label("last_at"),
            func.max(case((AttemptRow.outcome == "verified", AttemptRow.at))).label("verified_at"),
        )
        .group_by(AttemptRow.user_id)
        .subquery()
    )
    newest = aliased(AttemptRow)
    last_score = (
        select(newest.score)
        .where(newest.user_id == PersonRow.user_id, newest.score.is_not(None))
        .order_by(newest.at.desc(), newest.id.desc())
        .limit(1)
        .correlate(PersonRow)
        .scalar_subquery()
    )
    models = (
        select(func.aggregate_strings(VoiceprintRow.model_id, SEPARATOR))
        .where(VoiceprintRow.person_id == PersonRow.id)
        .correlate(PersonRow)
        .scalar_subquery()
    )
    return (
        select(
            PersonRow,
            counted.c.takes,
            counted.c.model_id,
            counted.c.created_at,
            attempted.c.last_at,
            attempted.c.verified_at,
            last_score,
            models,
        )
        .outerjoin(counted, (counted.c.person_id == PersonRow.id) & (counted.c.age == 1))
        .outerjoin(attempted, attempted.c.user_id == PersonRow.user_id)
        .order_by(PersonRow.user_id)
    )
