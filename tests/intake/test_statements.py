"""Statements: taken, corrected beside, consented to use by use, masked, taken back."""

import asyncio
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from services.intake.database import metadata
from services.intake.people import actions as people
from services.intake.service import blueprint
from services.intake.testimony.model import masks as masking
from services.intake.testimony.model.masks import Span
from shared.audit import AUDIT
from tests.intake.conftest import REFERRAL_KEY
from tests.intake.telling import NAME, SAID, change, changed, consent, hidden, mask, open_office, take
from tests.intake.test_erasure import Family, erase, keys_of
from tests.intake.test_families import ANNA, decide, family, propose, split
from tests.intake.test_way_to_a_plan import ADAM
from tests.support.erasure import cells_with
from tests.support.room import Room, open_room, problem, staff

EVERYWHERE = ("statistics", "anonymised_report", "named_story", "court")
ORIGINAL, TRANSLATION = str(SAID["original"]), str(SAID["translation"])


async def test_a_statement_is_taken_and_corrected_without_losing_a_word(room: Room) -> None:
    """Interviewer, interpreter, language, place and both texts are kept; a correction is a version beside the first."""
    office = await open_office(room)
    interpreter = staff().id
    async with room.client(office.worker) as client:
        taken = await take(client, office.case_id, office.people[0], interpreter_id=interpreter)
        path = f"/statements/{taken['id']}"
        body = {
            "original": ORIGINAL,
            "translation": "They kept me in a cellar.",
            "why": "The interpreter heard it again.",
        }
        corrected = await changed(client, f"{path}/versions", body, 1)
        stale = await change(client, f"{path}/versions", body, 1)
        versions = (await client.get(f"{path}/versions")).json()["items"]
        future = await client.post(
            f"/cases/{office.case_id}/statements", json={**SAID, "held_on": "2017-04-04", "person_id": None}
        )
    about = [taken[name] for name in ("interviewer_id", "interpreter_id", "language", "place", "held_on")]
    assert about == [office.worker.id, interpreter, "ru", "Central Russia", "2017-04-02"]
    assert (corrected["words"]["number"], corrected["version"]) == (2, 2)
    assert [(it["number"], it["translation"], it["why"]) for it in versions] == [
        (1, TRANSLATION, ""),
        (2, "They kept me in a cellar.", "The interpreter heard it again."),
    ]
    assert versions[0]["happenings"] == SAID["happenings"]
    assert (stale.status_code, problem(future)) == (412, (422, "in_the_future"))


async def test_only_those_who_work_on_the_case_read_what_was_said(room: Room) -> None:
    """Not a reviewer of the case, not who broke the glass, and for all others there is no statement."""
    office = await open_office(room)
    async with room.client(office.worker) as client:
        path = f"/statements/{(await take(client, office.case_id, office.people[0]))['id']}"
    async with room.client(office.reviewer) as reviewer, room.client(staff("manager")) as breaker:
        await breaker.post(f"/cases/{office.case_id}/break-glass", json={"reason": "Nobody answers."})
        assert (await breaker.get(f"/cases/{office.case_id}")).status_code == 200
        for who in (reviewer, breaker):
            assert problem(await who.get(path)) == (403, "not_permitted")
            assert problem(await who.get(f"/cases/{office.case_id}/statements")) == (403, "not_permitted")
    async with room.client(staff("intake_officer", "caseworker")) as stranger:
        assert (await stranger.get(path)).status_code == 404
    looks = await room.rows(select(AUDIT.c.denied).where(AUDIT.c.verb == "see_statement"))
    assert [row["denied"] for row in looks].count(True) == 5


