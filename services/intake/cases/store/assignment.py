"""The tables of caps, caseloads, transfers and of what was said about them, and every query on them.

Rule: whoever names people for a case holds their rows of `caseloads`, in order of ids, before the row of the case.
"""

from collections.abc import Collection, Sequence
from typing import Any

import orjson
from sqlalchemy import Column, Index, Integer, Select, String, Table, delete, func, insert, or_, select, update

from services.intake.cases.model.assignment import ENDED, Caps, Caseload, Declared, OverCap, Transfer
from services.intake.cases.store.lifecycle import CASES
from services.intake.database import metadata
from services.intake.staff import actions as staff
from shared.clock import new_id
from shared.database import Instant, Slice, ident, insert_for, paged
from shared.errors import not_found
from shared.vault import Encrypted
from shared.work import Work

THE_CAPS = "0" * 32

CAPS = Table(
    "caseload_caps",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("by_role", String(2000), nullable=False),
    Column("version", Integer, nullable=False),
)

CASELOADS = Table(
    "caseloads",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("role", String(32), nullable=False),
    Column("cap", Integer),
    Column("version", Integer, nullable=False),
)

SAYINGS = Table(
    "assignment_reasons",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("case_id", ident(), nullable=False),
    Column("actor_id", ident(), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("reason", Encrypted, nullable=False),
    Column("said_by", ident(), nullable=False),
    Column("said_at", Instant, nullable=False),
    Index(None, "case_id"),
)
"""Why somebody was named over their cap (`over_cap`), or keeps away (`declared`)."""

TRANSFERS = Table(
    "transfers",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("case_id", ident(), nullable=False),
    Column("giver_id", ident(), nullable=False),
    Column("taker_id", ident(), nullable=False),
    Column("state", String(16), nullable=False),
    Column("note", Encrypted, nullable=False),
    Column("offered_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("version", Integer, nullable=False),
    Index(None, "case_id"),
    Index(None, "taker_id", "state"),
    Index(None, "giver_id", "state"),
)


async def caps(work: Work) -> Caps:
    row = (await work.execute(select(CAPS).where(CAPS.c.id == THE_CAPS))).one_or_none()
    return Caps({}, 1) if row is None else Caps(orjson.loads(row.by_role), row.version)


async def set_caps(work: Work, wanted: Caps) -> int:
    """Returns the next version. Errors: Refusal stale."""
    first = {"id": THE_CAPS, "by_role": "{}", "version": 1}
    await work.execute(insert_for(work.dialect, CAPS).on_conflict_do_nothing(), first)
    said = orjson.dumps(dict(wanted.by_role), option=orjson.OPT_SORT_KEYS).decode()
    return await work.change(CAPS, THE_CAPS, wanted.version, by_role=said)


async def hold_people(work: Work, actor_ids: Collection[str]) -> None:
    """Nobody else names these for a case until the transaction ends."""
    own = insert_for(work.dialect, CASELOADS).on_conflict_do_nothing()
    for actor_id in sorted(actor_ids):
        await work.execute(own, {"id": actor_id, "role": "", "version": 1})
        await work.execute(select(CASELOADS.c.id).where(CASELOADS.c.id == actor_id).with_for_update())


async def caseloads(work: Work, actor_ids: Collection[str]) -> list[Caseload]:
    """What is said of these, in order of their ids; somebody of whom nothing is said is there too."""
    rows = await work.execute(select(CASELOADS).where(CASELOADS.c.id.in_(actor_ids)))
    said = {row.id: row for row in rows}
    return [await _caseload(work, actor_id, said.get(actor_id)) for actor_id in sorted(actor_ids)]


async def of_role(work: Work, role: str, limit: int) -> list[Caseload]:
    """Some who have a role."""
    rows = await work.execute(select(CASELOADS).where(CASELOADS.c.role == role).order_by(CASELOADS.c.id).limit(limit))
    return [await _caseload(work, row.id, row) for row in rows.all()]


async def set_caseload(work: Work, wanted: Caseload) -> int:
    """Returns the next version. Errors: Refusal stale."""
    await hold_people(work, [wanted.id])
    return await work.change(CASELOADS, wanted.id, wanted.version, role=wanted.role, cap=wanted.cap)


async def say(work: Work, case_id: str, kind: str, actor_id: str, reason: str) -> None:
    """Keep why."""
    saying_id, cipher = new_id(), await work.cipher(case_id)
    row = {
        "id": saying_id,
        "case_id": case_id,
        "actor_id": actor_id,
        "kind": kind,
        "reason": cipher.encrypt_text(f"assignment_reasons.reason/{saying_id}", reason),
        "said_by": work.actor.id,
        "said_at": work.now,
    }
    await work.execute(insert(SAYINGS), row)


async def said_of(work: Work, case_id: str) -> tuple[tuple[OverCap, ...], tuple[Declared, ...]]:
    """Who was named over their cap and who declared a conflict, and why."""
    query = select(SAYINGS).where(SAYINGS.c.case_id == case_id).order_by(SAYINGS.c.said_at, SAYINGS.c.id)
    rows, cipher = (await work.execute(query)).all(), await work.cipher(case_id)
    why = {row.id: cipher.decrypt_text(f"assignment_reasons.reason/{row.id}", row.reason) for row in rows}
    over = [OverCap(row.actor_id, why[row.id], row.said_by, row.said_at) for row in rows if row.kind == "over_cap"]
    declared = [Declared(row.actor_id, why[row.id], row.said_at) for row in rows if row.kind == "declared"]
    return tuple(over), tuple(declared)


async def add_transfer(work: Work, transfer: Transfer) -> None:
    cipher = await work.cipher(transfer.case_id)
    row = {
        **{name: value for name, value in vars(transfer).items() if name != "code_name"},
        "note": cipher.encrypt_text(f"transfers.note/{transfer.id}", transfer.note),
    }
    await work.execute(insert(TRANSFERS), row)


async def pending(work: Work, case_id: str, giver_id: str) -> bool:
    """Whether they offer the case to somebody already."""
    waits = TRANSFERS.c.state == "pending", TRANSFERS.c.expires_at > work.now
    query = select(TRANSFERS.c.id).where(TRANSFERS.c.case_id == case_id, TRANSFERS.c.giver_id == giver_id, *waits)
    return (await work.execute(query)).first() is not None


async def load_transfer(work: Work, transfer_id: str) -> Transfer:
    """Errors: Refusal not_found, also when the case was erased."""
    found = await _transfers(work, (await work.execute(_with_name().where(TRANSFERS.c.id == transfer_id))).all())
    if not found:
        raise not_found()
    return found[0]


async def party_of(work: Work, transfer_id: str) -> tuple[bool, bool]:
    """Whether the actor gives, and whether they take."""
    query = select(TRANSFERS.c.giver_id, TRANSFERS.c.taker_id).where(TRANSFERS.c.id == transfer_id)
    row = (await work.execute(query)).one_or_none()
    return (False, False) if row is None else (row.giver_id == work.actor.id, row.taker_id == work.actor.id)


async def page_of_mine(work: Work, after: str | None, limit: int) -> Slice[Transfer]:
    """What the actor gives or is offered and nobody answered yet, oldest first."""
    mine = or_(TRANSFERS.c.giver_id == work.actor.id, TRANSFERS.c.taker_id == work.actor.id)
    query = _with_name().where(mine, TRANSFERS.c.state == "pending", TRANSFERS.c.expires_at > work.now)
    rows = (await work.execute(paged(query, (TRANSFERS.c.offered_at, TRANSFERS.c.id), after, limit))).all()
    return Slice.of(rows, limit, await _transfers(work, rows))


async def end_transfer(work: Work, transfer: Transfer, state: str) -> int:
    """Returns the next version. Errors: Refusal stale."""
    return await work.change(TRANSFERS, transfer.id, transfer.version, state=state, ended_at=work.now)


async def expire_transfer(work: Work, transfer_id: str) -> str | None:
    """The case of one that nobody answered in time; None when it is over already."""
    late = TRANSFERS.c.id == transfer_id, TRANSFERS.c.state == "pending", TRANSFERS.c.expires_at <= work.now
    ended = update(TRANSFERS).where(*late).values(state="expired", ended_at=work.now, version=TRANSFERS.c.version + 1)
    return (await work.execute(ended.returning(TRANSFERS.c.case_id))).scalar_one_or_none()


async def forget_case(work: Work, case_id: str) -> None:
    for table in (SAYINGS, TRANSFERS):
        await work.execute(delete(table).where(table.c.case_id == case_id))


async def _caseload(work: Work, actor_id: str, row: Any) -> Caseload:
    named = await staff.named_in_person(work, actor_id)
    going_on = select(func.count()).select_from(CASES).where(CASES.c.id.in_(named), CASES.c.state.not_in(ENDED))
    number = int((await work.execute(going_on)).scalar_one())
    return (
        Caseload(actor_id, "", None, number, 1)
        if row is None
        else Caseload(actor_id, row.role, row.cap, number, row.version)
    )


def _with_name() -> Select[Any]:
    return select(TRANSFERS, CASES.c.code_name).join(CASES, CASES.c.id == TRANSFERS.c.case_id)


async def _transfers(work: Work, rows: Sequence[Any]) -> list[Transfer]:
    ciphers = await work.ciphers({row.case_id for row in rows})
    return [
        Transfer(
            id=row.id,
            case_id=row.case_id,
            code_name=row.code_name,
            giver_id=row.giver_id,
            taker_id=row.taker_id,
            state="expired" if row.state == "pending" and row.expires_at <= work.now else row.state,
            note=ciphers[row.case_id].decrypt_text(f"transfers.note/{row.id}", row.note),
            offered_at=row.offered_at,
            expires_at=row.expires_at,
            version=row.version,
        )
        for row in rows
        if row.case_id in ciphers
    ]
