"""The newcomers tables and every query on them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Index, Integer, Select, String, Table, delete, func, insert, select, update

from services.settlement.database import metadata
from services.settlement.newcomers.model import Facts, Newcomer, Purpose, Terms
from shared.access import Actor, visible_cases
from shared.database import Instant, ident, insert_for
from shared.errors import not_found
from shared.vault import Encrypted, SubjectCipher
from shared.work import Work

CASES = Table(
    "newcomer_cases",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("opened_at", Instant, nullable=False),
)

NEWCOMERS = Table(
    "newcomers",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("case_id", ident(), nullable=False),
    Column("place", Integer, nullable=False),
    Column("facts", Encrypted, nullable=False),
    Column("consents", Encrypted, nullable=False),
    Column("joins", Integer, nullable=False, default=0),
    Index(None, "case_id", "place"),
)


def visible_to(actor: Actor, now: datetime) -> Select[Any]:
    """The newcomers that the actor may see: those of the cases they may see."""
    return select(NEWCOMERS).where(NEWCOMERS.c.case_id.in_(visible_cases(actor, now)))


async def add_case(work: Work, case_id: str, opened_at: datetime) -> None:
    await work.execute(insert(CASES), {"id": case_id, "state": "opened", "opened_at": opened_at})


async def set_case_state(work: Work, case_id: str, state: str) -> None:
    await work.execute(update(CASES).where(CASES.c.id == case_id).values(state=state))


async def case_state(work: Work, case_id: str) -> str:
    """Errors: Refusal not_found."""
    state: str | None = (await work.execute(select(CASES.c.state).where(CASES.c.id == case_id))).scalar_one_or_none()
    if state is None:
        raise not_found()
    return state


async def join(work: Work, case_id: str, place: int, person_id: str, facts: Facts, number: int) -> bool:
    """They are on this case, unless they joined one later than by this `number`; returns whether they are."""
    cipher = await work.cipher(person_id)
    row = {
        "id": person_id,
        "case_id": case_id,
        "place": place,
        "facts": cipher.encrypt_json(f"newcomers.facts/{person_id}", vars(facts)),
        "consents": cipher.encrypt_json(f"newcomers.consents/{person_id}", {}),
        "joins": number,
    }
    if (await work.execute(insert_for(work.dialect, NEWCOMERS).on_conflict_do_nothing(), row)).rowcount == 1:
        return True
    moved = {name: row[name] for name in ("case_id", "place", "facts", "joins")}
    earlier = (NEWCOMERS.c.id == person_id) & (NEWCOMERS.c.joins < number)
    return (await work.execute(update(NEWCOMERS).where(earlier).values(moved))).rowcount == 1


async def next_place(work: Work, case_id: str) -> int:
    last = (await work.execute(select(func.max(NEWCOMERS.c.place)).where(NEWCOMERS.c.case_id == case_id))).scalar_one()
    return 0 if last is None else int(last) + 1


async def set_consent(work: Work, person: Newcomer, purpose: Purpose, terms: Terms) -> None:
    cipher = await work.cipher(person.id)
    consents = {name: vars(kept) for name, kept in {**person.consents, purpose: terms}.items()}
    box = cipher.encrypt_json(f"newcomers.consents/{person.id}", consents)
    await work.execute(update(NEWCOMERS).where(NEWCOMERS.c.id == person.id).values(consents=box))


async def load(work: Work, person_ids: Sequence[str], *, lock: bool = False) -> list[Newcomer]:
    """Those of `person_ids` that are known and not erased.

    lock: their consents stay as read until this transaction ends; taken in one order everywhere.
    """
    query = select(NEWCOMERS).where(NEWCOMERS.c.id.in_(person_ids)).order_by(NEWCOMERS.c.id)
    return await _opened(work, query.with_for_update() if lock else query)


async def of_case(work: Work, case_id: str) -> list[Newcomer]:
    """The members of a case in intake's order, as far as the present actor may see them."""
    query = visible_to(work.actor, work.now).where(NEWCOMERS.c.case_id == case_id)
    return await _opened(work, query.order_by(NEWCOMERS.c.place))


async def lock(work: Work, person_id: str) -> None:
    await work.execute(select(NEWCOMERS.c.id).where(NEWCOMERS.c.id == person_id).with_for_update())


async def case_of(work: Work, person_id: str) -> str | None:
    found = await work.execute(select(NEWCOMERS.c.case_id).where(NEWCOMERS.c.id == person_id))
    return found.scalar_one_or_none()


async def forget(work: Work, person_id: str) -> None:
    await work.execute(delete(NEWCOMERS).where(NEWCOMERS.c.id == person_id))


async def forget_case(work: Work, case_id: str) -> None:
    await work.execute(delete(CASES).where(CASES.c.id == case_id))


async def _opened(work: Work, query: Select[Any]) -> list[Newcomer]:
    rows = (await work.execute(query)).all()
    ciphers = await work.ciphers([row.id for row in rows])
    return [_one(ciphers[row.id], row) for row in rows if row.id in ciphers]


def _one(cipher: SubjectCipher, row: Any) -> Newcomer:
    facts = cipher.decrypt_json(f"newcomers.facts/{row.id}", row.facts)
    consents = cipher.decrypt_json(f"newcomers.consents/{row.id}", row.consents)
    return Newcomer(
        row.id,
        row.case_id,
        Facts(facts["principal"], date.fromisoformat(facts["born_on"]), facts["country_of_danger"]),
        {purpose: Terms(kept["live"], _day(kept["expires_on"])) for purpose, kept in consents.items()},
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
