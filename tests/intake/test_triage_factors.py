"""What is known of the people counts in triage: as it holds that day, and explained to who works with them alone."""

from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient

from services.intake.database import metadata
from services.intake.service import blueprint
from shared.access import Actor
from shared.contracts.intake import DutyCalled
from tests.intake.conftest import REFERRAL_KEY
from tests.intake.test_entries import SINCE, enter
from tests.intake.test_erasure import Family as Erased
from tests.intake.test_erasure import erase
from tests.intake.test_families import ANNA, Family, members, split
from tests.intake.test_triage import triage, verified
from tests.intake.test_way_to_a_plan import ADAM, accept, ask, check, decide, propose
from tests.support.erasure import cells_with
from tests.support.room import NOON, Room, open_room, problem, staff

HIDDEN = ("LP-IH", "threat.hiding", "In hiding")


async def couple(room: Room, officer: Actor, reviewer: Actor) -> tuple[str, list[str]]:
    """A verified case of two, at version 4: he is looked for by name; she hides, which she keeps from him."""
    async with room.client(officer) as client, room.client(reviewer) as other:
        request_id = await ask(client)
        case_id = await accept(client, request_id, [ADAM, ANNA], [reviewer.id])
        await check(client, case_id)
        assert (await decide(other, (await propose(client, case_id)).json())).status_code == 200
        adam, anna = await members(client, case_id)
        await enter(client, adam, "concern", "hunted", since="2017-03-20")
        await enter(client, anna, "need", "LP-IH", kept=True)
        return case_id, [adam, anna]


async def assess(client: AsyncClient, case_id: str, *codes: str) -> dict[str, Any]:
    answer = await client.post(f"/cases/{case_id}/triage/assessment", json={"codes": codes})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def kept_of(client: AsyncClient, case_id: str) -> dict[str, Any]:
    (kept,) = (await client.get(f"/cases/{case_id}/triages")).json()["items"]
    return dict(kept)


def explained(assessment: dict[str, Any]) -> list[tuple[str, int, bool, list[str]]]:
    return [
        (it["code"], it["points"], it["said"], [one["code"] for one in it["factors"]]) for it in assessment["counted"]
    ]


async def test_entries_that_hold_count_and_are_kept_as_they_were_that_day(room: Room) -> None:
    """40 for the hunt and 20 for hiding make 60, an emergency, though nobody says anything; with the night 85. A rule
    counts once for all that name it. What was ended, or what no rule names, counts for nothing."""
    officer, reviewer = staff("intake_officer"), staff("reviewer")
    case_id, (adam, anna) = await couple(room, officer, reviewer)
    async with room.client(officer) as client:
        for need in ("SM-CC", "CR-NE", "LP-AP"):
            entry = await enter(client, adam, "need", need)
            if need == "SM-CC":
                assert (await client.post(f"/entries/{entry['id']}/end", json=SINCE)).status_code == 201
        alone = await assess(client, case_id)
        assert (alone["score"], alone["suggested"], alone["elsewhere"]) == (60, "emergency", 0)
        said = await assess(client, case_id, "need.no_shelter", "threat.hunted")
        assert explained(said) == [
            ("threat.hunted", 40, True, ["concern.hunted"]),
            ("need.no_shelter", 25, True, []),
            ("threat.hiding", 20, False, ["need.LP-IH"]),
        ]
        assert (said["score"], said["suggested"]) == (85, "emergency")
        hunted, hiding = said["counted"][0]["factors"][0], said["counted"][2]["factors"][0]
        assert (hunted["person_id"], hunted["since"], hunted["kept"]) == (adam, "2017-03-20", False)
        assert (hiding["person_id"], hiding["since"], hiding["kept"]) == (anna, "2017-04-01", True)
        codes = ["need.no_shelter", "threat.hunted"]
        assert (await triage(client, case_id, 4, codes, "emergency")).status_code == 200
        assert (await client.post(f"/entries/{hunted['entry_id']}/end", json=SINCE)).status_code == 201
        assert (await kept_of(client, case_id))["assessment"] == said
        later = await assess(client, case_id, "need.no_shelter")
        assert (later["score"], later["suggested"], later["lifted"]) == (45, "urgent", False)
        assert (await client.post(f"/entries/{hiding['entry_id']}/end", json=SINCE)).status_code == 201
        nothing = await client.post(f"/cases/{case_id}/triage/assessment", json={"codes": []})
        assert problem(nothing) == (422, "nothing_applies")


