"""How a case rests, ends and begins again: with a review, an exit assessment, and nobody given up unheard."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared.access import Actor
from shared.contracts.intake import CaseStateChanged, DutyCalled
from tests.intake.test_diary import MONDAY_NOON, at, book, see, send
from tests.intake.test_duties import MIRA, OFFICER, mine, new_case, set_task
from tests.intake.test_erasure import family
from tests.support.room import NOON, Room, problem

MONTH = timedelta(days=30)
SAFE = {"safety": "safe", "summary": "He has a flat and work.", "needs": [{"need": "housing", "met": "met"}]}
WHY = {"reason": "He is in hospital."}
ALWAYS = [{"days": [1, 2, 3, 4, 5, 6, 7], "begins": "09:00:00", "until": "20:00:00"}]
CONTACT = {"channel": "signal", "handle": "+7 900 000-00-01", "hours": ALWAYS, "zone": "UTC", "language": "ru"}


def until(days: int) -> str:
    return (NOON + timedelta(days=days)).isoformat()


async def close(room: Room, case_id: str, outcome: str, version: int = 1, **told: Any) -> httpx.Response:
    body = {"outcome": outcome, "assessment": {**SAFE, **told}}
    return await send(room, OFFICER, f"/cases/{case_id}/closure", body, version)


async def board(room: Room, by: Actor = OFFICER) -> list[tuple[str, list[str]]]:
    return [(row["state"], row["blocked_by"]) for row in (await see(room, by, "/board"))["items"]]


async def person_of(room: Room, case_id: str) -> str:
    return str((await see(room, OFFICER, f"/cases/{case_id}/people"))["people"][0]["id"])


async def test_a_suspended_case_stands_still_until_it_is_looked_at(room: Room) -> None:
    """It says so on the board, refuses what is paused, calls on the day of its review, and goes on where it was."""
    case_id = await new_case(room)
    url = f"/cases/{case_id}"
    rested = await send(room, OFFICER, f"{url}/suspension", {**WHY, "review_at": until(30)})
    assert (rested.json()["state"], rested.json()["standing"]) == ("verifying", "suspended")
    assert await board(room) == [("verifying", ["suspended"])]
    triage = await send(
        room,
        OFFICER,
        f"{url}/verification/proposal",
        {"verdict": "verified", "mode": "self", "reason": "Consistent."},
        2,
    )
    assert problem(triage) == (409, "case_suspended")
    again = await send(room, OFFICER, f"{url}/suspension", {**WHY, "review_at": until(30)}, 2)
    assert problem(again) == (409, "same_standing")
    room.clock.move(NOON + MONTH)
    await room.fire()
    assert [called.step for called in await room.told(DutyCalled)] == ["reminder", "overdue"]
    reviewed = await send(room, OFFICER, f"{url}/reviews", {"reason": "Still there.", "review_at": until(60)}, 2)
    assert reviewed.json()["version"] == 3
    (duty,) = (await see(room, OFFICER, "/duties"))["items"]
    assert (duty["kind"], duty["due_at"]) == ("review_rest", "2017-06-02T12:00:00Z")
    assert (await send(room, OFFICER, f"{url}/resumption", {"reason": "He is back."}, 3)).json()["standing"] is None
    assert (await mine(room, OFFICER), await board(room)) == ([], [("verifying", ["verification"])])
    told = [(it.state, it.standing) for it in await room.told(CaseStateChanged)]
    assert told == [("verifying", "suspended"), ("verifying", "going_on")]
    turns = (await see(room, OFFICER, f"{url}/turns"))["items"]
    assert [it["what"] for it in turns] == ["suspended", "reviewed", "resumed"]
    late = await send(room, OFFICER, f"{url}/suspension", {**WHY, "review_at": until(400)}, 4)
    assert problem(late) == (422, "review_too_late")


async def test_supported_in_place_is_an_outcome_that_is_reviewed(room: Room) -> None:
    """Everybody on the case stands there on the board; it is neither closed nor blocked, and can be taken up again."""
    case_id = await new_case(room)
    body = {"reason": "She stays with an aunt; the network helps.", "review_at": until(90)}
    assert (await send(room, OFFICER, f"/cases/{case_id}/support-in-place", body)).status_code == 200
    assert await board(room) == [("supported_in_place", [])]
    assert (await see(room, OFFICER, f"/cases/{case_id}"))["standing"] == "supported"
    (duty,) = (await see(room, OFFICER, "/duties"))["items"]
    assert (duty["kind"], duty["due_at"]) == ("review_rest", "2017-07-02T12:00:00Z")
    reopened = await send(room, OFFICER, f"/cases/{case_id}/reopening", {"reason": "She must leave."}, 2)
    assert (reopened.json()["state"], reopened.json()["standing"]) == ("verifying", None)
    assert [it.standing for it in await room.told(CaseStateChanged)] == ["supported", "going_on"]


async def test_a_case_ends_with_an_exit_assessment(room: Room) -> None:
    """Without one it does not end; its duties end with it; the board shows the outcome, the others hear `closed`."""
    case_id = await new_case(room)
    bare = await send(room, OFFICER, f"/cases/{case_id}/closure", {"outcome": "completed"})
    assert bare.status_code == 422
    await set_task(room, OFFICER, case_id, NOON + MONTH)
    booked = (await book(room, case_id, at(MONDAY_NOON))).json()
    assert problem(await close(room, case_id, "completed")) == (409, "still_arranged")
    await send(room, OFFICER, f"/appointments/{booked['id']}/cancellation", {"reason": "Not needed."})
    refused = {
        ("referred_out", "passed_to_missing"): {},
        ("withdrawn", "said_by_person_missing"): {},
        ("completed", "follow_up_missing"): {"safety": "at_risk"},
    }
    for (outcome, code), told in refused.items():
        assert problem(await close(room, case_id, outcome, **told)) == (422, code)
    ended = await close(room, case_id, "referred_out", passed_to="The northern network", safety="at_risk")
    assert ended.json()["state"] == "closed"
    assert (await board(room), await mine(room, OFFICER)) == ([("referred_out", [])], [])
    assert [(it.state, it.standing) for it in await room.told(CaseStateChanged)] == [("closed", None)]
    (turn,) = (await see(room, OFFICER, f"/cases/{case_id}/turns"))["items"]
    assert (turn["outcome"], turn["assessment"]["passed_to"]) == ("referred_out", "The northern network")
    assert turn["assessment"]["needs"] == [{"need": "housing", "met": "met"}]


async def test_nobody_is_out_of_reach_who_was_not_tried(room: Room) -> None:
    """Three days in safe hours on the safe channel, all in vain, since they were last reached."""
    case_id = await new_case(room)
    person = await person_of(room, case_id)
    url = f"/people/{person}/contact-attempts"

    async def attempt(result: str = "no_answer", channel: str = "signal") -> httpx.Response:
        return await send(room, OFFICER, url, {"channel": channel, "result": result})

    assert problem(await attempt()) == (409, "contact_unsafe")
    contact = {**CONTACT, "cover_name": "Anna from the library"}
    agreed = await send(room, OFFICER, f"/people/{person}/safe-contact", contact, 0)
    assert agreed.status_code in (200, 201), agreed.text
    assert problem(await attempt(channel="phone")) == (409, "contact_unsafe")
    for day, result in enumerate(["no_answer", "no_answer", "reached", "no_answer", "left_a_message"]):
        room.clock.move(NOON + timedelta(days=day))
        assert (await attempt(result)).status_code == 201
        assert (await attempt(result)).status_code == 201
    for outcome in ("unreachable", "lost_contact"):
        assert problem(await close(room, case_id, outcome)) == (409, "not_tried_enough")
    room.clock.move(NOON + timedelta(days=5, hours=12))
    assert problem(await attempt()) == (409, "contact_unsafe")
    room.clock.move(NOON + timedelta(days=6))
    assert (await attempt()).status_code == 201
    assert (await close(room, case_id, "unreachable")).status_code == 200
    assert await board(room) == [("unreachable", [])]
    assert len((await see(room, OFFICER, url))["items"]) == 11


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        ("completed", {}),
        ("withdrawn", {"said_by_person": "I have found another way."}),
        ("referred_out", {"passed_to": "A clinic"}),
        ("out_of_scope", {}),
    ],
)
async def test_every_end_but_death_can_be_taken_back(room: Room, outcome: str, told: dict[str, str]) -> None:
    """The case is verified anew, with why; what ended before is still told."""
    case_id = await new_case(room)
    assert (await close(room, case_id, outcome, **told)).status_code == 200
    assert await board(room) == [(outcome, [])]
    reopened = await send(room, OFFICER, f"/cases/{case_id}/reopening", {"reason": "They wrote."}, 2)
    assert reopened.json()["state"] == "verifying"
    assert await board(room) == [("verifying", ["verification"])]
    turns = (await see(room, OFFICER, f"/cases/{case_id}/turns"))["items"]
    assert [(it["what"], it["outcome"]) for it in turns] == [("closed", outcome), ("reopened", None)]


async def test_a_death_is_one_persons_and_is_not_taken_back(room: Room) -> None:
    """The others go on; once nobody lives the case ends with it, and is not reopened."""
    who = await family(room)
    adam, mila = who.people
    death = {"on": "2017-04-01", "note": "A cousin called."}

    async def act(url: str, body: dict[str, Any], version: int = 1) -> httpx.Response:
        return await send(room, who.officer, url, body, version)

    assert (await act(f"/people/{adam}/death", death)).status_code == 201
    assert problem(await act(f"/people/{adam}/death", death)) == (409, "known")
    shown = {row["person_id"]: row["state"] for row in (await see(room, who.officer, "/board"))["items"]}
    assert shown == {adam: "deceased", mila: "verifying"}
    ended = {"outcome": "deceased", "assessment": {"safety": "unknown", "summary": "Both."}}
    closure = f"/cases/{who.case_id}/closure"
    assert problem(await act(closure, ended)) == (409, "somebody_lives")
    assert (await act(f"/people/{mila}/death", death)).status_code == 201
    assert (await act(closure, ended)).status_code == 200
    assert await board(room, who.officer) == [("deceased", [])] * 2
    refused = await act(f"/cases/{who.case_id}/reopening", {"reason": "A mistake."}, 2)
    assert problem(refused) == (409, "everybody_deceased")


async def test_who_only_looks_changes_nothing(room: Room) -> None:
    """An old version is refused; a colleague on the case sees the turns; who is not on it learns nothing."""
    case_id = await new_case(room, MIRA)
    stale = await send(room, OFFICER, f"/cases/{case_id}/suspension", {**WHY, "review_at": until(30)}, 7)
    assert problem(stale) == (412, "stale_version")
    assert (await see(room, MIRA, f"/cases/{case_id}/turns"))["items"] == []
