"""The houses table and every query on it.

Rule: the address is ciphertext under the house's own key, of one length for every house, and leaves by one function.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Integer, Select, String, Table, and_, or_, select

from services.logistics.database import metadata
from services.logistics.safe_houses.model.houses import House
from shared.access import Actor, staff_with
from shared.database import ident, insert_for
from shared.errors import not_found
from shared.vault import Ciphertext, Encrypted, SubjectCipher
from shared.work import Work

PADDED = 2048

HOUSES = Table(
    "houses",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("code_name", String(40), nullable=False, unique=True),
    Column("region", String(40), nullable=False),
    Column("beds", Integer, nullable=False),
    Column("max_cases", Integer, nullable=False),
    Column("keeper_id", ident()),
    Column("state", String(16), nullable=False),
    Column("address", Encrypted, nullable=False),
    Column("version", Integer, nullable=False),
    Index(None, "keeper_id"),
)


def visible_to(actor: Actor, now: datetime) -> Select[Any]:
    """Every house for coordinators, and for keepers those they keep; the instant does not matter."""
    theirs = and_(HOUSES.c.keeper_id == actor.id, staff_with(actor, "keeper"))
    return select(HOUSES).where(or_(staff_with(actor, "coordinator"), theirs))


async def add(work: Work, house: House, address: Ciphertext) -> bool:
    """Returns False, and adds nothing, when the code name is in use."""
    insert = insert_for(work.dialect, HOUSES)
    return (await work.execute(insert.on_conflict_do_nothing(), {**vars(house), "address": address})).rowcount == 1


async def keeper_of(work: Work, house_id: str) -> str | None:
    """None also when there is no such house."""
    return (await work.execute(select(HOUSES.c.keeper_id).where(HOUSES.c.id == house_id))).scalar_one_or_none()


async def load(work: Work, house_id: str, *, lock: bool = False) -> House:
    """lock: nobody else takes its beds until this transaction ends. Errors: Refusal not_found."""
    query = select(HOUSES).where(HOUSES.c.id == house_id)
    row = (await work.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise not_found()
    return _house(row)


async def page(work: Work, after: str | None, limit: int) -> list[House]:
    """The next houses that the present actor may see, in order of their ids."""
    query = visible_to(work.actor, work.now).order_by(HOUSES.c.id).limit(limit)
    if after is not None:
        query = query.where(HOUSES.c.id > after)
    return [_house(row) for row in await work.execute(query)]


def seal_address(cipher: SubjectCipher, house_id: str, address: str) -> Ciphertext:
    return cipher.encrypt(f"houses.address/{house_id}", address.encode().ljust(PADDED))


async def open_address(work: Work, house_id: str) -> str:
    box = (await work.execute(select(HOUSES.c.address).where(HOUSES.c.id == house_id))).scalar_one()
    return (await work.cipher(house_id)).decrypt_text(f"houses.address/{house_id}", box).rstrip()


def _house(row: Any) -> House:
    return House(row.id, row.code_name, row.region, row.beds, row.max_cases, row.keeper_id, row.state, row.version)