async def test_uses_are_consented_to_one_by_one_expire_and_are_taken_back(room: Room) -> None:
    """What holds on a day is told; a use that expired, or was taken back, is none; a new word replaces the old one."""
    office = await open_office(room)
    async with room.client(office.worker) as client:
        statement = await take(client, office.case_id, office.people[0])
        path = f"/statements/{statement['id']}"
        statement = await consent(client, statement, "statistics", "court")
        statement = await consent(client, statement, "anonymised_report", expires_on="2017-04-10")
        assert await uses(client, office.case_id) == ["statistics", "anonymised_report", "court"]
        taken_back = await changed(client, f"{path}/withdrawal", {"uses": ["court"]}, statement["version"])
        again = await change(client, f"{path}/withdrawal", {"uses": ["court"]}, taken_back["version"])
        assert problem(again) == (409, "not_live")
        room.clock.move(room.clock.now() + timedelta(days=7))
        assert await uses(client, office.case_id) == ["statistics"]
        statement = await consent(client, taken_back, "statistics", expires_on="2018-01-01")
        assert [it["live"] for it in statement["uses"]] == [False, False, False, True]
        await changed(client, f"{path}/withdrawal", {}, statement["version"])
        assert await uses(client, office.case_id) == []
        late = {"use": "court", "proof": "Spoken.", "expires_on": "2017-04-10"}
        assert problem(await change(client, f"{path}/uses", late, statement["version"] + 1)) == (422, "expired")


async def test_a_masked_passage_tells_neither_content_nor_length(room: Room) -> None:
    """One mark for a word and for a sentence; each use reads what is open in it; unmasked words are read by none."""
    office = await open_office(room)
    async with room.client(office.worker) as client:
        statement = await take(client, office.case_id, office.people[0])
        path = f"/statements/{statement['id']}"
        assert problem(await client.get(f"{path}/excerpt?use=court")) == (409, "not_masked")
        outside = {"text": "original", "start": 0, "end": len(ORIGINAL) + 1, "uses": ["court"], "reason": "?"}
        refused = await change(client, f"{path}/masking", {"number": 1, "spans": [outside]}, 1)
        assert problem(refused) == (422, "passage_not_in_text")
        name = hidden(TRANSLATION, "translation", NAME, "anonymised_report", "named_story")
        wide = hidden(TRANSLATION, "translation", "My brother Ruslan came", "anonymised_report")
        assert (await mask(client, statement, name, wide))["stands"]
        report = (await client.get(f"{path}/excerpt?use=anonymised_report")).json()
        story = (await client.get(f"{path}/excerpt?use=named_story")).json()
        court = (await client.get(f"{path}/excerpt?use=court")).json()
        corrected = await changed(client, f"{path}/versions", {"original": "Другое.", "why": "New."}, 2)
        assert corrected["masks"] is None
        assert problem(await client.get(f"{path}/excerpt?use=court")) == (409, "not_masked")
    assert report["translation"] == "They held me in a cellar in Argun. […] for me."
    assert story["translation"] == "They held me in a cellar in Argun. My brother […] came for me."
    assert (court["translation"], report["original"]) == (TRANSLATION, ORIGINAL)


async def test_uncovering_takes_a_second_person(room: Room) -> None:
    """Whoever masks may hide more alone, but not less, and not by writing the same words as a new version."""
    office = await open_office(room)
    async with room.client(office.worker) as client, room.client(office.reviewer) as reviewer:
        statement = await take(client, office.case_id, office.people[0])
        path, name = f"/statements/{statement['id']}", hidden(TRANSLATION, "translation", NAME, *EVERYWHERE)
        await mask(client, statement, name)
        proposed = await mask(client, {**statement, "version": 2})
        assert not proposed["stands"]
        decide = f"/maskings/{proposed['id']}/decision"
        assert problem(await client.post(decide, json={"approve": True})) == (403, "not_permitted")
        assert (await reviewer.get(f"/maskings/{proposed['id']}")).json()["translation"] == TRANSLATION
        (waiting,) = (await reviewer.get("/approvals")).json()["items"]
        assert (waiting["kind"], waiting["decide_at"]) == ("unmasking", decide)
        assert NAME not in (await client.get(f"{path}/excerpt?use=court")).json()["translation"]
        assert (await reviewer.post(decide, json={"approve": True})).json()["stands"]
        assert NAME in (await client.get(f"{path}/excerpt?use=court")).json()["translation"]
        assert (await mask(client, {**statement, "version": 4}, name))["stands"]
        old = await mask(client, {**statement, "version": 5})
        await changed(client, f"{path}/versions", {**said(), "why": "The same again."}, 6)
        assert not (await mask(client, {**statement, "version": 7}, number=2))["stands"]
        late = await reviewer.post(f"/maskings/{old['id']}/decision", json={"approve": True})
        assert problem(late) == (409, "already_decided")


