"""The tables of what is kept until when and of legal holds, and every query on them and on who waits."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Integer, Select, String, Table, delete, func, insert, select, update

from services.intake.database import metadata
from services.intake.requests.store.requests import REQUESTS
from services.intake.retention.model import Hold, Kept
from services.intake.threads.store import THREADS
from shared.access import Actor, recused_cases, staff_with
from shared.access.approval_rows import approvals
from shared.database import Instant, Slice, ident, insert_for, paged
from shared.errors import conflict, not_found
from shared.vault import Encrypted, SubjectCipher
from shared.work import Work

GUARDIAN = "data_protection"

KEPT = Table(
    "kept",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("outcome", Encrypted, nullable=False),
    Column("ended_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("state", String(8), nullable=False),
    Index(None, "until"),
)
"""id: of the case or request."""

HOLDS = Table(
    "legal_holds",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("place_id", ident(), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("reason", Encrypted, nullable=False),
    Column("set_by", ident(), nullable=False),
    Column("set_at", Instant, nullable=False),
    Column("lifted_at", Instant),
    Column("version", Integer, nullable=False),
    Index(None, "place_id"),
)

LIFTINGS = Table(
    "hold_liftings",
    metadata,
    Column("approval_id", ident(), primary_key=True),
    Column("hold_id", ident(), nullable=False),
    Column("reason", Encrypted, nullable=False),
    Index(None, "hold_id"),
)


def visible_to(actor: Actor, now: datetime) -> Select[Any]:
    """What is kept until when, for data protection, but for cases that they are recused from."""
    return select(KEPT).where(staff_with(actor, GUARDIAN), KEPT.c.id.not_in(recused_cases(actor)))


async def keep(work: Work, kept: Kept) -> None:
    """From now on until then, whatever was said before."""
    cipher = await work.cipher(kept.place_id)
    row = {
        "id": kept.place_id,
        "kind": kept.kind,
        "outcome": cipher.encrypt(f"kept.outcome/{kept.place_id}", kept.outcome.ljust(24).encode()),
        "ended_at": kept.ended_at,
        "until": kept.until,
        "state": kept.state,
    }
    put = insert_for(work.dialect, KEPT)
    changed = {name: put.excluded[name] for name in row if name != "id"}
    await work.execute(put.on_conflict_do_update(index_elements=[KEPT.c.id], set_=changed), row)


async def release(work: Work, place_ids: Collection[str]) -> None:
    await work.execute(delete(KEPT).where(KEPT.c.id.in_(place_ids)))


async def known(work: Work, place_id: str) -> Kept | None:
    """Locked until the transaction ends."""
    rows = (await work.execute(select(KEPT).where(KEPT.c.id == place_id).with_for_update())).all()
    found = await _kept(work, rows)
    return found[0] if found else None


async def mark(work: Work, place_id: str, state: str) -> None:
    await work.execute(update(KEPT).where(KEPT.c.id == place_id).values(state=state))


async def page(work: Work, after: str | None, limit: int) -> Slice[Kept]:
    """What goes first stands first."""
    rows = (await work.execute(paged(visible_to(work.actor, work.now), (KEPT.c.until, KEPT.c.id), after, limit))).all()
    return Slice.of(rows, limit, await _kept(work, rows))


async def add_hold(work: Work, hold: Hold) -> None:
    cipher = await work.cipher(hold.place_id)
    row = {name: getattr(hold, name) for name in ("id", "place_id", "kind", "set_by", "set_at", "version")}
    await work.execute(
        insert(HOLDS), {**row, "reason": cipher.encrypt_text(f"legal_holds.reason/{hold.id}", hold.reason)}
    )


async def load_hold(work: Work, hold_id: str) -> Hold:
    """Errors: Refusal not_found."""
    row = (await work.execute(select(HOLDS).where(HOLDS.c.id == hold_id))).one_or_none()
    if row is None:
        raise not_found()
    return _hold(await work.cipher(row.place_id), row)


async def page_of_holds(work: Work, after: str | None, limit: int) -> Slice[Hold]:
    """Those that hold, and those that were lifted, as they were set."""
    query = select(HOLDS).where(HOLDS.c.place_id.not_in(recused_cases(work.actor)))
    rows = (await work.execute(paged(query, (HOLDS.c.set_at, HOLDS.c.id), after, limit))).all()
    ciphers = await work.ciphers({row.place_id for row in rows})
    return Slice.of(rows, limit, [_hold(ciphers[row.place_id], row) for row in rows if row.place_id in ciphers])


async def held_among(work: Work, place_ids: Collection[str]) -> set[str]:
    """Those of these cases and requests under a legal hold."""
    query = select(HOLDS.c.place_id).where(HOLDS.c.place_id.in_(place_ids), HOLDS.c.lifted_at.is_(None))
    return set((await work.execute(query)).scalars())


async def add_lifting(work: Work, approval_id: str, hold: Hold, reason: str) -> None:
    box = (await work.cipher(hold.place_id)).encrypt_text(f"hold_liftings.reason/{approval_id}", reason)
    await work.execute(insert(LIFTINGS), {"approval_id": approval_id, "hold_id": hold.id, "reason": box})


async def lifting_of(work: Work, hold: Hold, approval_id: str) -> str:
    """Why it was proposed to lift it. Errors: Refusal conflict when nobody proposed it."""
    query = select(LIFTINGS).where(LIFTINGS.c.approval_id == approval_id, LIFTINGS.c.hold_id == hold.id)
    row = (await work.execute(query)).one_or_none()
    if row is None:
        raise conflict("not_proposed", "Nobody proposed to lift this hold.")
    return (await work.cipher(hold.place_id)).decrypt_text(f"hold_liftings.reason/{approval_id}", row.reason)


async def why_lifted(work: Work, hold: Hold) -> str | None:
    """Why it is proposed to lift it, while that waits for a second person."""
    waiting = (approvals.c.id == LIFTINGS.c.approval_id) & (approvals.c.state == "open")
    query = select(LIFTINGS).join(approvals, waiting).where(LIFTINGS.c.hold_id == hold.id)
    row = (await work.execute(query)).one_or_none()
    if row is None:
        return None
    return (await work.cipher(hold.place_id)).decrypt_text(f"hold_liftings.reason/{row.approval_id}", row.reason)


async def request_state(work: Work, request_id: str) -> str | None:
    """None for one that is not there."""
    found = await work.execute(select(REQUESTS.c.state).where(REQUESTS.c.id == request_id))
    state: str | None = found.scalar_one_or_none()
    return state


async def requests_of(work: Work, place_id: str) -> list[str]:
    """The requests that became a case; or the request itself, with those merged into it."""
    of = (REQUESTS.c.id == place_id) | (REQUESTS.c.case_id == place_id) | (REQUESTS.c.merged_into == place_id)
    return list((await work.execute(select(REQUESTS.c.id).where(of))).scalars())


async def letters(work: Work, request_ids: Collection[str]) -> tuple[bool, datetime | None]:
    """Whether a letter waits for an answer, and when the last one came or went."""
    of = THREADS.c.request_id.in_(request_ids)
    last = (await work.execute(select(func.max(THREADS.c.written_at)).where(of))).scalar_one_or_none()
    waiting = select(THREADS.c.id).where(of, THREADS.c.waiting.is_(True), THREADS.c.state == "open").limit(1)
    return (await work.execute(waiting)).one_or_none() is not None, last


async def last_asked(work: Work, request_ids: Collection[str]) -> datetime | None:
    """When the last of these requests came."""
    query = select(func.max(REQUESTS.c.received_at)).where(REQUESTS.c.id.in_(request_ids))
    last: datetime | None = (await work.execute(query)).scalar_one_or_none()
    return last


async def awaits_approval(work: Work, place_id: str, own: Collection[str]) -> bool:
    """Whether something about it waits for a second person. own: kinds that are about its going."""
    about = (approvals.c.case_id == place_id) & approvals.c.kind.not_in(own)
    query = select(approvals.c.id).where(about, approvals.c.state == "open", approvals.c.expires_at > work.now)
    return (await work.execute(query.limit(1))).one_or_none() is not None


async def forget(work: Work, place_ids: Collection[str]) -> None:
    ids = select(HOLDS.c.id).where(HOLDS.c.place_id.in_(place_ids))
    await work.execute(delete(LIFTINGS).where(LIFTINGS.c.hold_id.in_(ids)))
    await work.execute(delete(HOLDS).where(HOLDS.c.place_id.in_(place_ids)))
    await release(work, place_ids)


async def _kept(work: Work, rows: Sequence[Any]) -> list[Kept]:
    ciphers = await work.ciphers({row.id for row in rows})
    return [
        Kept(row.id, row.kind, _outcome(ciphers[row.id], row), row.ended_at, row.until, row.state)
        for row in rows
        if row.id in ciphers
    ]


def _outcome(cipher: SubjectCipher, row: Any) -> str:
    return cipher.decrypt(f"kept.outcome/{row.id}", row.outcome).decode().strip()


def _hold(cipher: SubjectCipher, row: Any) -> Hold:
    reason = cipher.decrypt_text(f"legal_holds.reason/{row.id}", row.reason)
    return Hold(row.id, row.place_id, row.kind, row.set_by, row.set_at, row.lifted_at, reason, row.version)
