"""Answers kept for a day, so that a repeated request changes nothing and gets the same answer.

Rule: the key is claimed in the transaction of the change, so of two equal requests at once the second waits and then
reads the first one's answer. Answers are kept encrypted under a key of the day, destroyed two days later, so that no
old backup of the database opens them. An erasure empties those about the person and their case: the Idempotency-Key
stays claimed, so that nothing is done twice.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid5

import orjson
from sqlalchemy import Column, Index, String, Table, Text, delete, or_, select, update

from shared.database import FOUNDATION, Instant, Transaction, ident, insert_for
from shared.errors import conflict, invalid
from shared.vault import Encrypted, SubjectCipher, Vault
from shared.web.calls import Posted
from shared.work import Work

ANSWERS = Table(
    "answers",
    FOUNDATION,
    Column("actor_id", ident(), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("answer", Encrypted),
    Column("about", Text),
    Column("kept_at", Instant, nullable=False),
    Index("ix_answers_kept_at", "kept_at"),
)

KEEP = timedelta(hours=24)

KEYS_LAST = timedelta(days=2)
KEYS_SOUGHT = 366
"""Days before that of which a key may still be there, when the service has not run for long."""

_DAYS = UUID("6f0c4a52-9d0e-4b53-8a57-2f1f3b1c7e90")


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

    Errors: Refusal invalid when the same key came with another request; conflict when its answer was erased.
    """
    insert = insert_for(work.dialect, ANSWERS)
    row = {"actor_id": call.actor.id, "key": call.key, "digest": call.digest, "kept_at": datetime.now(UTC)}
    claimed = await work.execute(insert.on_conflict_do_nothing(), row)
    if claimed.rowcount == 1:
        return None
    found = await work.execute(
        select(ANSWERS.c.digest, ANSWERS.c.answer, ANSWERS.c.kept_at).where(
            ANSWERS.c.actor_id == call.actor.id, ANSWERS.c.key == call.key
        )
    )
    first = found.one()
    if first.digest != call.digest:
        raise invalid("idempotency_key_reused", "This Idempotency-Key was used for another request.")
    subject = key_of_day(work.tools.service, first.kept_at.date())
    cipher = (await work.ciphers([subject])).get(subject)
    if first.answer is None or cipher is None:
        raise conflict("answer_erased", "This was done before; what it answered was erased.")
    return Answer.unpacked(cipher.decrypt(_context(call), first.answer))


async def keep(work: Work, call: Posted, answer: Answer) -> None:
    """Remember the answer beside its claimed key, and whom the call was about."""
    about = {it for entry in work.entries for it in (entry.case_id, *entry.subjects) if it is not None}
    now = datetime.now(UTC)
    box = (await _cipher(work, now.date())).encrypt(_context(call), answer.packed())
    await work.execute(
        update(ANSWERS)
        .where(ANSWERS.c.actor_id == call.actor.id, ANSWERS.c.key == call.key)
        .values(answer=box, about=" ".join(sorted(about)), kept_at=now)
    )


async def blank_about(work: Work, ids: Collection[str]) -> None:
    """Empty the answers of calls about one of these ids, and those of which nobody wrote down what they are about."""
    concerned = or_(ANSWERS.c.about.is_(None), *(ANSWERS.c.about.contains(it) for it in sorted(ids)))
    await work.execute(update(ANSWERS).where(concerned).values(answer=None))


async def forget_old(tx: Transaction) -> None:
    """Drop answers older than a day."""
    await tx.execute(delete(ANSWERS).where(ANSWERS.c.kept_at < datetime.now(UTC) - KEEP))


async def drop_keys(vault: Vault, service: str, today: date) -> None:
    """Destroy the keys of days of which no answer is kept any more."""
    last = today - KEYS_LAST
    await vault.drop([key_of_day(service, last - timedelta(days=before)) for before in range(KEYS_SOUGHT)])


def key_of_day(service: str, day: date) -> str:
    """Under which name the key store holds the key of a day's answers."""
    return uuid5(_DAYS, f"{service}/{day.isoformat()}").hex


async def _cipher(work: Work, day: date) -> SubjectCipher:
    """The key of a day, made with its first answer."""
    subject = key_of_day(work.tools.service, day)
    found = await work.ciphers([subject])
    if subject not in found:
        work.create_key(subject)
        found = await work.ciphers([subject])
    return found[subject]


def _context(call: Posted) -> str:
    return f"answers.answer/{call.actor.id}/{call.key}"
