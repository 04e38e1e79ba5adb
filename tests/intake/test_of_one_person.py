"""What is written, arranged, tried and to be done about one person of a case goes where they go, and with them."""

import runpy
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import text, update

from services.intake import cases
from services.intake.cases.store import turns
from services.intake.cases.store.turns import TURNS
from services.intake.database import metadata
from services.intake.duties import actions as duties
from services.intake.duties.model import Subject, Who
from services.intake.service import blueprint
from shared.access import Actor
from shared.contracts.intake import DutyCalled
from shared.work import Work
from tests.intake.conftest import REFERRAL_KEY
from tests.intake.telling import take
from tests.intake.test_diary import at, vetted
from tests.intake.test_duties import within
from tests.intake.test_erasure import Family as Erased
from tests.intake.test_erasure import erase
from tests.intake.test_families import ANNA, Family, members, split
from tests.intake.test_safe_contact import agree
from tests.intake.test_second_instance import PDF
from tests.intake.test_way_to_a_plan import ADAM, ITEM, TALK, accept, ask
from tests.support.consents import spoken
from tests.support.erasure import cells_with
from tests.support.room import NOON, Room, open_room, problem, staff

NOW_SAFE = [{"days": [1], "begins": "14:00", "until": "16:00"}]
"""In Moscow, where it is 15:00."""
NEXT_WEEK = NOON + timedelta(days=7)


async def told(client: AsyncClient, url: str, body: dict[str, Any] | None = None, **asked: Any) -> dict[str, Any]:
    answer = await client.post(url, json=body, **asked)
    assert answer.status_code < 300, answer.text
    return dict(answer.json())


async def about(room: Room, client: AsyncClient, case_id: str, person: str, name: str, at_hour: int) -> str:
    """Everything that there can be about one of them; the note."""
    of_case = f"/cases/{case_id}"
    note = await told(client, f"{of_case}/notes", {"on": "2017-04-02", "text": f"{name} wept.", "person_id": person})
    await told(client, f"{of_case}/appointments", at(NEXT_WEEK + timedelta(hours=at_hour), person_id=person))
    item = await told(client, f"{of_case}/verification/items", {**ITEM, "note": f"Of {name}.", "person_id": person})
    sent = {"content": PDF, "headers": {"Content-Type": "application/pdf"}}
    assert (await client.post(f"/verification-items/{item['id']}/files", **sent)).status_code == 201
    await told(client, f"{of_case}/verification/interviews", {**TALK, "summary": f"{name} spoke.", "person_id": person})
    assert (await agree(client, person, hours=NOW_SAFE)).status_code == 200
    await told(client, f"/people/{person}/contact-attempts", {"channel": "signal", "result": "no_answer"})
    whom, due = Subject.person(person, case_id), NOON + timedelta(days=3)
    await within(
        room, lambda work: duties.assign(work, "came_of_age", whom, cause=person, due_at=due, who=Who.on_case())
    )
    return str(note["id"])


async def found(client: AsyncClient, case_id: str) -> dict[str, list[str]]:
    """What the case has, of whom."""
    notes = (await client.get(f"/cases/{case_id}/notes")).json()["items"]
    booked = (await client.get(f"/cases/{case_id}/appointments")).json()["items"]
    items = (await client.get(f"/cases/{case_id}/verification/items")).json()["items"]
    talks = (await client.get(f"/cases/{case_id}/verification/interviews")).json()["items"]
    to_do = (await client.get(f"/cases/{case_id}/duties")).json()["items"]
    return {
        "notes": [it["versions"][0]["text"] for it in notes],
        "appointments": [it["person_id"] for it in booked],
        "evidence": [f"{it['note']} {len(it['files'])}" for it in items],
        "interviews": [it["summary"] for it in talks],
        "duties": sorted(it["kind"] for it in to_do if it["state"] == "open" and it["kind"] != "sign"),
    }


def whole(name: str, person: str) -> dict[str, list[str]]:
    return {
        "notes": [f"{name} wept."],
        "appointments": [person],
        "evidence": [f"Of {name}. 1"],
        "interviews": [f"{name} spoke."],
        "duties": ["appointment", "came_of_age"],
    }


