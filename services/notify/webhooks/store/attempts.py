"""The attempts to send a delivery: begun before anything leaves, and ended when the outcome is known."""

from datetime import datetime

from sqlalchemy import Column, Integer, String, Table, insert, update

from services.notify.database import metadata
from shared.database import Instant, ident
from shared.work import Work

ATTEMPTS = Table(
    "delivery_attempts",
    metadata,
    Column("delivery_id", ident(), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("began_at", Instant, nullable=False),
    Column("outcome", String(32)),
)


async def begin(work: Work, delivery_id: str, number: int, real_now: datetime) -> None:
    await work.execute(insert(ATTEMPTS), {"delivery_id": delivery_id, "number": number, "began_at": real_now})


async def end(work: Work, delivery_id: str, number: int, outcome: str) -> None:
    """Until then the outcome is unknown."""
    which = (ATTEMPTS.c.delivery_id == delivery_id) & (ATTEMPTS.c.number == number)
    await work.execute(update(ATTEMPTS).where(which).values(outcome=outcome))
