"""The tables of the public front door, in a database of its own, and every query on them.

Rule: the front door's role sees one thread, whose handle it has named before (`come_in`), and of letters on their way
to intake none at all: it can put one in. On PostgreSQL that is row security; on SQLite, which knows no roles, only this
module keeps it. No row has an instant, a source, or anything that a visitor sent along.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    String,
    Table,
    delete,
    func,
    select,
    text,
    update,
)

from services.intake.front_door.model.letters import Box, SetAside
from shared.database import NAMES, Slice, Transaction, ident, insert_for, paged

metadata = MetaData(naming_convention=NAMES)

BELL = "lodestar_letters"
"""The channel by which intake is woken on PostgreSQL."""

THREADS = Table(
    "door_threads",
    metadata,
    Column("handle", String(64), primary_key=True),
    Column("id", ident(), nullable=False, unique=True),
    Column("confirmation", LargeBinary, nullable=False),
    Column("lock", String(16)),
)

LETTERS = Table(
    "door_letters",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), Identity(always=True), primary_key=True),
    Column("id", ident(), nullable=False, unique=True),
    Column("thread_id", ident(), nullable=False),
    Column("kid", String(32), nullable=False),
    Column("box", LargeBinary, nullable=False),
    Column("file", LargeBinary),
    Column("stuck", Boolean, nullable=False),
    Column("why", String(32)),
    Index(None, "thread_id"),
    sqlite_autoincrement=True,
)

ANSWERS = Table(
    "door_answers",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("thread_id", ident(), nullable=False),
    Column("box", LargeBinary, nullable=False),
    Index(None, "thread_id", "number"),
)


@dataclass(frozen=True, repr=False)
class Thread:
    """A thread as the front door keeps it. confirmation: what only the right receipt leads to. lock: the secret it was
    made under, by its name."""

    id: str
    confirmation: bytes
    lock: str | None


async def come_in(tx: Transaction, handle: str) -> None:
    """From here on this transaction is about one thread. Other visits in the same transaction say so anew."""
    if tx.dialect == "postgresql":
        await tx.execute(select(func.set_config("door.handle", handle, True)))


async def add_thread(tx: Transaction, handle: str, thread: Thread) -> None:
    """Once, however often it is asked for."""
    row = {"handle": handle, "id": thread.id, "confirmation": thread.confirmation, "lock": thread.lock}
    await tx.execute(insert_for(tx.dialect, THREADS).on_conflict_do_nothing(), row)


async def find_thread(tx: Transaction, handle: str) -> Thread | None:
    query = select(THREADS.c.id, THREADS.c.confirmation, THREADS.c.lock).where(THREADS.c.handle == handle)
    row = (await tx.execute(query)).one_or_none()
    return None if row is None else Thread(row.id, bytes(row.confirmation), row.lock)


async def put_letter(
    tx: Transaction, letter_id: str, thread_id: str, kid: str, box: bytes, file: bytes | None = None
) -> None:
    """On its way to intake, once."""
    row = {"id": letter_id, "thread_id": thread_id, "kid": kid, "box": box, "file": file, "stuck": False}
    await tx.execute(insert_for(tx.dialect, LETTERS).on_conflict_do_nothing().inline(), row)
    if tx.dialect == "postgresql":
        await tx.execute(select(func.pg_notify(BELL, "")))


async def answers_of(tx: Transaction, thread_id: str) -> list[tuple[str, bytes]]:
    """Ids and boxes, the newest first."""
    query = (
        select(ANSWERS.c.id, ANSWERS.c.box).where(ANSWERS.c.thread_id == thread_id).order_by(ANSWERS.c.number.desc())
    )
    return [(row.id, bytes(row.box)) for row in (await tx.execute(query)).all()]


async def end_thread(tx: Transaction, handle: str, thread_id: str) -> None:
    """Nothing is left of it here but what is on its way to intake."""
    await tx.execute(delete(ANSWERS).where(ANSWERS.c.thread_id == thread_id))
    await tx.execute(delete(THREADS).where(THREADS.c.handle == handle))


# What intake does here, by another role.


async def waiting(tx: Transaction, limit: int) -> list[Box]:
    """The letters that came first and can be opened; those of threads where one was set aside after all others, because
    they may have to wait for it."""
    behind = LETTERS.c.thread_id.in_(_stuck_threads())
    query = select(LETTERS).where(LETTERS.c.stuck.is_(False)).order_by(behind, LETTERS.c.number).limit(limit)
    rows = (await tx.execute(query)).all()
    return [Box(row.number, row.id, row.thread_id, row.kid, bytes(row.box), _bytes(row.file)) for row in rows]


async def took(tx: Transaction, letter_ids: Sequence[str]) -> None:
    """They are in intake's own database."""
    await tx.execute(delete(LETTERS).where(LETTERS.c.id.in_(letter_ids)))


async def set_aside(tx: Transaction, letter_id: str, why: str) -> None:
    """It cannot be opened: it stays, and holds no other thread up."""
    await tx.execute(update(LETTERS).where(LETTERS.c.id == letter_id).values(stuck=True, why=why[:32]))