async def couple(room: Room, officer: Actor, reviewer: Actor) -> tuple[str, str, str]:
    async with room.client(officer) as client:
        case_id = await accept(client, await ask(client), [ADAM, ANNA], [reviewer.id])
        adam, anna = await members(client, case_id)
        await about(room, client, case_id, adam, "Adam", 0)
        await about(room, client, case_id, anna, "Anna", 2)
        return case_id, adam, anna


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_what_is_about_one_goes_with_their_erasure_and_the_others_stays(tmp_path: Any, kind: str) -> None:
    """No row names who was erased but the proposal, nothing calls for them later, and of the other all is there."""
    async with open_room(blueprint(REFERRAL_KEY), tmp_path, kind) as room:
        officer, reviewer = staff("intake_officer"), staff("reviewer")
        case_id, adam, anna = await couple(room, officer, reviewer)
        async with room.client(officer) as client:
            (theirs,) = [
                it["id"]
                for it in (await client.get(f"/cases/{case_id}/appointments")).json()["items"]
                if it["person_id"] == adam
            ]
            death = {"note": "A cousin called.", "on": "2017-04-01"}
            await told(client, f"/people/{adam}/death", death)
            (turn,) = (await client.get(f"/cases/{case_id}/turns")).json()["items"]
            assert (turn["what"], turn["person_id"], turn["reason"]) == ("died", adam, "2017-04-01 A cousin called.")
            await erase(room, Erased(officer, staff("data_protection"), case_id, [adam, anna], ""), adam)
            assert await cells_with(room, metadata, adam) == {"erasure_proposals"}
            assert await cells_with(room, metadata, theirs) == set()
            assert await found(client, case_id) == whole("Anna", anna)
            assert (await client.get(f"/cases/{case_id}/turns")).json()["items"] == []
            tried = (await client.get(f"/people/{anna}/contact-attempts")).json()["items"]
            assert len(tried) == 1
            room.clock.move(NOON + timedelta(days=30))
            await room.fire()
            calls = {it.duty_id for it in await room.told(DutyCalled)}
            left = {it["id"] for it in (await client.get(f"/cases/{case_id}/duties")).json()["items"]}
            assert calls <= left


async def test_what_is_about_one_follows_them_at_a_split_and_the_giver_loses_it(room: Room) -> None:
    """Both cases have their own person's, and the duty to say what came of an appointment; whoever is taken off the new
    case reads none of it. An interpreter who is kept away from the group is kept away from both."""
    officer, reviewer = staff("intake_officer"), staff("reviewer")
    case_id, adam, anna = await couple(room, officer, reviewer)
    ayla = await vetted(room)
    async with room.client(officer) as client, room.client(reviewer) as other:
        away = {"interpreter_id": ayla, "reason": "They are cousins."}
        await told(client, f"/cases/{case_id}/excluded-interpreters", away)
        (note,) = [
            it["id"] for it in (await client.get(f"/cases/{case_id}/notes")).json()["items"] if it["person_id"] == anna
        ]
        new = await split(room, Family(officer, reviewer, case_id, [adam, anna]), [anna])
        assert await found(client, case_id) == whole("Adam", adam)
        assert await found(client, new) == whole("Anna", anna)
        refused = await client.post(f"/cases/{new}/appointments", json=at(NEXT_WEEK, interpreter_id=ayla))
        assert problem(refused)[0] == 409
        team = {"assigned": [reviewer.id]}
        version = (await client.get(f"/cases/{new}")).json()["version"]
        await told(client, f"/cases/{new}/team", team, headers={"If-Match": f'"{version}"'})
        assert problem(await client.get(f"/notes/{note}")) == (404, "not_found")
        assert problem(await client.get(f"/cases/{new}/notes")) == (404, "not_found")
        assert problem(await client.get(f"/people/{anna}/contact-attempts")) == (404, "not_found")
        assert (await other.get(f"/notes/{note}")).json()["versions"][0]["text"] == "Anna wept."
        assert [it["kind"] for it in (await client.get("/duties")).json()["items"]] == ["came_of_age", "appointment"]


async def as_before(room: Room, case_id: str) -> None:
    """Deaths of a case lie as they did before they were under the key of who died."""

    async def back(work: Work) -> None:
        for turn in (await turns.page(work, case_id, None, 50)).items:
            if turn.what == "died":
                box = turns._said(await work.cipher(case_id), turn)
                row = update(TURNS).where(TURNS.c.id == turn.id)
                await work.execute(row.values(said=box, person_id=None, case_id=case_id))

    await within(room, back)


