"""What is known of a person: dated entries that are ended and never overwritten, and what they keep from the others."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import text

from services.intake.people.model.codes import NEEDS
from services.intake.service import blueprint
from tests.intake.conftest import REFERRAL_KEY
from tests.intake.test_way_to_a_plan import ADAM, MINOR, accept, ask
from tests.logistics.scene import open_all_lanes
from tests.support.room import NOON, Room, open_room, problem, staff

SINCE = {"source": "person", "since": "2017-04-01"}


async def couple(client: AsyncClient, team: tuple[str, ...] = ()) -> tuple[str, list[str]]:
    """A case of two: its id and theirs."""
    case_id = await accept(client, await ask(client), [ADAM, MINOR], list(team))
    return case_id, [it["id"] for it in (await client.get(f"/cases/{case_id}/people")).json()["people"]]


async def enter(client: AsyncClient, person_id: str, kind: str, value: str, **other: Any) -> dict[str, Any]:
    body = {"kind": kind, "value": value, **SINCE, **other}
    answer = await client.post(f"/people/{person_id}/entries", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_needs_are_entered_ended_and_never_overwritten(room: Room) -> None:
    """In UNHCR's codes; an end is an entry of its own, with who recorded it, whose word it is and since when."""
    officer, worker = staff("intake_officer"), staff("caseworker")
    async with room.client(officer) as client, room.client(worker) as other:
        _, (adam, _) = await couple(client, (worker.id,))
        hiding = await enter(client, adam, "need", "LP-IH", note="In a cellar of a friend.")
        await enter(client, adam, "need", "SM-MI", source="partner", since="2016-11-20")
        await enter(other, adam, "concern", "hunted")
        unknown = {"kind": "need", "value": "LP-XX", **SINCE}
        assert problem(await client.post(f"/people/{adam}/entries", json=unknown)) == (422, "unknown_code")
        tomorrow = {"kind": "need", "value": "LP-IH", "source": "person", "since": "2017-04-04"}
        assert problem(await client.post(f"/people/{adam}/entries", json=tomorrow)) == (422, "in_future")
        room.clock.move(NOON.replace(day=5))
        url, over = f"/entries/{hiding['id']}/end", {"note": "In a house of ours.", **SINCE}
        early = await client.post(url, json={**over, "since": "2017-03-31"})
        assert problem(early) == (422, "ends_before_it_begins")
        assert (await other.post(url, json={**over, "since": "2017-04-05"})).status_code == 201
        assert problem(await client.post(url, json=over)) == (409, "already_ended")
        first = (await client.get(f"/people/{adam}/entries?limit=2")).json()
        rest = (await client.get(f"/people/{adam}/entries?limit=2&after={first['next']}")).json()
        now = (await client.get(f"/people/{adam}")).json()
    told = {it["value"]: it for it in [*first["items"], *rest["items"]]}
    assert set(told) == {"LP-IH", "SM-MI", "hunted"}
    assert told["LP-IH"]["note"] == "In a cellar of a friend."
    assert (told["LP-IH"]["recorded_by"], told["LP-IH"]["recorded_at"]) == (officer.id, "2017-04-03T12:00:00Z")
    ended = told["LP-IH"]["ended"]
    assert (ended["recorded_by"], ended["since"], ended["note"]) == (worker.id, "2017-04-05", "In a house of ours.")
    assert (told["SM-MI"]["source"], told["SM-MI"]["since"], told["SM-MI"]["ended"]) == ("partner", "2016-11-20", None)
    assert [it["value"] for it in now["needs"]] == ["SM-MI"]
    assert [it["value"] for it in now["concerns"]] == ["hunted"]


