"""What intake does in the database of the front door, by another role: fetch letters, lay answers out, end threads.

Rule: a letter leaves this database only when it is in intake's; each of these can be done again without harm.
"""

from collections.abc import Collection, Sequence

from services.intake.front_door import store
from services.intake.front_door.model.letters import Box, SetAside
from shared.database import Database, Slice

BELL = store.BELL


async def waiting(door: Database, limit: int) -> list[Box]:
    """Letters on their way to intake, in the order in which they came."""
    return await door.transact(lambda tx: store.waiting(tx, limit))


async def took(door: Database, letter_ids: Sequence[str]) -> None:
    """They are with intake."""
    await door.transact(lambda tx: store.took(tx, letter_ids))


async def set_aside(door: Database, letter_id: str, why: str) -> None:
    """It cannot be opened: it stays, and holds no other thread up."""
    await door.transact(lambda tx: store.set_aside(tx, letter_id, why))


async def behind_set_aside(door: Database) -> frozenset[str]:
    """Threads in which a letter was set aside."""
    return await door.transact(store.behind_set_aside)


async def see_set_aside(door: Database, after: str | None, limit: int) -> Slice[SetAside]:
    """Letters that were set aside, in the order in which they came."""
    return await door.transact(lambda tx: store.see_set_aside(tx, after, limit))


async def try_again(door: Database, letter_id: str) -> bool:
    """Whether it was set aside; it is on its way again."""
    return await door.transact(lambda tx: store.try_again(tx, letter_id))


async def discard(door: Database, letter_id: str) -> bool:
    """Whether it was set aside; it is gone."""
    return await door.transact(lambda tx: store.discard(tx, letter_id))


async def still_here(door: Database, letter_ids: Collection[str]) -> frozenset[str]:
    """Those of these letters that are at the front door."""
    return await door.transact(lambda tx: store.still_here(tx, letter_ids))


async def counts(door: Database) -> tuple[int, int]:
    """How many letters wait, and how many cannot be opened."""
    return await door.transact(store.counts)


async def lay_out(door: Database, answers: Sequence[tuple[str, str, int, bytes]]) -> None:
    """Answers, each with its id, thread, number and box."""
    for answer_id, thread_id, number, box in answers:
        await door.transact(
            lambda tx, it=(answer_id, thread_id, number, box): store.lay_out(tx, *it)  # type: ignore[misc]
        )


async def end(door: Database, thread_ids: Collection[str]) -> None:
    """Nothing of these threads is left here."""
    await door.transact(lambda tx: store.end_threads(tx, sorted(thread_ids)))
