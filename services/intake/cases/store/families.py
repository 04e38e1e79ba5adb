"""The table of moves between cases, and every query on it.

Rule: who moves and why is ciphertext under the key of the case they leave; what two people said of it stands in its
approval.
"""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Index, Select, Table, delete, insert, or_, select, update

from services.intake.cases.model.families import STATES, Determination, Move, Terms
from services.intake.cases.store import verification
from services.intake.cases.store.journeys import JOURNEYS, VEILS
from services.intake.cases.store.lifecycle import CASES
from services.intake.database import metadata
from shared.access import Actor, visible_cases
from shared.access.approval_rows import approvals
from shared.database import ident
from shared.errors import not_found
from shared.vault import Encrypted
from shared.work import Work

MOVES = Table(
    "family_moves",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("case_id", ident(), nullable=False),
    Column("to_case_id", ident()),
    Column("approval_id", ident(), nullable=False),
    Column("terms", Encrypted, nullable=False),
    Index(None, "case_id"),
)


def visible_to(actor: Actor, now: datetime) -> Select[Any]:
    """The moves that the actor may see: those out of the cases they may see."""
    return _decided().where(MOVES.c.case_id.in_(visible_cases(actor, now)))


async def add(work: Work, move: Move, terms: Terms) -> None:
    cipher = await work.cipher(move.case_id)
    row = {
        "id": move.id,
        "case_id": move.case_id,
        "to_case_id": move.to_case_id,
        "approval_id": move.approval_id,
        "terms": cipher.encrypt_json(f"family_moves.terms/{move.id}", asdict(terms)),
    }
    await work.execute(insert(MOVES), row)


async def load(work: Work, move_id: str) -> tuple[Move, Terms]:
    """Errors: Refusal not_found, also when the case was erased."""
    row = (await work.execute(_decided().where(MOVES.c.id == move_id))).one_or_none()
    if row is None:
        raise not_found()
    return await _opened(work, row)


async def page(work: Work, case_id: str, after: str | None, limit: int) -> list[tuple[Move, Terms]]:
    """The next of a case, in order of their ids."""
    query = _decided().where(MOVES.c.case_id == case_id).order_by(MOVES.c.id).limit(limit)
    query = query if after is None else query.where(MOVES.c.id > after)
    return [await _opened(work, row) for row in (await work.execute(query)).all()]


async def done(work: Work, move_id: str, to_case_id: str) -> None:
    """A split made this case."""
    await work.execute(update(MOVES).where(MOVES.c.id == move_id).values(to_case_id=to_case_id))


async def lock_cases(work: Work, case_ids: set[str]) -> None:
    """Nobody else changes these groups until this transaction ends; in one order everywhere."""
    await work.execute(select(CASES.c.id).where(CASES.c.id.in_(case_ids)).order_by(CASES.c.id).with_for_update())


async def follow(work: Work, person_ids: tuple[str, ...], to_case_id: str, state: str) -> None:
    """Their journeys, the veils before them, and what was found about them go along."""
    moved = {"case_id": to_case_id, "intake": state}
    await work.execute(update(JOURNEYS).where(JOURNEYS.c.person_id.in_(person_ids)).values(moved))
    await verification.follow(work, person_ids, to_case_id)
    await VEILS.follow(work, await work.cipher(to_case_id), to_case_id, person_ids)


async def forget_case(work: Work, case_id: str) -> None:
    await work.execute(delete(MOVES).where(or_(MOVES.c.case_id == case_id, MOVES.c.to_case_id == case_id)))


async def _opened(work: Work, row: Any) -> tuple[Move, Terms]:
    said = (await work.cipher(row.case_id)).decrypt_json(f"family_moves.terms/{row.id}", row.terms)
    determined = [Determination(**{**it, "on": date.fromisoformat(it["on"])}) for it in said["determinations"]]
    terms = Terms(tuple(said["person_ids"]), said["code_name"], said["reason"], tuple(determined))
    about = (row.id, row.case_id, row.to_case_id, row.approval_id, row.proposed_by)
    state = "expired" if row.state == "open" and row.expires_at <= work.now else row.state
    return Move(*about, STATES[state], row.expires_at), terms


def _decided() -> Select[Any]:
    state = approvals.c.state, approvals.c.expires_at, approvals.c.proposed_by
    return select(MOVES, *state).join(approvals, approvals.c.id == MOVES.c.approval_id)