async def test_what_one_keeps_from_the_others_shows_to_who_works_with_them_alone(room: Room) -> None:
    """A reviewer on the case reads the sum, what was said, and how many points come from elsewhere; the copy of the
    other member holds no word of it, and hers only her own entry."""
    officer, reviewer = staff("intake_officer"), staff("reviewer")
    case_id, (adam, anna) = await couple(room, officer, reviewer)
    async with room.client(officer) as client, room.client(reviewer) as other:
        assert (await triage(client, case_id, 4, ["need.no_shelter"], "emergency")).status_code == 200
        assert explained((await kept_of(client, case_id))["assessment"])[2] == (
            "threat.hiding",
            20,
            False,
            ["need.LP-IH"],
        )
        seen = await other.get(f"/cases/{case_id}/triages")
        (kept,) = seen.json()["items"]
        assert (kept["assessment"]["score"], kept["assessment"]["elsewhere"]) == (85, 60)
        assert explained(kept["assessment"]) == [("need.no_shelter", 25, True, [])]
        assert not [word for word in (*HIDDEN, anna, adam) if word in seen.text]
        (his, hers) = [(await client.get(f"/people/{one}/copy")).text for one in (adam, anna)]
    assert not [word for word in (*HIDDEN, "emergency", anna) if word in his]
    assert "LP-IH" in hers
    assert "hunted" not in hers


async def test_what_counted_of_somebody_goes_with_them(room: Room) -> None:
    """After a split each case reads of its own people alone, and both keep the sum; once erased, nobody does."""
    officer, reviewer = staff("intake_officer"), staff("reviewer")
    case_id, (adam, anna) = await couple(room, officer, reviewer)
    async with room.client(officer) as client:
        assert (await triage(client, case_id, 4, ["need.no_shelter"], "emergency")).status_code == 200
        new = await split(room, Family(officer, reviewer, case_id, [adam, anna]), [anna])
        stays, left = (await kept_of(client, case_id))["assessment"], (await kept_of(client, new))["assessment"]
        assert explained(stays) == [
            ("threat.hunted", 40, False, ["concern.hunted"]),
            ("need.no_shelter", 25, True, []),
        ]
        assert explained(left) == [("need.no_shelter", 25, True, []), ("threat.hiding", 20, False, ["need.LP-IH"])]
        assert [(it["score"], it["elsewhere"]) for it in (stays, left)] == [(85, 20), (85, 40)]
        assert anna not in str(stays)
        assert adam not in str(left)
        assert {"triage_factors"} <= await cells_with(room, metadata, anna)
        await erase(room, Erased(officer, staff("data_protection"), new, [anna], ""), anna)
        assert await cells_with(room, metadata, anna) == {"erasure_proposals"}


