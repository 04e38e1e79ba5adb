"""Answers kept for a day, so that a repeated request changes nothing and gets the same answer.

Rule: the key is claimed in the transaction of the change, so of two equal requests at once the second waits and then
reads the first one's answer. Answers are kept encrypted.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson
from sqlalchemy import Column, Index, String, Table, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from shared.database import FOUNDATION, Instant, Transaction, ident
from shared.errors import invalid
from shared.vault import Encrypted
from shared.web.calls import Posted
from shared.work import Work

ANSWERS = Table(
    "answers",
    FOUNDATION,
    Column("actor_id", ident(), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("answer", Encrypted),
    Column("kept_at", Instant, nullable=False),
    Index("ix_answers_kept_at", "kept_at"),
)

KEEP = timedelta(hours=24)


@dataclass(frozen=True)
class Answer:
    """What was said: status, JSON body, and the version of the thing changed where it has one."""

    status: int
    body: bytes
    version: int | None

    def packed(self) -> bytes:
        return orjson.dumps({"status": self.status, "version": self.version, "body": self.body.decode()})

    @classmethod
    def unpacked(cls, packed: bytes) -> "Answer":
        raw = orjson.loads(packed)
        return cls(raw["status"], raw["body"].encode(), raw["version"])


async def claim(work: Work, call: Posted) -> Answer | None:
    """Claim the call's key; the first answer if it was claimed before.

    Errors: Refusal invalid when the same key came with another request.
    """
    insert = (sqlite if work.dialect == "sqlite" else postgresql).insert(ANSWERS)
    row = {"actor_id": call.actor.id, "key": call.key, "digest": call.digest, "kept_at": datetime.now(UTC)}
    claimed = await work.execute(insert.on_conflict_do_nothing(), row)
    if claimed.rowcount == 1:
        return None
    found = await work.execute(
        select(ANSWERS.c.digest, ANSWERS.c.answer).where(ANSWERS.c.actor_id == call.actor.id, ANSWERS.c.key == call.key)
    )
    first = found.one()
    if first.digest != call.digest:
        raise invalid("idempotency_key_reused", "This Idempotency-Key was used for another request.")
    return Answer.unpacked(work.vault.own().decrypt(_context(call), first.answer))


async def keep(work: Work, call: Posted, answer: Answer) -> None:
    """Remember the answer beside its claimed key."""
    await work.execute(
        update(ANSWERS)
        .where(ANSWERS.c.actor_id == call.actor.id, ANSWERS.c.key == call.key)
        .values(answer=work.vault.own().encrypt(_context(call), answer.packed()))
    )


async def forget_old(tx: Transaction) -> None:
    """Drop answers older than a day."""
    await tx.execute(delete(ANSWERS).where(ANSWERS.c.kept_at < datetime.now(UTC) - KEEP))


def _context(call: Posted) -> str:
    return f"answer:{call.actor.id}:{call.key}"
