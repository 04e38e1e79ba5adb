"""The claims table and every query on it. Claims are about numbers, not about people, and stand in clear."""

from typing import Any

from sqlalchemy import Boolean, Column, Date, Index, Integer, Select, String, Table, Text, insert, select

from services.intake.database import metadata
from services.intake.testimony.model import Claim
from shared.database import Instant, ident
from shared.work import Work

CLAIMS = Table(
    "claims",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("topic", String(40), nullable=False),
    Column("qualifier", String(12), nullable=False),
    Column("value", Integer, nullable=False),
    Column("definition", Text, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("source", Text, nullable=False),
    Column("verified", Boolean, nullable=False),
    Column("recorded_by", ident(), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Index(None, "topic", "as_of", "id"),
)


def visible_to(actor_id: str) -> Select[Any]:
    """Every member of staff who may read claims sees all of them."""
    return select(CLAIMS)


async def add(work: Work, claim: Claim) -> None:
    await work.execute(insert(CLAIMS), {**vars(claim), "recorded_by": work.actor.id, "recorded_at": work.now})


async def of_topic(work: Work, topic: str) -> list[Claim]:
    """All claims on a topic, in order of their as-of dates."""
    query = visible_to(work.actor.id).where(CLAIMS.c.topic == topic).order_by(CLAIMS.c.as_of, CLAIMS.c.id)
    return [
        Claim(row.id, row.topic, row.qualifier, row.value, row.definition, row.as_of, row.source, row.verified)
        for row in await work.execute(query)
    ]
