"""Who a person is: shown to those who work with them, masked for others, revealed by custodians to who asked."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from httpx import Response
from sqlalchemy import select, text

from services.intake.people.model import RevealTerms
from services.intake.service import blueprint
from shared.access import Actor
from shared.audit import AUDIT
from shared.clock import new_id
from tests.intake.conftest import REFERRAL_KEY
from tests.intake.test_way_to_a_plan import ADAM, accept, ask
from tests.support.room import NOON, Room, open_room, problem, staff

NAMED = {**ADAM, "name_on_papers": "Adam Birch"}
REASON = "The consulate asks me which of the two men it is."
SAME = {"X-Correlation-Id": "0" * 32}


@pytest.fixture
async def two_sign(tmp_path: Path) -> AsyncIterator[Room]:
    """A room in which two custodians must agree, for six hours."""
    terms = RevealTerms(needed=2, shown_for=timedelta(hours=6))
    async with open_room(blueprint(REFERRAL_KEY, terms), tmp_path) as opened:
        yield opened


@pytest.fixture
async def busy_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Room]:
    """On PostgreSQL, where nothing shares a commit: what comes at once races, as it would between replicas."""
    monkeypatch.setattr("shared.database.engine.GROUP", 1)
    terms = RevealTerms(needed=2)
    async with open_room(blueprint(REFERRAL_KEY, terms), tmp_path, "postgresql") as opened:
        yield opened


async def person_with(room: Room, *team: Actor) -> tuple[Actor, str, str]:
    """An officer, a case that the officer opened with `team`, and its only person."""
    officer = staff("intake_officer")
    async with room.client(officer) as client:
        case_id = await accept(client, await ask(client), [NAMED], [actor.id for actor in team])
        (person,) = (await client.get(f"/cases/{case_id}/people")).json()["people"]
    return officer, case_id, person["id"]


async def get(room: Room, actor: Actor, path: str) -> Response:
    async with room.client(actor) as client:
        return await client.get(path, headers=SAME)


async def post(room: Room, actor: Actor, path: str, body: dict[str, Any], version: int | None = None) -> Response:
    headers = SAME if version is None else {**SAME, "If-Match": f'"{version}"'}
    async with room.client(actor) as client:
        return await client.post(path, json=body, headers=headers)


async def asked(room: Room, actor: Actor, person_id: str) -> dict[str, Any]:
    answer = await post(room, actor, f"/people/{person_id}/reveals", {"reason": REASON})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def sign(room: Room, actor: Actor, reveal: dict[str, Any], *, approve: bool = True) -> Response:
    return await post(room, actor, f"/reveals/{reveal['id']}/signatures", {"approve": approve})


async def verbs(room: Room, *wanted: str) -> list[tuple[str, str, list[str], bool]]:
    rows = await room.rows(select(AUDIT).order_by(AUDIT.c.seq))
    return [
        (row["verb"], row["actor_id"], orjson.loads(row["subjects"]), row["denied"])
        for row in rows
        if row["verb"] in wanted
    ]


async def test_a_masked_request_names_no_request_that_the_reader_may_not_see(room: Room) -> None:
    """The same contact and name in a case of others and in a request not yet screened are the officer's to know."""
    reviewer = staff("reviewer")
    officer, _, _ = await person_with(room, reviewer)
    (mine,) = (await get(room, officer, "/requests?state=accepted")).json()["items"]
    async with room.client(officer) as client:
        hidden, unopened = await ask(client), await ask(client)
        await accept(client, hidden, [NAMED], [])
    seen = [(await get(room, actor, f"/requests/{mine['id']}")).json() for actor in (officer, reviewer)]
    assert [one["masked"] for one in seen] == [False, True]
    assert [set(one["possible_duplicates"]) for one in seen] == [{hidden, unopened}, set()]


async def test_who_does_not_work_with_people_sees_them_masked(room: Room) -> None:
    """A reviewer and an analyst on the case see what they need, but no name, no birth date and no contact."""
    reviewer, analyst, both = staff("reviewer"), staff("analyst"), staff("reviewer", "caseworker")
    officer, case_id, person_id = await person_with(room, reviewer, analyst, both)
    (request,) = (await get(room, officer, "/requests?state=accepted")).json()["items"]
    for actor in (reviewer, analyst):
        (masked,) = (await get(room, actor, f"/cases/{case_id}/people")).json()["people"]
        assert masked == {
            "id": person_id,
            "principal": True,
            "name_in_use": None,
            "pronouns": "he",
            "born_on": None,
            "minor": False,
            "country_of_danger": "RU",
            "languages": [],
            "masked": True,
        }
        told = (await get(room, actor, f"/requests/{request['id']}")).json()
        assert (told["name"], told["contact"], told["masked"]) == (None, None, True)
        assert told["story"] == "They came to the house of a friend last night."
    for actor in (officer, both):
        (person,) = (await get(room, actor, f"/cases/{case_id}/people")).json()["people"]
        assert (person["name_in_use"], person["born_on"], person["masked"]) == ("Adam", "1994-02-11", False)
        told = (await get(room, actor, f"/requests/{request['id']}")).json()
        assert (told["name"], told["contact"], told["masked"]) == ("Adam Test", "+7 900 000-00-01", False)
    looks = await verbs(room, "see_people", "see_masked_people")
    assert [look[:2] for look in looks[1:]] == [
        ("see_masked_people", reviewer.id),
        ("see_masked_people", analyst.id),
        ("see_people", officer.id),
        ("see_people", both.id),
    ]


