"""Contacts that were tried before there was a case: when and by whom in clear, all else under the request's key."""

from collections.abc import Collection

from sqlalchemy import Column, Index, Table, delete, insert, select

from services.intake.database import metadata
from services.intake.requests.model.contacting import Tried
from shared.database import Instant, ident
from shared.vault import Encrypted
from shared.work import Work

CONTACTS = Table(
    "contact_attempts",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("request_id", ident(), nullable=False),
    Column("said", Encrypted, nullable=False),
    Column("by_id", ident(), nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "request_id", "at"),
)


async def add(work: Work, tried: Tried) -> None:
    cipher = await work.cipher(tried.request_id)
    said = {"whom": tried.whom, "channel": tried.channel, "result": tried.result, "note": tried.note}
    row = {
        "id": tried.id,
        "request_id": tried.request_id,
        "said": cipher.encrypt_json(f"contact_attempts.said/{tried.id}", said),
        "by_id": tried.by,
        "at": tried.at,
    }
    await work.execute(insert(CONTACTS), row)


async def of_request(work: Work, request_id: str) -> list[Tried]:
    """Oldest first."""
    query = select(CONTACTS).where(CONTACTS.c.request_id == request_id).order_by(CONTACTS.c.at, CONTACTS.c.id)
    rows = (await work.execute(query)).all()
    cipher = await work.cipher(request_id)
    said = [cipher.decrypt_json(f"contact_attempts.said/{row.id}", row.said) for row in rows]
    return [
        Tried(row.id, row.request_id, **told, by=row.by_id, at=row.at) for row, told in zip(rows, said, strict=True)
    ]


async def forget(work: Work, request_ids: Collection[str]) -> None:
    await work.execute(delete(CONTACTS).where(CONTACTS.c.request_id.in_(request_ids)))
