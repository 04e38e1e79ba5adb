"""What is known of the people counts in triage: as it holds that day, and explained to who works with them alone."""

from typing import Any

from httpx import AsyncClient

from services.intake.database import metadata
from shared.access import Actor
from tests.intake.test_entries import SINCE, enter
from tests.intake.test_erasure import Family as Erased
from tests.intake.test_erasure import erase
from tests.intake.test_families import ANNA, Family, members, split
from tests.intake.test_triage import triage
from tests.intake.test_way_to_a_plan import ADAM, accept, ask, check, decide, propose
from tests.support.erasure import cells_with
from tests.support.room import Room, problem, staff

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
