"""Takes that earlier versions stored in the clear: sealed amid the migration, and never later.

A row in the clear that is found in a database of the present schema was put there by somebody
else. Were it ever sealed, whoever can write the database could make a voiceprint of their own one
that the kiosk trusts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from kiosk.core.errors import KeyUnavailable
from kiosk.core.keys.ports import Binding, Sealed
from kiosk.storage.database.blobs import from_bytes
from kiosk.storage.database.tables import PersonRow, TakeRow, VoiceprintRow
from kiosk.storage.enroll.enrollments import TAKE, new_enrollment_id

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from kiosk.core.keys.ports import TemplateBox

REVISIONS = frozenset({"0001", "0002"})
"""Schemas of versions that encrypted nothing."""


def seal(connection: Connection, box: TemplateBox | None) -> int:
    """Seal all takes, in the transaction in which the schema became the present one.

    What is damaged is of no use to anybody, but must not stay in the clear either: nothing is put
    in its place, and whoever it belongs to must be enrolled again.

    Args:
        connection: amid that transaction.
        box: of the vault; may be None where nobody is enrolled.

    Returns:
        How many takes there were.

    Raises:
        KeyUnavailable: there are no keys to seal them with; nothing may be committed.
    """
    voiceprints = connection.execute(
        select(VoiceprintRow.id, VoiceprintRow.model_id, PersonRow.user_id).join(
            PersonRow, PersonRow.id == VoiceprintRow.person_id
        )
    ).all()
    count = connection.execute(select(func.count()).select_from(TakeRow)).scalar_one()
    if count and box is None:
        raise KeyUnavailable("The database was opened without its keys.")
    for voiceprint_id, model_id, user_id in voiceprints:
        enrollment_id = new_enrollment_id()
        connection.execute(
            update(VoiceprintRow)
            .where(VoiceprintRow.id == voiceprint_id)
            .values(enrollment_id=enrollment_id)
        )
        takes = connection.execute(
            select(TakeRow.id, TakeRow.position, TakeRow.embedding, TakeRow.dim).where(
                TakeRow.voiceprint_id == voiceprint_id
            )
        ).all()
        for take in takes:
            assert box is not None, "there is a box where there are takes"
            binding = Binding(user_id, model_id, TAKE, take.position, enrollment_id, len(takes))
            sealed = _sealed(box, take, binding)
            connection.execute(
                update(TakeRow)
                .where(TakeRow.id == take.id)
                .values(embedding=sealed.data, key_id=sealed.key_id)
            )
    return int(count)


def _sealed(box: TemplateBox, take: Any, binding: Binding) -> Sealed:
    try:
        opened = from_bytes(take.embedding, take.dim, binding.model_id)
    except ValueError:
        return Sealed(box.key_id, b"")
    sealed = box.seal(opened, binding)
    opened.wipe()
    return sealed
