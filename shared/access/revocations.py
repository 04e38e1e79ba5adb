"""Whose tokens are no longer believed, however long they would still be valid.

Rule: what was issued to somebody up to their instant, by a clock that may be LEEWAY_S ahead of ours, is refused, and so
is what was renewed of a sign-in up to then; a later one counts again. Every process keeps the whole set in memory,
because it is asked on every call. Real time only: tokens do not live on the domain clock.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Column, Table, select

from shared.access.grants import Executes
from shared.database import FOUNDATION, Instant, ident, insert_for

revocations = Table(
    "revocations",
    FOUNDATION,
    Column("actor_id", ident(), primary_key=True),
    Column("before", Instant, nullable=False),
)

LEEWAY_S = 30
"""How far the issuer's clock may be from ours, in seconds."""


class Revocations:
    """What this process knows of them."""

    def __init__(self) -> None:
        self._before: Mapping[str, datetime] = {}

    def refuse(self, actor_id: str, shown_at: float) -> bool:
        """Whether a token of which the actor showed who they are at this second of real time counts no longer."""
        before = self._before.get(actor_id)
        return before is not None and shown_at <= before.timestamp() + LEEWAY_S

    def note(self, actor_id: str, before: datetime) -> None:
        """Known here at once; other processes learn it from the table."""
        self._before = {**self._before, actor_id: before}

    async def refresh(self, ex: Executes) -> None:
        """Learn what stands in the table."""
        rows = await ex.execute(select(revocations.c.actor_id, revocations.c.before))
        self._before = {row.actor_id: row.before for row in rows}


async def write_revocation(ex: Executes, dialect: str, actor_id: str, before: datetime) -> None:
    """The latest instant stays, in whatever order they come."""
    insert = insert_for(dialect, revocations)
    later = insert.on_conflict_do_update(
        index_elements=[revocations.c.actor_id],
        set_={"before": insert.excluded.before},
        where=insert.excluded.before > revocations.c.before,
    )
    await ex.execute(later, {"actor_id": actor_id, "before": before})
