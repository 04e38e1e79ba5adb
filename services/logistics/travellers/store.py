"""The tables of known cases, people and consents, and every query on them.

Rule: ciphertexts of one column have one length, so that their size tells nothing either.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import Column, Index, Integer, Select, String, Table, delete, select, update

from services.logistics.database import metadata
from services.logistics.travellers.model import ERRANDS, Consent, Facts, Person
from shared.access import Actor, visible_cases, with_more_than
from shared.database import Instant, ident, insert_for
from shared.errors import not_found
from shared.vault import Blind, BlindIndex, BlindSource, Encrypted, SubjectCipher, Vault
from shared.vault.blinding import hold
from shared.veils import Veils
from shared.work import Work

PADDED = 128
PURPOSE = "consents.purpose"

CASES = Table(
    "cases",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("opened_at", Instant, nullable=False),
)

PEOPLE = Table(
    "people",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("case_id", ident(), nullable=False),
    Column("facts", Encrypted),
    Column("joins", Integer, nullable=False, default=0),
    Index(None, "case_id"),
)

CONSENTS = Table(
    "consents",
    metadata,
    Column("person_id", ident(), primary_key=True),
    Column("purpose", BlindIndex, primary_key=True),
    Column("terms", Encrypted, nullable=False),
)


VEILS = Veils(metadata)


def visible_to(actor: Actor, now: datetime) -> Select[Any]:
    """The people that the actor may see: those of the cases they may see."""
    return select(PEOPLE).where(PEOPLE.c.case_id.in_(visible_cases(actor, now)), with_more_than(actor, ERRANDS))


async def add_case(work: Work, case_id: str, opened_at: datetime) -> bool:
    """Returns whether it was new."""
    row = {"id": case_id, "state": "opened", "opened_at": opened_at}
    return (await work.execute(insert_for(work.dialect, CASES).on_conflict_do_nothing(), row)).rowcount == 1


async def add_person(work: Work, person_id: str, case_id: str) -> bool:
    """Returns whether they were new."""
    row = {"id": person_id, "case_id": case_id}
    return (await work.execute(insert_for(work.dialect, PEOPLE).on_conflict_do_nothing(), row)).rowcount == 1


async def join(work: Work, person_id: str, case_id: str, facts: Facts, number: int) -> bool:
    """They are on this case, unless they joined one later than by this `number`; returns whether they are."""
    raw = [int(facts.principal), facts.born_on, facts.country_of_danger]
    cipher = await work.cipher(person_id)
    box = cipher.encrypt(f"people.facts/{person_id}", orjson.dumps(raw).ljust(PADDED))
    earlier = (PEOPLE.c.id == person_id) & (PEOPLE.c.joins < number)
    joined = update(PEOPLE).where(earlier).values(facts=box, case_id=case_id, joins=number)
    return (await work.execute(joined)).rowcount == 1


async def set_state(work: Work, case_id: str, state: str) -> None:
    await work.execute(update(CASES).where(CASES.c.id == case_id).values(state=state))


async def state_of(work: Work, case_id: str, *, lock: bool) -> str:
    """lock: nobody else plans for the group until this transaction ends. Errors: Refusal not_found."""
    query = select(CASES.c.state).where(CASES.c.id == case_id)
    state: str | None = (await work.execute(query.with_for_update() if lock else query)).scalar_one_or_none()
    if state is None:
        raise not_found()
    return state


async def load(work: Work, person_id: str, *, lock: bool) -> Person:
    """lock: nobody else changes what clears the person until this transaction ends. Errors: Refusal not_found."""
    query = select(PEOPLE.c.id, PEOPLE.c.case_id).where(PEOPLE.c.id == person_id)
    row = (await work.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise not_found()
    return Person(row.id, row.case_id)


async def members(work: Work, case_id: str) -> dict[str, Facts]:
    """The members that intake told of; who was erased is left out."""
    query = select(PEOPLE).where(PEOPLE.c.case_id == case_id, PEOPLE.c.facts.is_not(None)).order_by(PEOPLE.c.id)
    rows = (await work.execute(query)).all()
    ciphers = await work.ciphers([row.id for row in rows])
    return {row.id: _facts(ciphers[row.id], row) for row in rows if row.id in ciphers}


async def put_consent(work: Work, cipher: SubjectCipher, person_id: str, consent: Consent) -> None:
    """The last word of a person on a purpose."""
    raw = orjson.dumps([consent.purpose, consent.live, consent.expires_on])
    purposes = work.vault.blinds(PURPOSE, f"{person_id}/{consent.purpose}")
    row = {"purpose": purposes[0], "terms": cipher.encrypt(f"consents.terms/{person_id}", raw.ljust(PADDED))}
    await hold(work.tx, purposes)
    known = (CONSENTS.c.person_id == person_id) & CONSENTS.c.purpose.in_(purposes)
    if (await work.execute(update(CONSENTS).where(known).values(row))).rowcount:
        return
    insert = insert_for(work.dialect, CONSENTS)
    keys = [CONSENTS.c.person_id, CONSENTS.c.purpose]
    upsert = insert.on_conflict_do_update(index_elements=keys, set_={"terms": insert.excluded.terms})
    await work.execute(upsert, {"person_id": person_id, **row})


async def consents(work: Work, person_ids: Collection[str]) -> dict[str, list[Consent]]:
    """What these people said last, by person."""
    rows = (await work.execute(select(CONSENTS).where(CONSENTS.c.person_id.in_(person_ids)))).all()
    ciphers = await work.ciphers({row.person_id for row in rows})
    found: dict[str, list[Consent]] = defaultdict(list)
    for row in rows:
        if row.person_id in ciphers:
            found[row.person_id].append(_consent(ciphers[row.person_id], row))
    return found


async def lock_case(work: Work, case_id: str) -> None:
    await work.execute(select(CASES.c.id).where(CASES.c.id == case_id).with_for_update())


async def case_of(work: Work, person_id: str) -> str | None:
    found = await work.execute(select(PEOPLE.c.case_id).where(PEOPLE.c.id == person_id))
    return found.scalar_one_or_none()


async def forget(work: Work, person_id: str) -> None:
    await work.execute(delete(CONSENTS).where(CONSENTS.c.person_id == person_id))
    await work.execute(delete(PEOPLE).where(PEOPLE.c.id == person_id))
    await VEILS.forget(work, person_id)


async def forget_case(work: Work, case_id: str) -> None:
    await work.execute(delete(CASES).where(CASES.c.id == case_id))


def _facts(cipher: SubjectCipher, row: Any) -> Facts:
    principal, born_on, country = cipher.decrypt_json(f"people.facts/{row.id}", row.facts)
    return Facts(bool(principal), date.fromisoformat(born_on), country)


def _consent(cipher: SubjectCipher, row: Any) -> Consent:
    purpose, live, until = cipher.decrypt_json(f"consents.terms/{row.person_id}", row.terms)
    return Consent(purpose, live, None if until is None else date.fromisoformat(until))


def _images(vault: Vault, row: Any, terms: bytes) -> dict[str, Blind]:
    return {"purpose": vault.blind(PURPOSE, f"{row.person_id}/{orjson.loads(terms)[0]}")}


BLIND = BlindSource(CONSENTS.c.terms, CONSENTS.c.person_id, _images)