async def behind_set_aside(tx: Transaction) -> frozenset[str]:
    """The threads of letters that were set aside."""
    return frozenset((await tx.execute(_stuck_threads())).scalars())


async def see_set_aside(tx: Transaction, after: str | None, limit: int) -> Slice[SetAside]:
    """Letters that were set aside, in the order in which they came."""
    size = func.length(LETTERS.c.box) + func.coalesce(func.length(LETTERS.c.file), 0)
    columns = (LETTERS.c.id, LETTERS.c.thread_id, LETTERS.c.number, LETTERS.c.why, size.label("size"))
    query = select(*columns).where(LETTERS.c.stuck.is_(True))
    everything = select(*columns)
    order = (LETTERS.c.number, LETTERS.c.id)
    rows = (await tx.execute(paged(query, order, after, limit, among=everything))).all()
    return Slice.of(rows, limit, [SetAside(row.id, row.thread_id, row.number, row.why or "", row.size) for row in rows])


async def try_again(tx: Transaction, letter_id: str) -> bool:
    """Whether it was set aside; it is on its way again, in its old place."""
    set_aside = (LETTERS.c.id == letter_id) & LETTERS.c.stuck.is_(True)
    return bool((await tx.execute(update(LETTERS).where(set_aside).values(stuck=False, why=None))).rowcount)


async def discard(tx: Transaction, letter_id: str) -> bool:
    """Whether it was set aside; it is gone."""
    set_aside = (LETTERS.c.id == letter_id) & LETTERS.c.stuck.is_(True)
    return bool((await tx.execute(delete(LETTERS).where(set_aside))).rowcount)


async def still_here(tx: Transaction, letter_ids: Collection[str]) -> frozenset[str]:
    """Those of these that are in this database."""
    return frozenset((await tx.execute(select(LETTERS.c.id).where(LETTERS.c.id.in_(letter_ids)))).scalars())


async def counts(tx: Transaction) -> tuple[int, int]:
    """How many letters wait, and how many cannot be opened."""
    waits = (await tx.execute(select(func.count()).where(LETTERS.c.stuck.is_(False)))).scalar_one()
    stuck = (await tx.execute(select(func.count()).where(LETTERS.c.stuck.is_(True)))).scalar_one()
    return waits, stuck


async def lay_out(tx: Transaction, answer_id: str, thread_id: str, number: int, box: bytes) -> None:
    """An answer, once, unless its thread has ended."""
    there = (await tx.execute(select(THREADS.c.id).where(THREADS.c.id == thread_id))).one_or_none()
    if there is not None:
        row = {"id": answer_id, "number": number, "thread_id": thread_id, "box": box}
        await tx.execute(insert_for(tx.dialect, ANSWERS).on_conflict_do_nothing(), row)


async def end_threads(tx: Transaction, thread_ids: Sequence[str]) -> None:
    """Threads that are over, with everything of them."""
    for table, column in ((LETTERS, LETTERS.c.thread_id), (ANSWERS, ANSWERS.c.thread_id), (THREADS, THREADS.c.id)):
        await tx.execute(delete(table).where(column.in_(thread_ids)))


async def count_by_lock(tx: Transaction) -> dict[str | None, int]:
    """How many receipts there are under each secret, by its name."""
    rows = (await tx.execute(select(THREADS.c.lock, func.count().label("many")).group_by(THREADS.c.lock))).all()
    return {row.lock: row.many for row in rows}


async def name_locks(tx: Transaction, lock: str) -> None:
    """Receipts that say nothing of their secret were made under this one."""
    await tx.execute(update(THREADS).where(THREADS.c.lock.is_(None)).values(lock=lock))


# What the role of the front door may, on PostgreSQL.

GRANTS = (
    "REVOKE ALL ON door_threads, door_letters, door_answers FROM {role}",
    "GRANT SELECT, INSERT, DELETE ON door_threads TO {role}",
    "GRANT INSERT ON door_letters TO {role}",
    "GRANT SELECT, DELETE ON door_answers TO {role}",
    "GRANT SELECT ON alembic_version TO {role}",
)

TOO_MUCH = text(
    "SELECT bool_or(r.rolsuper OR r.rolbypassrls OR r.rolcreaterole)"
    " OR bool_or(has_table_privilege(current_user, 'door_letters', 'SELECT'))"
    " OR bool_or(pg_has_role(current_user, c.relowner, 'MEMBER'))"
    " FROM pg_roles r, pg_class c WHERE r.rolname = current_user AND c.oid = 'door_threads'::regclass"
)


async def may_too_much(tx: Transaction) -> bool:
    """Whether the role that asks could read what it should not; on SQLite there is none to ask about."""
    return tx.dialect == "postgresql" and bool((await tx.execute(TOO_MUCH)).scalar_one())


async def grant(tx: Transaction, role: str) -> None:
    """Let `role` do what the front door does, and nothing else."""
    quoted = '"' + role.replace('"', '""') + '"'
    for statement in GRANTS:
        await tx.execute(text(statement.format(role=quoted)))


def _stuck_threads() -> Select[tuple[str]]:
    return select(LETTERS.c.thread_id).where(LETTERS.c.stuck.is_(True))


def _bytes(value: Any) -> bytes | None:
    return None if value is None else bytes(value)