async def migrated(room: Room) -> None:
    """What the migration does, and what comes of it."""
    (file,) = (Path(cases.__file__).parents[1] / "migrations").glob("*_deaths_before_keys.py")
    await within(room, lambda work: work.execute(text(runpy.run_path(str(file))["UNPLACED"])))
    await room.fire()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_death_of_before_is_theirs_and_goes_with_them(tmp_path: Path, kind: str) -> None:
    """Where the log names who died: it is told as before, in the same place, under their key; of who was erased it is
    gone. What is of the case as a whole, and what the log does not settle, stays."""
    async with open_room(blueprint(REFERRAL_KEY), tmp_path, kind) as room:
        officer, reviewer = staff("intake_officer"), staff("reviewer")
        async with room.client(officer) as client:
            request_id = await ask(client)
            case_id = await accept(client, request_id, [ADAM, ANNA, ADAM], [reviewer.id])
            adam, anna, _ = await members(client, case_id)
            for hour, person in ((13, adam), (14, anna)):
                room.clock.move(NOON.replace(hour=hour))
                await told(client, f"/people/{person}/death", {"note": "A cousin called.", "on": "2017-04-01"})
            room.clock.move(NOON.replace(hour=15))
            rest = {"reason": "They hide.", "review_at": "2017-05-01T09:00:00Z"}
            version = (await client.get(f"/cases/{case_id}")).json()["version"]
            await told(client, f"/cases/{case_id}/suspension", rest, headers={"If-Match": f'"{version}"'})
            before = (await client.get(f"/cases/{case_id}/turns")).json()["items"]
            await as_before(room, case_id)
            await erase(room, Erased(officer, staff("data_protection"), case_id, [adam, anna], request_id), anna)
            assert len((await client.get(f"/cases/{case_id}/turns")).json()["items"]) == 3
            await migrated(room)
            after = (await client.get(f"/cases/{case_id}/turns")).json()["items"]
        assert [(it["what"], it["person_id"]) for it in before] == [
            ("died", adam),
            ("died", anna),
            ("suspended", None),
        ]
        assert after == [before[0], before[2]]
        assert "case_turns" in await cells_with(room, metadata, adam)


async def test_whoever_asks_the_log_about_one_finds_every_look_at_what_is_about_them(room: Room) -> None:
    """Statement, evidence, notes, appointments, attempts, consents; of the other only the lists of the case."""
    officer, reviewer = staff("intake_officer"), staff("reviewer")
    case_id, adam, anna = await couple(room, officer, reviewer)
    async with room.client(officer) as client:
        statement = f"/statements/{(await take(client, case_id, adam))['id']}"
        await told(client, f"{statement}/evidence", {"description": "A letter.", "received_from": "Adam"})
        agreed = await told(client, f"/people/{adam}/consents", spoken("share_for_protection"))
        lists = [(await client.get(f"/cases/{case_id}/{what}")).json()["items"] for what in ("notes", "appointments")]
        note, booked = (next(it["id"] for it in items if it["person_id"] == adam) for items in lists)
        for path in (
            *(statement, f"{statement}/versions", f"{statement}/evidence", f"/cases/{case_id}/consents"),
            *(f"/notes/{note}", f"/appointments/{booked}", f"/consents/{agreed['id']}"),
            f"/people/{adam}/contact-attempts",
        ):
            assert (await client.get(path)).status_code == 200, path
    assert await looks(room, adam) == {
        "see_people": 1,
        "see_statement": 2,
        "see_evidence_list": 1,
        "see_notes": 2,
        "see_appointments": 2,
        "see_consents": 2,
        "see_contacts": 1,
    }
    assert await looks(room, anna) == {"see_people": 1, "see_notes": 1, "see_appointments": 1}


async def looks(room: Room, person: str) -> Counter[str]:
    """What an auditor finds of looks at somebody, by verb."""
    await room.link()
    async with room.client(staff("auditor")) as auditor:
        found = (await auditor.get("/audit", params={"subject": person, "limit": 200})).json()["items"]
    return Counter(row["verb"] for row in found if row["verb"].startswith("see_") and row["verb"] != "see_audit")