async def test_custodians_reveal_it_to_the_one_who_asked_until_it_is_over(room: Room) -> None:
    """Nobody else on the case sees more than before; every look is on the audit log, the refused ones too."""
    asker, other, custodian = staff("reviewer"), staff("reviewer"), staff("custodian")
    officer, _, person_id = await person_with(room, asker, other)
    path = f"/people/{person_id}/identity"
    assert problem(await get(room, asker, path)) == (403, "not_permitted")
    reveal = await asked(room, asker, person_id)
    assert (reveal["state"], reveal["until"], reveal["expires_at"]) == ("proposed", None, "2017-04-05T12:00:00Z")
    assert problem(await get(room, asker, path)) == (403, "not_permitted")
    (item,) = (await get(room, custodian, "/approvals")).json()["items"]
    assert (item["kind"], item["subject_id"], item["decide_at"]) == (
        "reveal",
        reveal["id"],
        f"/reveals/{reveal['id']}/signatures",
    )
    assert (await get(room, custodian, f"/reveals/{reveal['id']}")).json() == reveal
    signed = (await sign(room, custodian, reveal)).json()
    assert (signed["state"], signed["until"], signed["reason"]) == ("revealed", "2017-04-04T12:00:00Z", REASON)

    seen = await get(room, asker, path)
    assert (seen.status_code, seen.json()["name_in_use"], seen.json()["name_on_papers"]) == (200, "Adam", "Adam Birch")
    for nobody in (other, officer):
        assert problem(await get(room, nobody, path)) == (403, "not_permitted")
    assert problem(await get(room, custodian, path)) == (404, "not_found")
    room.clock.move(NOON + timedelta(hours=24, microseconds=-1))
    assert (await get(room, asker, path)).status_code == 200
    room.clock.move(NOON + timedelta(hours=24))
    assert problem(await get(room, asker, path)) == (403, "not_permitted")
    assert (await get(room, asker, f"/reveals/{reveal['id']}")).json()["state"] == "over"
    looks = await verbs(room, "see_identity")
    assert [look[1] for look in looks if not look[3]] == [asker.id, asker.id]
    assert looks[2][2] == [person_id, reveal["id"]]
    assert [look[1] for look in looks if look[3]] == [asker.id, asker.id, other.id, officer.id, custodian.id, asker.id]


async def test_two_custodians_when_two_are_needed(two_sign: Room) -> None:
    """Neither one alone, nor one twice, nor the asker who is a custodian as well, nor somebody without the role."""
    room, asker, reviewer = two_sign, staff("reviewer", "custodian"), staff("reviewer")
    first, second = staff("custodian"), staff("custodian")
    _, _, person_id = await person_with(room, asker, reviewer)
    reveal = await asked(room, asker, person_id)
    assert problem(await sign(room, asker, reveal)) == (409, "same_person")
    assert problem(await sign(room, reviewer, reveal)) == (403, "not_permitted")
    assert (await sign(room, first, reveal)).json()["state"] == "proposed"
    assert problem(await sign(room, first, reveal)) == (409, "already_signed")
    assert (await get(room, first, "/approvals")).json()["items"] == []
    (item,) = (await get(room, second, "/approvals")).json()["items"]
    assert (item["signed"], item["needed"]) == (1, 2)
    assert problem(await get(room, asker, f"/people/{person_id}/identity")) == (403, "not_permitted")
    assert (await sign(room, second, reveal)).json()["until"] == "2017-04-03T18:00:00Z"
    assert (await get(room, asker, f"/people/{person_id}/identity")).status_code == 200


async def test_a_rejected_or_late_reveal_shows_nothing(room: Room) -> None:
    """One custodian's no ends it; after two days nobody can agree any more."""
    asker, custodian = staff("reviewer"), staff("custodian")
    _, _, person_id = await person_with(room, asker)
    rejected, late = [await asked(room, asker, person_id) for _ in range(2)]
    assert (await sign(room, custodian, rejected, approve=False)).json()["state"] == "rejected"
    room.clock.move(NOON + timedelta(days=2))
    assert problem(await sign(room, custodian, late)) == (409, "approval_expired")
    assert await room.fire() == 3, "the duty to sign the late one calls; that of the rejected one finds nothing to do"
    assert (await get(room, custodian, f"/reveals/{late['id']}")).json()["state"] == "expired"
    assert problem(await get(room, asker, f"/people/{person_id}/identity")) == (403, "not_permitted")