async def test_a_person_is_erased_with_what_they_said(room: Room) -> None:
    """Their statements, uses, masks and evidence are gone; what was said without a name goes with the last person."""
    office = await open_office(room)
    first, second = office.people
    async with room.client(office.worker) as client:
        theirs, anonymous = await take(client, office.case_id, first), await take(client, office.case_id, None)
        for statement in (theirs, anonymous):
            await consent(client, statement, "statistics")
            await mask(client, {**statement, "version": 2}, hidden(ORIGINAL, "original", "Руслан", "court"))
            await mask(client, {**statement, "version": 3})
            thing = {"description": "A photograph.", "received_from": "The witness."}
            evidence = (await client.post(f"/statements/{statement['id']}/evidence", json=thing)).json()
            headers = {"Content-Type": "text/plain"}
            await client.post(f"/evidence/{evidence['id']}/content", content=b"seen", headers=headers)
        who = Family(office.officer, staff("data_protection"), office.case_id, office.people, "")
        await erase(room, who, first)
        assert (await client.get(f"/statements/{theirs['id']}")).status_code == 404
        assert await cells_with(room, metadata, theirs["id"]) == set()
        assert (await client.get(f"/statements/{anonymous['id']}")).status_code == 200
        await erase(room, who, second)
        assert await cells_with(room, metadata, anonymous["id"]) == set()
    assert await keys_of(room, first, second) == [False, False]
    assert await room.rows(select(metadata.tables["statement_words"])) == []
    assert await room.rows(select(metadata.tables["custody"])) == []


@pytest.mark.parametrize(
    ("before", "after", "uncovers"),
    [
        ([(0, 5)], [(0, 5)], False),
        ([(0, 5)], [(0, 3), (3, 5)], False),
        ([(0, 5)], [(0, 9)], False),
        ([(0, 5)], [(1, 9)], True),
        ([(0, 5)], [], True),
        ([], [(0, 5)], False),
    ],
)
def test_what_uncovers(before: list[tuple[int, int]], after: list[tuple[int, int]], uncovers: bool) -> None:
    """It is counted by letters, not by passages."""
    assert masking.uncovers(spans(before), spans(after)) is uncovers
    other = [Span("original", *place, ("statistics",), "") for place in after]
    assert masking.uncovers(spans(before), other) is bool(before)


def spans(places: list[tuple[int, int]]) -> list[Span]:
    return [Span("original", *place, ("court",), "") for place in places]


def said() -> dict[str, Any]:
    return {name: SAID[name] for name in ("original", "translation", "happenings")}


async def uses(client: Any, case_id: str) -> list[str]:
    (head,) = (await client.get(f"/cases/{case_id}/statements")).json()["items"]
    return list(head["uses"])


async def test_a_statement_goes_with_who_made_it(room: Room) -> None:
    """When a family splits it is on the new case, with masks and evidence, and in the person's own copy."""
    who = await family(room, ADAM, ANNA)
    _, anna = who.people
    async with room.client(who.officer) as client:
        statement = await consent(client, await take(client, who.case_id, anna), "court")
        proposed = await mask(client, statement, hidden(TRANSLATION, "translation", NAME, "court"))
        thing = {"description": "A photograph.", "received_from": "The witness."}
        evidence = (await client.post(f"/statements/{statement['id']}/evidence", json=thing)).json()
        new = await split(room, who, [anna])
        assert (await client.get(f"/cases/{who.case_id}/statements")).json()["items"] == []
        (head,) = (await client.get(f"/cases/{new}/statements")).json()["items"]
        assert (head["id"], head["masked"]) == (statement["id"], True)
        await client.post(f"/cases/{who.case_id}/team", json={"assigned": []}, headers={"If-Match": '"1"'})
        for path in (f"/evidence/{evidence['id']}", f"/maskings/{proposed['id']}", f"/statements/{statement['id']}"):
            assert (await client.get(path)).status_code == 200, path
        copy = (await client.get(f"/people/{anna}/copy")).json()
    ((told,), (version,)) = (copy["parts"]["testimony"], copy["parts"]["testimony"][0]["versions"])
    assert (version["translation"], told["uses"][0]["use"]) == (TRANSLATION, "court")


