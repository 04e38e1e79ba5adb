"""Who is assigned to which case, and who is recused."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from shared.access import Relation, relation_of, replace_entries, visible_cases
from shared.access.grants import access_entries
from shared.database import Database, Transaction

MIRA, TOMAS, ADA = "a1" * 16, "b2" * 16, "c3" * 16
FIRST, SECOND, THIRD = "01" * 16, "02" * 16, "03" * 16
MONDAY = datetime(2017, 4, 3, 9, tzinfo=UTC)


async def enter(database: Database, case: str, assigned: set[str], recused: set[str], at: datetime = MONDAY) -> None:
    await database.transact(lambda tx: replace_entries(tx, case, assigned, recused, at))


async def seen_by(database: Database, actor: str) -> set[str]:
    async def read(tx: Transaction) -> set[str]:
        return set((await tx.execute(visible_cases(actor))).scalars())

    return await database.transact(read)


async def relation(database: Database, case: str, actor: str) -> Relation:
    return await database.transact(lambda tx: relation_of(tx, case, actor))


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