async def due(client: AsyncClient, case_id: str) -> list[tuple[str, str, str]]:
    """When somebody looks at the case again, whose turn it is, and what became of that; soonest first."""
    duties = (await client.get(f"/cases/{case_id}/duties")).json()["items"]
    return [(it["due_at"], it["falls_to"], it["state"]) for it in duties if it["kind"] == "retriage"]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_what_is_known_since_calls_for_another_triage(tmp_path: Path, kind: str) -> None:
    """Within three days, or at once for what lifts a case by itself; once, however often it is entered; not for what
    no rule names nor what counted already; and it is done when somebody triages again."""
    async with (
        open_room(blueprint(REFERRAL_KEY), tmp_path, kind) as room,
        room.client(staff("intake_officer")) as client,
    ):
        case_id = await verified(room, client)
        (adam,) = await members(client, case_id)
        await enter(client, adam, "need", "DS")
        await room.fire()
        assert await due(client, case_id) == []
        assert (await triage(client, case_id, 4, [], "normal")).status_code == 200
        calm = [("2017-08-01T12:00:00Z", "person", "open")]
        for again in ("DS", "CR-NE"):
            await enter(client, adam, "need", again)
        await enter(client, adam, "pronouns", "they")
        await room.fire()
        assert await due(client, case_id) == calm
        for day in (4, 5):
            room.clock.move(NOON.replace(day=day))
            ill = await enter(client, adam, "need", "SM-MI", kept=True)
            await room.fire()
            assert await due(client, case_id) == [("2017-04-07T12:00:00Z", "person", "open")]
        assert await room.told(DutyCalled) == []
        for hour in (13, 14):
            room.clock.move(NOON.replace(day=5, hour=hour))
            said = {"kind": "concern", "value": "hunted", **SINCE}
            for _ in range(2):
                once = {"Idempotency-Key": f"hunted-at-{hour}"}
                assert (await client.post(f"/people/{adam}/entries", json=said, headers=once)).status_code == 201
            await room.fire()
            assert await due(client, case_id) == [("2017-04-05T13:00:00Z", "case", "open")]
        assert [it.step for it in await room.told(DutyCalled)] == ["reminder", "overdue"]
        assert (await triage(client, case_id, 5, [], "emergency")).status_code == 200
        await room.fire()
        looked = [("2017-04-05T13:00:00Z", "case", "done"), ("2017-04-07T14:00:00Z", "person", "open")]
        assert await due(client, case_id) == looked
        assert (
            await client.post(f"/entries/{ill['id']}/end", json={**SINCE, "since": "2017-04-05"})
        ).status_code == 201
        await enter(client, adam, "concern", "hunted")
        await room.fire()
        assert await due(client, case_id) == looked


@pytest.mark.parametrize(("decided", "when"), [("normal", "2017-04-05T12:00:00Z"), ("urgent", "2017-04-08T12:00:00Z")])
async def test_what_the_rules_now_call_more_urgent_is_looked_at_at_once(room: Room, decided: str, when: str) -> None:
    """20 points for torture beside 10 make 30, which is urgent: more than was decided, or what somebody had decided
    already."""
    async with room.client(staff("intake_officer")) as client:
        case_id = await verified(room, client)
        (adam,) = await members(client, case_id)
        assert (await triage(client, case_id, 4, ["need.disability"], decided, "As she sounds.")).status_code == 200
        room.clock.move(NOON.replace(day=5))
        await enter(client, adam, "concern", "ill_treatment")
        await room.fire()
        assert [it[0] for it in await due(client, case_id)] == [when]


async def test_who_joins_a_case_brings_what_counts(room: Room) -> None:
    """What is known of them did not count there; who was split off takes along that somebody has to look."""
    officer, reviewer = staff("intake_officer"), staff("reviewer")
    case_id, (adam, anna) = await couple(room, officer, reviewer)
    async with room.client(officer) as client:
        assert (await triage(client, case_id, 4, [], "emergency")).status_code == 200
        await enter(client, anna, "concern", "detention")
        who = Family(officer, reviewer, case_id, [adam, anna])
        apart = await split(room, who, [anna])
        await room.fire()
        assert [await due(client, it) for it in (case_id, apart)] == [
            [("2017-04-05T12:00:00Z", "person", "open")],
            [("2017-04-03T12:00:00Z", "case", "open")],
        ]
        await split(room, Family(officer, reviewer, apart, [anna]), [anna], to_case_id=case_id, code_name=None)
        await room.fire()
        assert await due(client, case_id) == [("2017-04-03T12:00:00Z", "case", "open")]
