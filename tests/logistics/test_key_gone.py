"""What comes too late for its key stands parked with that reason, and nothing of it is applied."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from services.logistics.travellers.store import PEOPLE
from shared.clock import new_id
from shared.messaging.inbox_rows import PARKED
from shared.vault.masters import MasterFile
from shared.vault.rotation import add_sealing_key, destroy_sealing_keys, retire_sealing_keys
from tests.logistics.scene import Group, open_group, tell_case
from tests.support.room import Room, problem, staff


async def test_an_event_sealed_to_a_destroyed_key_is_parked(room: Room, tmp_path: Path) -> None:
    """It says `key_gone` to operators, cannot be replayed, and holds up no other case."""
    file = MasterFile(tmp_path / "logistics.master.json")
    add_sealing_key(file)
    retire_sealing_keys(file, datetime(2017, 1, 1, tzinfo=UTC))
    room.vault.renew(file.load(), room._publics)
    await open_group(room)
    assert len(destroy_sealing_keys(file, datetime(2017, 2, 6, tzinfo=UTC))) == 1
    room.vault.renew(file.load(), room._publics)
    late, operator = Group(staff("coordinator"), people=[new_id()]), staff("operator")
    await tell_case(room, late)
    (parked,) = await room.rows(select(PARKED.c.id, PARKED.c.reason, PARKED.c.key))
    assert (parked["reason"], parked["key"]) == ("invalid:key_gone", late.case_id)
    async with room.client(operator) as client:
        (seen,) = (await client.get("/parked")).json()["items"]
        again = await client.post(f"/parked/{parked['id']}/replay")
    assert (seen["event"], seen["reason"]) == ("intake.case_opened.v1", "invalid:key_gone")
    assert problem(again) == (409, "still_parked")
    people = {row["id"] for row in await room.rows(select(PEOPLE.c.id))}
    assert late.people[0] not in people
    assert len(people) == 1
