"""A sealed programme's disclosure waits for those on its list, and does not exist for anybody else."""

from typing import Any

import pytest

from shared.access import Actor
from shared.database import Transaction
from tests.settlement.stories import found_programme, get, officer, open_case
from tests.settlement.test_disclosures import listed, propose, sign
from tests.support.room import Room, problem

NEVER = "0" * 32
SAME = {"X-Correlation-Id": "0" * 32}


async def test_a_disclosure_waits_for_the_list_only(any_room: Room) -> None:
    """Whoever is not on it sees no item, and asks for its id as for one that never was."""
    room, me, outsider = any_room, officer(), officer()
    programme = await found_programme(room, me, sealed="sealed")
    await open_case(room, me, outsider)
    second = await listed(room, me, programme)
    proposed = (await propose(room, me, programme)).json()
    (item,) = (await get(room, second, "/approvals")).json()["items"]
    assert (item["kind"], item["subject_id"], item["case_id"]) == ("disclosure", proposed["id"], None)
    assert item["decide_at"] == f"/disclosures/{proposed['id']}/signatures"
    assert (await get(room, me, "/approvals")).json()["items"] == []
    hidden = await get(room, outsider, "/approvals", **SAME)
    assert hidden.json() == {"items": [], "next": None}
    there = await get(room, outsider, f"/approvals/{item['id']}", **SAME)
    never = await get(room, outsider, f"/approvals/{NEVER}", **SAME)
    assert (problem(there), there.content, dict(there.headers)) == (
        (404, "not_found"),
        never.content,
        dict(never.headers),
    )
    await sign(room, second, proposed)
    assert (await get(room, second, "/approvals")).json()["items"] == []
    assert (await get(room, me, f"/approvals/{item['id']}")).json()["state"] == "approved"


async def test_a_sealed_proposal_costs_the_outsider_no_statement(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their list, and a look at its id, ask the database as much as when there is none; the list's looks more."""
    me, outsider = officer(), officer()
    programme = await found_programme(room, me, sealed="sealed")
    second = await listed(room, me, programme)
    asked: list[str] = []
    execute = Transaction.execute

    async def counted(tx: Transaction, statement: Any, params: Any = None) -> Any:
        asked.append(str(statement))
        return await execute(tx, statement, params)

    async def statements(actor: Actor, path: str) -> list[str]:
        asked.clear()
        await get(room, actor, path)
        return list(asked)

    monkeypatch.setattr(Transaction, "execute", counted)
    list_of_none, one_of_none = [await statements(outsider, path) for path in ("/approvals", f"/approvals/{NEVER}")]
    await propose(room, me, programme)
    (item,) = (await get(room, second, "/approvals")).json()["items"]
    assert await statements(outsider, "/approvals") == list_of_none
    assert await statements(outsider, f"/approvals/{item['id']}") == one_of_none
    assert len(await statements(second, "/approvals")) > len(list_of_none)