async def test_who_is_left_behind_reads_nothing_of_who_moved_from_that_moment(room: Room) -> None:
    """Before any timer fires: the team of the old case finds no statement, evidence or mask, the team of the new does;
    what waited to be uncovered waits no more, and nobody takes a statement of who has left."""
    who = await family(room, ADAM, ANNA)
    other = await family(room, {**ADAM, "name_in_use": "Boris"}, officer=who.officer, reviewer=who.reviewer)
    _, anna = who.people
    left, there = staff("caseworker"), staff("caseworker")
    async with room.client(who.officer) as client:
        for case_id, worker in ((who.case_id, left), (other.case_id, there)):
            team = {"assigned": [who.officer.id, who.reviewer.id, worker.id]}
            await client.post(f"/cases/{case_id}/team", json=team, headers={"If-Match": '"1"'})
    async with room.client(left) as client, room.client(there) as elsewhere:
        statement = await take(client, who.case_id, anna)
        path = f"/statements/{statement['id']}"
        masked = await mask(client, statement, hidden(TRANSLATION, "translation", NAME, "court"))
        opened = await changed(client, f"{path}/masking", {"number": 1, "spans": []}, statement["version"] + 1)
        thing = {"description": "A photograph.", "received_from": "The witness."}
        evidence = (await client.post(f"{path}/evidence", json=thing)).json()
        paths = [path, f"{path}/evidence", f"/evidence/{evidence['id']}", f"/maskings/{masked['id']}"]
        assert [(await client.get(it)).status_code for it in paths] == [200] * 4
        assert [(await elsewhere.get(it)).status_code for it in paths] == [404] * 4
        proposed = await propose(room, who, [anna], to_case_id=other.case_id, code_name=None)
        moved = await decide(room, who.reviewer, proposed.json())
        assert moved.status_code == 200, moved.text
        assert [(await client.get(it)).status_code for it in paths] == [404] * 4
        assert [(await elsewhere.get(it)).status_code for it in paths] == [200] * 4
        assert (await client.get(f"/cases/{who.case_id}/statements")).json()["items"] == []
        late = await client.post(f"/cases/{who.case_id}/statements", json={**SAID, "person_id": anna})
        assert problem(late) == (422, "not_of_this_case")
    async with room.client(who.reviewer) as client:
        waiting = (await client.get("/approvals")).json()["items"]
        assert opened["approval_id"] not in [it["id"] for it in waiting]


async def test_a_statement_that_is_taken_while_its_witness_moves_goes_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL: whoever agrees to the move waits until what is being written down is there, and it goes along."""
    async with open_room(blueprint(REFERRAL_KEY), tmp_path, "postgresql") as room:
        who = await family(room, ADAM, ANNA)
        _, anna = who.people
        proposed = (await propose(room, who, [anna])).json()
        checked = asyncio.Event()

        async def slowly(work: Any, case_id: str) -> Any:
            found = await people.ids_of_case(work, case_id)
            checked.set()
            await asyncio.sleep(1)
            return found

        async with room.client(who.officer) as client:
            monkeypatch.setattr(
                "services.intake.testimony.actions.statements.people", SimpleNamespace(ids_of_case=slowly)
            )
            url = f"/cases/{who.case_id}/statements"
            taking = asyncio.create_task(client.post(url, json={**SAID, "person_id": anna}))
            await checked.wait()
            moved = await decide(room, who.reviewer, proposed)
            assert (moved.status_code, (await taking).status_code) == (200, 201)
            assert (await client.get(url)).json()["items"] == []
            there = (await client.get(f"/cases/{moved.json()['to_case_id']}/statements")).json()["items"]
        assert len(there) == 1
