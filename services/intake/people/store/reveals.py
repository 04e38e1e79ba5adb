"""The table of reveals, and every query on it.

Rule: what custodians said of a reveal stands in its approval; its reason, encrypted, and until when it counts, here.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Select, Table, delete, insert, select, update

from services.intake.database import metadata
from services.intake.people.model.reveals import Reveal, reveal_state
from shared.access.approval_rows import approvals
from shared.database import Instant, ident
from shared.errors import not_found
from shared.vault import Encrypted
from shared.work import Work

REVEALS = Table(
    "reveals",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("person_id", ident(), nullable=False),
    Column("case_id", ident(), nullable=False),
    Column("approval_id", ident(), nullable=False),
    Column("reason", Encrypted, nullable=False),
    Column("until", Instant),
    Index(None, "person_id"),
)


async def add(work: Work, reveal: Reveal, reason: str) -> None:
    cipher = await work.cipher(reveal.person_id)
    row = {
        "id": reveal.id,
        "person_id": reveal.person_id,
        "case_id": reveal.case_id,
        "approval_id": reveal.approval_id,
        "reason": cipher.encrypt_text(f"reveals.reason/{reveal.id}", reason),
    }
    await work.execute(insert(REVEALS), row)


async def load(work: Work, reveal_id: str) -> tuple[Reveal, str]:
    """A reveal and its reason. Errors: Refusal not_found, also when the person was erased."""
    row = (await work.execute(_reveals().where(REVEALS.c.id == reveal_id))).one_or_none()
    if row is None:
        raise not_found()
    cipher = await work.cipher(row.person_id)
    return _reveal(row, work.now), cipher.decrypt_text(f"reveals.reason/{row.id}", row.reason)


async def ids_of(work: Work, person_id: str) -> list[str]:
    return list((await work.execute(select(REVEALS.c.id).where(REVEALS.c.person_id == person_id))).scalars())


async def show_until(work: Work, reveal: Reveal, until: datetime) -> Reveal:
    """From now on, and until then, the one who asked may look."""
    await work.execute(update(REVEALS).where(REVEALS.c.id == reveal.id).values(until=until))
    return replace(reveal, state="revealed", until=until)


async def revealed_to(work: Work, person_id: str, actor_id: str) -> Reveal | None:
    """The reveal by which the actor may see now who the person is."""
    theirs = REVEALS.c.person_id == person_id, approvals.c.proposed_by == actor_id, REVEALS.c.until > work.now
    row = (await work.execute(_reveals().where(*theirs).order_by(REVEALS.c.until.desc()).limit(1))).one_or_none()
    return None if row is None else _reveal(row, work.now)


def _reveals() -> Select[Any]:
    asked = approvals.c.proposed_by, approvals.c.state, approvals.c.expires_at
    return select(REVEALS, *asked).join(approvals, approvals.c.id == REVEALS.c.approval_id)


def _reveal(row: Any, now: datetime) -> Reveal:
    state = reveal_state(row.state, row.until, now)
    return Reveal(
        row.id, row.person_id, row.case_id, row.approval_id, row.proposed_by, state, row.expires_at, row.until
    )


async def follow(work: Work, person_ids: Collection[str], case_id: str) -> None:
    """They are on this case from now on."""
    await work.execute(update(REVEALS).where(REVEALS.c.person_id.in_(person_ids)).values(case_id=case_id))


async def forget(work: Work, person_id: str) -> None:
    await work.execute(delete(REVEALS).where(REVEALS.c.person_id == person_id))
