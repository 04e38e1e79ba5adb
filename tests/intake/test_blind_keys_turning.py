"""While the blind key is rotated, some processes write images of the new key, some of the old; one value stays one."""

import asyncio
from collections.abc import AsyncIterator
from itertools import cycle
from pathlib import Path

import pytest
from joserfc.jwk import ECKey
from sqlalchemy import select

from services.intake.consent.store.consents import CONSENTS
from services.intake.requests.store.requests import REQUESTS
from services.intake.service import blueprint
from shared.vault.masters import MasterFile
from shared.vault.renewing import renew_blind
from shared.vault.rotation import add_key, use_newest
from tests.intake.test_way_to_a_plan import ADAM, accept, ask
from tests.logistics.scene import open_all_lanes
from tests.support.consents import spoken
from tests.support.room import NOON, Room, open_room, staff


@pytest.fixture
async def busy_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Room]:
    """On PostgreSQL, where what comes at once races as it would between replicas."""
    monkeypatch.setattr("shared.database.engine.GROUP", 1)
    async with open_room(blueprint(ECKey.generate_key("P-256")), tmp_path, "postgresql") as opened:
        await open_all_lanes(opened)
        yield opened


async def test_one_consent_is_live_though_images_differ(
    busy_room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Consents for one purpose that are given at once, half of them written with either key, leave one that is live."""
    room, file = busy_room, MasterFile(tmp_path / "intake.master.json")
    add_key(file, "blind")
    room.vault.renew(file.load(), room._publics)
    known, turns = room.vault.blinds, cycle([1, -1])
    monkeypatch.setattr(room.vault, "blinds", lambda index, value: known(index, value)[:: next(turns)])
    async with room.client(staff("intake_officer")) as client:
        case_id = await accept(client, await ask(client), [ADAM], [])
        (person,) = (await client.get(f"/cases/{case_id}/people")).json()["people"]
        url, given = f"/people/{person['id']}/consents", spoken("share_with_partner")
        for _ in range(5):
            answers = await asyncio.gather(*(client.post(url, json=given) for _ in range(8)))
            assert {answer.status_code for answer in answers} == {201}
            assert len(await room.rows(select(CONSENTS.c.id).where(CONSENTS.c.live.is_(True)))) == 1
    assert len({row["slot"] for row in await room.rows(select(CONSENTS.c.slot))}) == 2


async def test_what_was_found_before_is_found_meanwhile_and_after(room: Room, tmp_path: Path) -> None:
    """At every step of the rotation a request finds its duplicates, those of before included."""
    file = MasterFile(tmp_path / "intake.master.json")

    async with room.client(staff("intake_officer")) as client:
        asked = [await ask(client, name="Муса Хасханов", contact="+7 900 1")]
        add_key(file, "blind")
        room.vault.renew(file.load(), room._publics)
        asked.append(await ask(client, name="Musa Khaskhanov", contact=""))
        use_newest(file, "blind", NOON)
        room.vault.renew(file.load(), room._publics)
        asked.append(await ask(client, name="", contact="+79001"))
        asked.append(await ask(client, name="Musa Khaskhanov", contact="+79001"))
        before = await room.rows(select(REQUESTS.c.id, REQUESTS.c.contact))

        async def flagged() -> list[list[int]]:
            seen = [(await client.get(f"/requests/{one}")).json()["possible_duplicates"] for one in asked]
            return [sorted(asked.index(other) for other in others) for others in seen]

        expected = [[1, 2, 3], [0, 3], [0, 3], [0, 1, 2]]
        assert await flagged() == expected
        await renew_blind(room.database, room.vault, room.blueprint.blinds)
        assert await flagged() == expected
    after = {row["id"]: row["contact"] for row in await room.rows(select(REQUESTS.c.id, REQUESTS.c.contact))}
    same = {row["id"]: row["contact"] == after[row["id"]] for row in before}
    assert (same[asked[0]], same[asked[2]]) == (False, True)