async def test_recusal_and_the_end_of_an_assignment_beat_a_reveal(room: Room) -> None:
    """Who is recused, or no longer on the case, sees nothing of it; a recused custodian does not learn of it."""
    asker, custodian, recused = staff("reviewer"), staff("custodian"), staff("custodian")
    officer, case_id, person_id = await person_with(room, asker)
    team = {"assigned": [officer.id, asker.id], "recused": [recused.id]}
    assert (await post(room, officer, f"/cases/{case_id}/team", team, 1)).status_code == 200
    reveal = await asked(room, asker, person_id)
    assert (await get(room, recused, "/approvals")).json()["items"] == []
    assert problem(await sign(room, recused, reveal)) == (404, "not_found")
    there = await get(room, recused, f"/reveals/{reveal['id']}")
    assert there.content == (await get(room, recused, f"/reveals/{new_id()}")).content
    await sign(room, custodian, reveal)
    path = f"/people/{person_id}/identity"
    assert (await get(room, asker, path)).status_code == 200
    for number, (assigned, barred) in enumerate((([officer.id], []), ([officer.id, asker.id], [asker.id])), start=2):
        body = {"assigned": assigned, "recused": barred}
        assert (await post(room, officer, f"/cases/{case_id}/team", body, number)).status_code == 200
        gone = await get(room, asker, path)
        assert problem(gone) == (404, "not_found")
        assert gone.content == (await get(room, asker, f"/people/{new_id()}/identity")).content


async def test_strangers_do_not_learn_that_a_person_or_a_reveal_exists(room: Room) -> None:
    """Byte for byte as for ids that never were."""
    asker, stranger = staff("reviewer"), staff("reviewer")
    _, _, person_id = await person_with(room, asker)
    reveal = await asked(room, asker, person_id)
    for path in ("/people/{}/identity", "/reveals/{}"):
        real, never = [
            await get(room, stranger, path.format(one))
            for one in (person_id if "people" in path else reveal["id"], new_id())
        ]
        assert (problem(real), real.content) == ((404, "not_found"), never.content)
    body = {"reason": REASON}
    there, nowhere = [await post(room, stranger, f"/people/{one}/reveals", body) for one in (person_id, new_id())]
    assert (problem(there), there.content) == ((404, "not_found"), nowhere.content)
    assert (await get(room, stranger, "/approvals")).json()["items"] == []


async def test_the_reason_is_stored_encrypted(room: Room) -> None:
    """It may speak of the person, so it is under the person's key."""
    asker = staff("reviewer")
    _, _, person_id = await person_with(room, asker)
    await asked(room, asker, person_id)
    (row,) = await room.rows(text("SELECT reason FROM reveals"))
    assert b"consulate" not in row["reason"]


async def test_erasure_ends_what_was_asked(room: Room) -> None:
    """Nobody is asked any more who an erased person is, and who may look sees nothing."""
    asker, custodian, guardian = staff("reviewer"), staff("custodian"), staff("data_protection")
    officer, _, person_id = await person_with(room, asker)
    await sign(room, custodian, await asked(room, asker, person_id))
    waits = await asked(room, asker, person_id)
    proposed = await post(room, officer, f"/people/{person_id}/erasures", {"reason": "Asked for it."})
    decision = f"/erasures/{proposed.json()['id']}/decision"
    assert (await post(room, guardian, decision, {"approve": True}, 1)).status_code == 200
    await room.fire()
    assert (await get(room, custodian, "/approvals")).json()["items"] == []
    assert problem(await sign(room, custodian, waits)) == (404, "not_found")
    assert problem(await get(room, asker, f"/people/{person_id}/identity")) == (404, "not_found")
    assert await room.rows(text("SELECT id FROM reveals")) == []
    states = await room.rows(text("SELECT state FROM approvals WHERE kind = 'reveal'"))
    assert sorted(row["state"] for row in states) == ["approved", "replaced"]


async def test_two_custodians_at_once_reveal_it_once(busy_room: Room) -> None:
    """Of many who sign at the same moment two count, the second one reveals, and one timer's row is gone."""
    room, asker = busy_room, staff("reviewer")
    _, _, person_id = await person_with(room, asker)
    for _ in range(5):
        reveal = await asked(room, asker, person_id)
        same = staff("custodian")
        custodians = [same, same, *(staff("custodian") for _ in range(4))]
        answers = await asyncio.gather(*(sign(room, one, reveal) for one in custodians))
        states = sorted(answer.json().get("state", answer.json().get("code")) for answer in answers)
        assert states[0] == "already_decided"
        assert (states.count("proposed"), states.count("revealed")) == (1, 1)
        assert set(states) <= {"already_decided", "already_signed", "proposed", "revealed"}
