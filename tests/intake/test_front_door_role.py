"""The role of the front door in PostgreSQL: it inserts a request, reads and adds to one thread, and nothing else."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.intake.front_door import store
from services.intake.front_door.model.receipts import read
from services.intake.front_door.service import check_role
from shared.database import Transaction
from shared.errors import Refusal
from tests.support.door import House, open_house

REFUSED = (
    "SELECT box FROM door_letters",
    "SELECT count(*) FROM door_letters",
    "UPDATE door_letters SET stuck = true",
    "DELETE FROM door_letters",
    "UPDATE door_threads SET confirmation = 'x'",
    "INSERT INTO door_answers (id, number, thread_id, box) SELECT 'a', 1, id, 'x' FROM door_threads",
    "UPDATE door_answers SET box = 'x'",
    "TRUNCATE door_threads",
    "ALTER TABLE door_threads DISABLE ROW LEVEL SECURITY",
    "DROP POLICY one_thread ON door_threads",
    "CREATE TABLE mine (id int)",
    "SET ROLE postgres",
    "COPY door_letters TO STDOUT",
)
OUT_OF_SIGHT = (
    "SELECT * FROM door_threads",
    "SELECT * FROM door_answers",
    "DELETE FROM door_threads RETURNING id",
    "DELETE FROM door_answers RETURNING id",
)


async def as_door(house: House, statement: str, handle: str = "") -> list[Any]:
    async def job(tx: Transaction) -> list[Any]:
        if handle:
            await store.come_in(tx, handle)
        found = await tx.execute(text(statement))
        return list(found.all()) if found.returns_rows else []

    return await house.database.transact(job)


async def test_the_role_does_what_a_visit_needs_and_is_refused_everything_else(tmp_path: Path) -> None:
    """Two threads: with one's handle the other's rows are not there; letters cannot be read at all."""
    async with open_house(tmp_path, "postgresql") as house:
        await house.ask()
        words = await house.ask("fr")
        for statement in REFUSED:
            with pytest.raises(DBAPIError) as refused:
                await as_door(house, statement)
            assert "permission denied" in str(refused.value) or "must be owner" in str(refused.value), statement
        for statement in OUT_OF_SIGHT:
            assert await as_door(house, statement) == [], statement
        handle = (await house.locks.open(read(words), "here"))[0].handle
        (mine,) = await as_door(house, "SELECT id FROM door_threads", handle)
        every = await house.owned_rows("SELECT id FROM door_threads")
        (other,) = {row[0] for row in every} - {mine[0]}
        foreign = f"INSERT INTO door_letters (id, thread_id, kid, box, stuck) VALUES ('b', '{other}', 'k', 'x', false)"
        with pytest.raises(DBAPIError, match="row-level security"):
            await as_door(house, foreign, handle)
        with pytest.raises(DBAPIError, match="row-level security"):
            await as_door(house, "INSERT INTO door_threads VALUES ('of-others', 'c', 'x')", handle)


async def test_it_serves_by_no_role_that_may_more(tmp_path: Path) -> None:
    """As the owner of the tables, or as a superuser, it refuses to serve."""
    async with open_house(tmp_path, "postgresql") as house:
        await check_role(house.settings.database_url)
        with pytest.raises(Refusal) as refused:
            await check_role(house.owned.url)
        assert refused.value.code == "role_may_too_much"
