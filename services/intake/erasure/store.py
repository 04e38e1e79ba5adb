"""The table of proposals to erase somebody, and every query on it.

Rule: what became of a proposal stands in its approval, and nowhere else. The reason is told under the key of the
person, and goes with it.
"""

from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Column, Index, Select, Table, Text, insert, select, update

from services.intake.database import metadata
from services.intake.erasure.model import Proposal
from shared.access import Actor, visible_cases
from shared.access.approval_rows import approval_signatures, approvals
from shared.database import ident
from shared.errors import not_found
from shared.vault import Encrypted
from shared.work import Work

PROPOSALS = Table(
    "erasure_proposals",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("person_id", ident(), nullable=False),
    Column("case_id", ident(), nullable=False),
    Column("approval_id", ident(), nullable=False),
    Column("requests", Text, nullable=False),
    Column("reason", Encrypted),
    Index(None, "person_id"),
)


def visible_to(actor: Actor, now: datetime) -> Select[Any]:
    """The proposals that the actor may see: those in the cases they may see."""
    return _decided().where(PROPOSALS.c.case_id.in_(visible_cases(actor, now)))


async def add(work: Work, proposal: Proposal, reason: str) -> None:
    cipher = await work.cipher(proposal.person_id)
    row = {
        "id": proposal.id,
        "person_id": proposal.person_id,
        "case_id": proposal.case_id,
        "approval_id": proposal.approval_id,
        "requests": orjson.dumps(proposal.requests).decode(),
        "reason": cipher.encrypt_text(f"erasure_proposals.reason/{proposal.id}", reason),
    }
    await work.execute(insert(PROPOSALS), row)


async def load(work: Work, proposal_id: str) -> Proposal:
    """Errors: Refusal not_found."""
    row = (await work.execute(_decided().where(PROPOSALS.c.id == proposal_id))).one_or_none()
    if row is None:
        raise not_found()
    return _proposal(row)


async def concerned(work: Work, proposal_id: str) -> set[str]:
    """Who proposed it, and who signed; nobody when it is not there."""
    signed = approval_signatures.c.approval_id == approvals.c.id
    tables = PROPOSALS.join(approvals, approvals.c.id == PROPOSALS.c.approval_id)
    query = select(approvals.c.proposed_by, approval_signatures.c.actor_id).where(PROPOSALS.c.id == proposal_id)
    rows = await work.execute(query.select_from(tables.outerjoin(approval_signatures, signed)))
    return {who for row in rows for who in row if who}


async def open_of(work: Work, person_id: str) -> list[Proposal]:
    """What was proposed about a person and not decided."""
    undecided = (PROPOSALS.c.person_id == person_id) & (approvals.c.state == "open")
    return [_proposal(row) for row in await work.execute(_decided().where(undecided))]


async def reason(work: Work, proposal: Proposal) -> str | None:
    """Why; None once the person is erased."""
    box = (await work.execute(select(PROPOSALS.c.reason).where(PROPOSALS.c.id == proposal.id))).scalar_one()
    ciphers = await work.ciphers([proposal.person_id])
    if box is None or proposal.person_id not in ciphers:
        return None
    return ciphers[proposal.person_id].decrypt_text(f"erasure_proposals.reason/{proposal.id}", box)


async def forget(work: Work, person_id: str) -> None:
    """What was said about why goes; that it was proposed and decided stays."""
    await work.execute(update(PROPOSALS).where(PROPOSALS.c.person_id == person_id).values(reason=None))


def _proposal(row: Any) -> Proposal:
    return Proposal(
        row.id,
        row.person_id,
        row.case_id,
        row.approval_id,
        tuple(orjson.loads(row.requests)),
        row.state,
        row.proposed_by,
        row.expires_at,
    )


def _decided() -> Select[Any]:
    known = approvals.c.state, approvals.c.proposed_by, approvals.c.expires_at
    return select(PROPOSALS, *known).join(approvals, approvals.c.id == PROPOSALS.c.approval_id)
