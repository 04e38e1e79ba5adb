"""The tables of programmes and of who is on their lists, and every query on them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    Table,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from services.settlement.database import metadata
from services.settlement.programmes.model.programmes import Programme, Quota, Seal
from shared.access import Actor, staff_with
from shared.database import Instant, ident
from shared.errors import not_found
from shared.vault import Encrypted
from shared.work import Work

PROGRAMMES = Table(
    "programmes",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("name", Encrypted, nullable=False),
    Column("country", String(2), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("seal", String(16), nullable=False),
    Column("places", Integer, nullable=False),
    Column("held", Integer, nullable=False),
    Column("used", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("held >= 0 AND used >= 0 AND held + used <= places", name="quota"),
)

STAFF = Table(
    "programme_staff",
    metadata,
    Column("programme_id", ident(), ForeignKey(PROGRAMMES.c.id), primary_key=True),
    Column("actor_id", ident(), primary_key=True),
    Column("since", Instant, nullable=False),
    Index(None, "actor_id"),
)


def listing(actor_id: str) -> Select[Any]:
    """The ids of the programmes that the actor is on the list of; for use as a subquery."""
    return select(STAFF.c.programme_id).where(STAFF.c.actor_id == actor_id)


def visible_to(actor: Actor, now: datetime) -> Select[Any]:
    """The disclosed programmes, and those on whose list the actor is; the instant does not matter."""
    known = or_(PROGRAMMES.c.seal == "disclosed", PROGRAMMES.c.id.in_(listing(actor.id)))
    return select(PROGRAMMES).where(known, staff_with(actor))


def hidden_from(actor_id: str) -> Select[Any]:
    """The ids of those that the actor may not know of; for use as a subquery."""
    return select(PROGRAMMES.c.id).where(PROGRAMMES.c.seal != "disclosed", PROGRAMMES.c.id.not_in(listing(actor_id)))


async def add(work: Work, programme: Programme, name: str) -> None:
    cipher = await work.cipher(programme.id)
    row = {
        "id": programme.id,
        "name": cipher.encrypt_text(f"programmes.name/{programme.id}", name),
        "country": programme.country,
        "kind": programme.kind,
        "seal": programme.seal,
        **vars(programme.quota),
        "version": programme.version,
    }
    await work.execute(insert(PROGRAMMES), row)


async def enlist(work: Work, programme_id: str, actor_id: str) -> bool:
    """Put somebody on the list, who stays on it; False when they were there."""
    kind = sqlite if work.dialect == "sqlite" else postgresql
    row = {"programme_id": programme_id, "actor_id": actor_id, "since": work.now}
    return (await work.execute(kind.insert(STAFF).on_conflict_do_nothing(), row)).rowcount == 1


async def on_list(work: Work, programme_id: str) -> tuple[str, ...]:
    """The ids of the staff on the list."""
    query = select(STAFF.c.actor_id).where(STAFF.c.programme_id == programme_id).order_by(STAFF.c.actor_id)
    return tuple((await work.execute(query)).scalars())


async def lists(work: Work, programme_ids: Collection[str]) -> dict[str, set[str]]:
    """By programme: the ids of the staff on its list."""
    found: dict[str, set[str]] = {programme_id: set() for programme_id in programme_ids}
    for row in await work.execute(select(STAFF).where(STAFF.c.programme_id.in_(programme_ids))):
        found[row.programme_id].add(row.actor_id)
    return found


async def is_open(work: Work, programme_id: str) -> bool:
    """Whether everybody on the staff may know of it; not of one that is not there."""
    query = select(PROGRAMMES.c.seal).where(PROGRAMMES.c.id == programme_id)
    return (await work.execute(query)).scalar_one_or_none() == "disclosed"


async def is_listed(work: Work, programme_id: str, actor_id: str) -> bool:
    query = select(STAFF.c.since).where(STAFF.c.programme_id == programme_id, STAFF.c.actor_id == actor_id)
    return (await work.execute(query)).first() is not None


async def load(work: Work, programme_id: str, *, lock: bool = False) -> Programme:
    """lock: its places are nobody else's until this transaction ends. Errors: Refusal not_found."""
    query = select(PROGRAMMES).where(PROGRAMMES.c.id == programme_id)
    row = (await work.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise not_found()
    return programme_of(row)


async def lock(work: Work, programme_ids: Collection[str]) -> None:
    """Nobody else changes these until this transaction ends; taken in one order everywhere."""
    await work.execute(_locked().where(PROGRAMMES.c.id.in_(programme_ids)))


async def lock_undisclosed(work: Work) -> None:
    """Nobody else changes what any programme keeps out of a public figure until this transaction ends."""
    await work.execute(_locked().where(PROGRAMMES.c.seal != "disclosed"))


async def page_visible(work: Work, after: str | None, limit: int) -> list[Programme]:
    """The next programmes that the present actor may know of, in order of their ids."""
    query = visible_to(work.actor, work.now).order_by(PROGRAMMES.c.id).limit(limit)
    if after is not None:
        query = query.where(PROGRAMMES.c.id > after)
    return [programme_of(row) for row in await work.execute(query)]


async def names(work: Work, programme_ids: Collection[str]) -> dict[str, str]:
    """The names of programmes that the caller has found visible."""
    rows = await work.execute(select(PROGRAMMES.c.id, PROGRAMMES.c.name).where(PROGRAMMES.c.id.in_(programme_ids)))
    ciphers = await work.ciphers(programme_ids)
    return {row.id: ciphers[row.id].decrypt_text(f"programmes.name/{row.id}", row.name) for row in rows}


async def touch(work: Work, programme_id: str) -> None:
    """Something that is shown beside its version changed."""
    values = {"version": PROGRAMMES.c.version + 1}
    await work.execute(update(PROGRAMMES).where(PROGRAMMES.c.id == programme_id).values(values))


async def save_quota(work: Work, programme_id: str, quota: Quota) -> None:
    """The caller holds the lock of the row."""
    values = {**vars(quota), "version": PROGRAMMES.c.version + 1}
    await work.execute(update(PROGRAMMES).where(PROGRAMMES.c.id == programme_id).values(values))


async def save_seal(work: Work, programme_id: str, seal: Seal) -> None:
    """The caller holds the lock of the row."""
    values = {"seal": seal, "version": PROGRAMMES.c.version + 1}
    await work.execute(update(PROGRAMMES).where(PROGRAMMES.c.id == programme_id).values(values))


def _locked() -> Select[Any]:
    return select(PROGRAMMES.c.id).order_by(PROGRAMMES.c.id).with_for_update()


def programme_of(row: Any) -> Programme:
    return Programme(row.id, row.country, row.kind, row.seal, Quota(row.places, row.held, row.used), row.version)