async def test_a_name_in_use_is_apart_from_the_name_on_papers(room: Room) -> None:
    """The newest name and pronouns are shown everywhere; what the papers say is told to who fills in documents alone,
    and an ended name gives way to the one before."""
    named = {**ADAM, "name_on_papers": "Adam Birch", "marker_on_papers": "M"}
    async with room.client(staff("intake_officer")) as client:
        case_id = await accept(client, await ask(client), [named], [])
        (person,) = (await client.get(f"/cases/{case_id}/people")).json()["people"]
        await enter(client, person["id"], "pronouns", "she")
        anna = await enter(client, person["id"], "name_in_use", "Anna")
        (shown,) = (await client.get(f"/cases/{case_id}/people")).json()["people"]
        assert (shown["name_in_use"], shown["pronouns"]) == ("Anna", "she")
        papers = (await client.get(f"/people/{person['id']}/papers")).json()
        assert papers == {"name_on_papers": "Adam Birch", "marker_on_papers": "M"}
        assert "Birch" not in (await client.get(f"/cases/{case_id}/people")).text
        assert "Birch" not in (await client.get(f"/people/{person['id']}")).text
        await client.post(f"/entries/{anna['id']}/end", json=SINCE)
        assert (await client.get(f"/people/{person['id']}")).json()["name_in_use"] == "Adam"


async def test_what_a_member_keeps_from_the_others_is_in_no_view_of_the_group(room: Room) -> None:
    """A spouse who reads along with the group learns neither the name nor the code; staff on the person do, and nobody
    who is merely on the case."""
    reviewer = staff("reviewer")
    async with room.client(staff("intake_officer")) as client, room.client(reviewer) as other:
        case_id, (adam, mila) = await couple(client, (reviewer.id,))
        await enter(client, adam, "name_in_use", "Anna", kept=True)
        await enter(client, adam, "sogiesc", "identity.trans_woman", kept=True)
        await enter(client, adam, "sogiesc", "orientation.bisexual")
        group = await client.get(f"/cases/{case_id}/people")
        assert [it["name_in_use"] for it in group.json()["people"]] == ["Adam", "Mila"]
        assert "trans" not in group.text
        theirs = (await client.get(f"/people/{adam}")).json()
        assert theirs["name_in_use"] == "Anna"
        kept = {it["value"]: it["kept"] for it in theirs["sogiesc"]}
        assert kept == {"identity.trans_woman": True, "orientation.bisexual": False}
        assert (await client.get(f"/people/{mila}")).json()["sogiesc"] == []
        for path in (f"/people/{adam}", f"/people/{adam}/entries", f"/people/{adam}/papers"):
            assert problem(await other.get(path)) == (403, "not_permitted")


async def test_nothing_of_it_is_written_in_clear(room: Room) -> None:
    """Neither kind, code, name nor source stands in the table; and rows of short notes have one length."""
    async with room.client(staff("intake_officer")) as client:
        _, (adam, _) = await couple(client)
        for kind, value in (("need", "SV-VO"), ("sogiesc", "orientation.gay"), ("name_in_use", "Anna")):
            await enter(client, adam, kind, value, note="Told in the second call.")
    rows = await room.rows(text("SELECT * FROM person_entries"))
    assert len({len(row["entry"]) for row in rows}) == 1
    whole = b" ".join(cell if isinstance(cell, bytes) else str(cell).encode() for row in rows for cell in row.values())
    assert [word for word in (b"SV-VO", b"gay", b"Anna", b"need", b"person", b"second") if word in whole] == []


async def test_two_who_end_the_same_entry_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL, in transactions of their own: it ends once."""
    monkeypatch.setattr("shared.database.engine.GROUP", 1)
    opened = open_room(blueprint(REFERRAL_KEY), tmp_path, "postgresql")
    async with opened as room, room.client(staff("intake_officer")) as client:
        _, (adam, _) = await couple(client)
        entry = await enter(client, adam, "need", "LP-IH")
        await open_all_lanes(room)
        url = f"/entries/{entry['id']}/end"
        answers = await asyncio.gather(*(client.post(url, json=SINCE) for _ in range(4)))
        (told,) = (await client.get(f"/people/{adam}/entries")).json()["items"]
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert told["ended"] is not None


def test_the_needs_are_unhcrs() -> None:
    """Eleven groups, each with finer codes that begin with it."""
    groups = {code for code in NEEDS if "-" not in code}
    assert groups == {"CR", "SC", "WR", "ER", "SP", "DS", "SM", "FU", "LP", "TR", "SV"}
    assert {code.partition("-")[0] for code in NEEDS if "-" in code} == groups
