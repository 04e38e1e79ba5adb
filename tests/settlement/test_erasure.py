"""Settlement forgets a person: submissions, plans, outcomes; places are free, others go on, and nobody comes back."""

import asyncio
from pathlib import Path

import pytest

from services.settlement.database import metadata
from services.settlement.service import blueprint
from shared.contracts.settlement import ErasureCompleted, PathwayChanged
from tests.settlement.stories import (
    accept,
    arrive,
    depart,
    found_programme,
    get,
    officer,
    open_case,
    post,
    quota,
    submit,
)
from tests.support.erasure import backed_up, cells_with, has_key, parked, person_erased, restored, shuffled_again
from tests.support.room import Room, open_room


async def test_what_is_undecided_is_withdrawn_and_its_places_are_free(any_room: Room) -> None:
    """The submission names two: it ends for both, its places go to who waits, and the other can be put forward anew."""
    room, me = any_room, officer()
    programme = await found_programme(room, me, places=2)
    pair, waiting = await open_case(room, me, people=2), await open_case(room, me)
    gone, stays = pair.person_ids
    await submit(room, me, programme, pair)
    assert (await submit(room, me, programme, waiting, may_wait=True)).json()["state"] == "waitlisted"
    await room.tell(person_erased(room, pair.case_id, gone))
    await room.fire()
    assert await quota(room, me, programme) == (2, 1, 0, 0)
    assert (await cells_with(room, metadata, gone), await has_key(room, gone)) == (set(), False)
    withdrawn = [told for told in await room.told(PathwayChanged) if told.case_id == pair.case_id][-1]
    assert [(one.person_id, room.opened("intake", withdrawn, one.view).state) for one in withdrawn.persons] == [
        (stays, "withdrawn")
    ]
    body = {"case_id": pair.case_id, "person_ids": [stays]}
    again = await post(room, me, f"/programmes/{programme}/submissions", body)
    assert (again.status_code, again.json()["state"]) == (201, "submitted")
    assert [told.person_id for told in await room.told(ErasureCompleted)] == [gone]


async def test_a_settled_person_is_forgotten_with_plan_and_outcomes(room: Room) -> None:
    """Used places stay used; plans, needs, receptions and outcomes of the person are gone, the other's are not."""
    me = officer()
    programme = await found_programme(room, me)
    pair = await open_case(room, me, people=2)
    gone, stays = pair.person_ids
    await accept(room, me, programme, pair)
    await arrive(room, pair, await depart(room, pair))
    await room.tell(person_erased(room, pair.case_id, gone))
    await room.fire()
    assert await cells_with(room, metadata, gone) == set()
    assert await quota(room, me, programme) == (5, 0, 2, 0)
    assert {"outcomes", "reception_persons", "submission_persons"} <= await cells_with(room, metadata, stays)
    listed = (await get(room, me, f"/cases/{pair.case_id}/receptions")).json()["items"]
    assert [reception["person_ids"] for reception in listed] == [[stays]]


async def test_a_case_goes_with_its_last_person(room: Room) -> None:
    """Entries, countries and ways of the case go with its key."""
    me = officer()
    programme = await found_programme(room, me)
    group = await open_case(room, me)
    await accept(room, me, programme, group)
    await arrive(room, group, await depart(room, group))
    await room.tell(person_erased(room, group.case_id, group.person_ids[0], ends=True))
    await room.fire()
    for subject in (group.case_id, *group.person_ids):
        assert (await cells_with(room, metadata, subject), await has_key(room, subject)) == (set(), False)
    assert await quota(room, me, programme) == (5, 0, 1, 0)


@pytest.mark.parametrize("seed", range(4))
async def test_nobody_comes_back_by_replay(room: Room, seed: int) -> None:
    """Every event three times, in any order: the person stays gone and nothing is parked."""
    me = officer()
    pair = await open_case(room, me, people=2)
    await arrive(room, pair, await depart(room, pair))
    await room.tell(person_erased(room, pair.case_id, pair.person_ids[0]))
    await room.fire()
    known = await cells_with(room, metadata, pair.person_ids[1])
    await room.database.transact(_empty)
    await shuffled_again(room, seed)
    assert await cells_with(room, metadata, pair.person_ids[0]) == set()
    assert await parked(room) == []
    assert await cells_with(room, metadata, pair.person_ids[1]) == known


async def _empty(tx: object) -> None:
    """The consumer lost what it knew of people, and keeps only the ledger."""
    for table in reversed(metadata.sorted_tables):
        if "programme" not in table.name:
            await tx.execute(table.delete())  # type: ignore[attr-defined]


async def test_a_restored_backup_brings_nobody_back(room: Room, tmp_path: Path) -> None:
    """The database of before the erasure with the key store of after it: forgotten anew, places included."""
    me = officer()
    programme = await found_programme(room, me, places=3)
    pair = await open_case(room, me, people=2)
    await submit(room, me, programme, pair)
    backup = await backed_up(room, tmp_path / "backup.db")
    await room.tell(person_erased(room, pair.case_id, pair.person_ids[0]))
    await room.fire()
    await restored(room, backup)
    assert (await cells_with(room, metadata, pair.person_ids[0]), await has_key(room, pair.person_ids[0])) == (
        set(),
        False,
    )


async def test_two_of_a_family_forgotten_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL, at the same time: the submission that named both frees its places once."""
    monkeypatch.setattr("shared.database.engine.GROUP", 1)
    async with open_room(blueprint(), tmp_path, "postgresql") as room:
        me = officer()
        programme = await found_programme(room, me, places=4)
        trio = await open_case(room, me, people=3)
        await submit(room, me, programme, trio)
        for gone in trio.person_ids[:2]:
            await room.tell(person_erased(room, trio.case_id, gone))
        await asyncio.gather(*(room.database.transact(room.timers._fire) for _ in range(4)))
        await room.fire()
        assert await quota(room, me, programme) == (4, 0, 0, 0)
        for gone in trio.person_ids[:2]:
            assert (await cells_with(room, metadata, gone), await has_key(room, gone)) == (set(), False)
