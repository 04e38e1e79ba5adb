"""Who is assigned to which case, and who is recused."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select

from shared.access import Actor, Relation, assigned_cases, relation_of, replace_entries, visible_cases
from shared.access.grants import access_entries, glass
from shared.database import Database, Transaction

MIRA, TOMAS, ADA = "a1" * 16, "b2" * 16, "c3" * 16
FIRST, SECOND, THIRD = "01" * 16, "02" * 16, "03" * 16
MONDAY = datetime(2017, 4, 3, 9, tzinfo=UTC)


async def enter(database: Database, case: str, assigned: set[str], recused: set[str], at: datetime = MONDAY) -> None:
    await database.transact(lambda tx: replace_entries(tx, case, assigned, recused, at))


async def seen_by(database: Database, actor: str, now: datetime = MONDAY) -> set[str]:
    async def read(tx: Transaction) -> set[str]:
        return set((await tx.execute(visible_cases(Actor(actor, "staff"), now))).scalars())

    return await database.transact(read)


async def relation(database: Database, case: str, actor: str, now: datetime = MONDAY) -> Relation:
    return await database.transact(lambda tx: relation_of(tx, case, actor, now))


async def test_without_an_entry_there_is_no_access(database: Database) -> None:
    """Who was never entered for a case is not assigned to it and sees nothing."""
    await enter(database, FIRST, {TOMAS}, set())
    assert await relation(database, FIRST, MIRA) == Relation(assigned=False, recused=False)
    assert await seen_by(database, MIRA) == set()


async def test_an_actor_sees_the_cases_assigned_to_her(database: Database) -> None:
    """The list of visible cases is that of the assignments, of this actor only."""
    await enter(database, FIRST, {MIRA, TOMAS}, set())
    await enter(database, SECOND, {MIRA}, {ADA})
    await enter(database, THIRD, {TOMAS}, set())
    assert await seen_by(database, MIRA) == {FIRST, SECOND}
    assert await seen_by(database, TOMAS) == {FIRST, THIRD}


async def test_recusal_beats_assignment(database: Database) -> None:
    """Who is both assigned and recused does not see the case, and others still do."""
    await enter(database, FIRST, {MIRA, TOMAS}, {MIRA})
    assert await relation(database, FIRST, MIRA) == Relation(assigned=True, recused=True)
    assert await seen_by(database, MIRA) == set()
    assert await seen_by(database, TOMAS) == {FIRST}


async def test_a_replacement_is_exact(database: Database) -> None:
    """After a new list of entries nothing is left of the old one, and other cases are untouched."""
    await enter(database, FIRST, {MIRA, TOMAS}, {ADA})
    await enter(database, SECOND, {MIRA}, set())
    await enter(database, FIRST, {ADA}, {TOMAS})
    assert await relation(database, FIRST, MIRA) == Relation(assigned=False, recused=False)
    assert await relation(database, FIRST, TOMAS) == Relation(assigned=False, recused=True)
    assert await relation(database, FIRST, ADA) == Relation(assigned=True, recused=False)
    assert await seen_by(database, MIRA) == {SECOND}


async def test_an_empty_list_removes_everybody(database: Database) -> None:
    """A case without entries is visible to nobody."""
    await enter(database, FIRST, {MIRA}, {TOMAS})
    await enter(database, FIRST, set(), set())
    assert await seen_by(database, MIRA) == set()


async def test_who_stays_keeps_the_instant_since_when(database: Database) -> None:
    """A repeated or extended list does not make an old assignment look new."""
    await enter(database, FIRST, {MIRA}, set())
    await enter(database, FIRST, {MIRA, TOMAS}, set(), MONDAY + timedelta(days=1))

    async def read(tx: Transaction) -> dict[str, datetime]:
        rows = await tx.execute(select(access_entries.c.actor_id, access_entries.c.since))
        return {row.actor_id: row.since for row in rows}

    assert await database.transact(read) == {MIRA: MONDAY, TOMAS: MONDAY + timedelta(days=1)}


async def look_into(database: Database, case: str, actor: str, until: datetime) -> None:
    row = {"case_id": case, "actor_id": actor, "until": until}
    await database.transact(lambda tx: tx.execute(insert(glass), row))


async def test_broken_glass_opens_until_its_instant(database: Database) -> None:
    """Who broke the glass sees the case up to the end of the hour, which is no longer within it."""
    end = MONDAY + timedelta(hours=1)
    await enter(database, FIRST, {TOMAS}, set())
    await look_into(database, FIRST, MIRA, end)
    last = end - timedelta(microseconds=1)
    assert await seen_by(database, MIRA, last) == {FIRST}
    assert await relation(database, FIRST, MIRA, last) == Relation(assigned=False, recused=False, glass_broken=True)
    assert await seen_by(database, MIRA, end) == set()
    assert await relation(database, FIRST, MIRA, end) == Relation(assigned=False, recused=False, glass_broken=False)
    assert await seen_by(database, ADA, last) == set()


async def test_recusal_beats_broken_glass(database: Database) -> None:
    """A recusal that comes while the glass is broken ends the look at once."""
    await enter(database, FIRST, {TOMAS}, set())
    await look_into(database, FIRST, MIRA, MONDAY + timedelta(hours=1))
    assert await seen_by(database, MIRA) == {FIRST}
    await enter(database, FIRST, {TOMAS}, {MIRA})
    assert await seen_by(database, MIRA) == set()
    assert await relation(database, FIRST, MIRA) == Relation(assigned=False, recused=True, glass_broken=True)


async def test_what_needs_an_assignment_is_not_opened_by_broken_glass(database: Database) -> None:
    """The cases that an actor is assigned to are not those whose glass they broke; only staff have any."""
    await enter(database, FIRST, {MIRA}, set())
    await enter(database, SECOND, {TOMAS}, set())
    await look_into(database, SECOND, MIRA, MONDAY + timedelta(hours=1))

    async def read(tx: Transaction) -> list[set[str]]:
        both = [Actor(MIRA, "staff"), Actor(MIRA, "partner")]
        queries = [query for actor in both for query in (visible_cases(actor, MONDAY), assigned_cases(actor))]
        return [set((await tx.execute(query)).scalars()) for query in queries]

    assert await database.transact(read) == [{FIRST, SECOND}, {FIRST}, set(), set()]
