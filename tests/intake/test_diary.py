"""The diary of a case: notes that are never overwritten, appointments, and interpreters who may know nothing more."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from services.intake.database import metadata
from services.intake.service import blueprint
from shared.access import Actor
from shared.contracts.intake import DutyCalled
from tests.intake.conftest import REFERRAL_KEY
from tests.intake.test_duties import MIRA, OFFICER, mine, new_case
from tests.intake.test_erasure import erase, family
from tests.intake.test_way_to_a_plan import ADAM
from tests.support.erasure import cells_with
from tests.support.room import NOON, Room, open_room, problem, staff

MANAGER, SECOND = staff("manager"), staff("manager")
MONDAY_NOON = NOON + timedelta(days=7)
AYLA = {"name": "Ayla", "languages": ["ce", "ru"], "gender": "female", "towns": ["Grozny"], "zone": "Europe/Vilnius"}
TALK = {"kind": "interview", "place": "Second floor, the library", "zone": "Europe/Vilnius", "language": "ce"}


async def send(room: Room, by: Actor, url: str, body: dict[str, Any] | None = None, version: int = 1) -> httpx.Response:
    async with room.client(by) as client:
        return await client.post(url, json=body, headers={"If-Match": f'"{version}"'})


async def see(room: Room, by: Actor, url: str) -> Any:
    async with room.client(by) as client:
        answer = await client.get(url)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def vetted(room: Room, **other: Any) -> str:
    made = (await send(room, MANAGER, "/interpreters", {**AYLA, **other})).json()
    answer = await send(room, SECOND, f"/interpreters/{made['id']}/vetting", {"signed_on": "2017-04-01"})
    assert answer.status_code == 200, answer.text
    return str(made["id"])


def at(starts_at: datetime, minutes: int = 60, **other: Any) -> dict[str, Any]:
    ends_at = starts_at + timedelta(minutes=minutes)
    return {**TALK, "starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat(), **other}


async def book(room: Room, case_id: str, body: dict[str, Any]) -> httpx.Response:
    return await send(room, OFFICER, f"/cases/{case_id}/appointments", body)


async def test_a_note_is_corrected_and_never_overwritten(room: Room) -> None:
    """Both versions are read, with who wrote each, when and why; who corrects an old version finds out."""
    case_id = await new_case(room, MIRA)
    wrote = await send(room, OFFICER, f"/cases/{case_id}/notes", {"on": "2017-04-02", "text": "Two men came."})
    url = f"/notes/{wrote.json()['id']}"
    room.clock.move(NOON + timedelta(days=1))
    correction = {"text": "Three men came.", "reason": "He called again."}
    assert (await send(room, MIRA, f"{url}/corrections", correction)).status_code == 200
    assert problem(await send(room, OFFICER, f"{url}/corrections", correction)) == (412, "stale_version")
    assert problem(await send(room, OFFICER, f"{url}/corrections", correction, 2)) == (409, "nothing_corrected")
    late = {"on": "2017-04-06", "text": "They will come."}
    assert problem(await send(room, OFFICER, f"/cases/{case_id}/notes", late)) == (422, "not_yet")
    (note,) = (await see(room, OFFICER, f"/cases/{case_id}/notes"))["items"]
    told = [(it["text"], it["reason"], it["written_by"], it["written_at"]) for it in note["versions"]]
    assert told == [
        ("Two men came.", "", OFFICER.id, "2017-04-03T12:00:00Z"),
        ("Three men came.", "He called again.", MIRA.id, "2017-04-04T12:00:00Z"),
    ]
    assert (note["on"], note["version"]) == ("2017-04-02", 2)


async def test_a_confidential_note_is_masked(room: Room) -> None:
    """Who is on the case without working with its people, or broke the glass, sees that there is one and not what."""
    analyst, stranger = staff("analyst"), staff("manager")
    case_id = await new_case(room, analyst, MIRA)
    body = {"on": "2017-04-02", "text": "He named his brother.", "confidential": True}
    note_id = (await send(room, OFFICER, f"/cases/{case_id}/notes", body)).json()["id"]
    await send(room, stranger, f"/cases/{case_id}/break-glass", {"reason": "Nobody answers."})
    seen = [await see(room, who, f"/notes/{note_id}") for who in (MIRA, analyst, stranger)]
    assert [(it["masked"], it["versions"][0]["text"]) for it in seen] == [
        (False, "He named his brother."),
        (True, ""),
        (True, ""),
    ]


async def test_an_appointment_is_kept_moved_cancelled_and_remembered(room: Room) -> None:
    """Each turn is kept with its time and reason; a day before somebody is reminded, and its outcome is asked for."""
    case_id = await new_case(room)
    booked = (await book(room, case_id, at(MONDAY_NOON))).json()
    url = f"/appointments/{booked['id']}"
    moved = {"starts_at": (MONDAY_NOON + timedelta(days=1)).isoformat()}
    moved |= {"ends_at": (MONDAY_NOON + timedelta(days=1, hours=2)).isoformat(), "reason": "He is ill."}
    assert (await send(room, OFFICER, f"{url}/times", moved)).json()["version"] == 2
    early = await send(room, OFFICER, f"{url}/outcome", {"outcome": "kept"}, 2)
    assert problem(early) == (409, "not_yet")
    room.clock.move(MONDAY_NOON + timedelta(hours=2))
    await room.fire()
    assert [called.step for called in await room.told(DutyCalled)] == ["reminder"]
    (duty,) = (await see(room, OFFICER, "/duties"))["items"]
    assert (duty["kind"], duty["due_at"]) == ("appointment", "2017-04-12T14:00:00Z")
    room.clock.move(MONDAY_NOON + timedelta(days=1, hours=1))
    kept = await send(room, OFFICER, f"{url}/outcome", {"outcome": "no_show", "note": "Nobody came."}, 2)
    turns = [(it["what"], it["starts_at"], it["reason"]) for it in kept.json()["turns"]]
    assert turns == [
        ("booked", "2017-04-10T12:00:00Z", ""),
        ("moved", "2017-04-11T12:00:00Z", "He is ill."),
        ("no_show", "2017-04-11T12:00:00Z", "Nobody came."),
    ]
    assert await mine(room, OFFICER) == []
    second = (await book(room, case_id, at(MONDAY_NOON + timedelta(days=3)))).json()
    over = await send(room, OFFICER, f"/appointments/{second['id']}/cancellation", {"reason": "He is away."})
    assert (over.json()["state"], await mine(room, OFFICER)) == ("cancelled", [])
    wrong = at(MONDAY_NOON + timedelta(days=3), zone="Middle/Earth")
    assert problem(await book(room, case_id, wrong)) == (422, "unknown_zone")
    assert problem(await book(room, case_id, at(NOON))) == (422, "in_the_past")


async def test_neither_interpreter_nor_room_is_booked_twice(room: Room) -> None:
    """Not for another case either; a room is the same however it is spelt; what was cancelled is free again."""
    first, second, ayla = await new_case(room), await new_case(room), await vetted(room)
    made = await book(room, first, at(MONDAY_NOON, interpreter_id=ayla, room="Blue room"))
    assert made.status_code == 201, made.text
    half_past = MONDAY_NOON + timedelta(minutes=30)
    assert problem(await book(room, second, at(half_past, interpreter_id=ayla))) == (409, "interpreter_taken")
    assert problem(await book(room, second, at(half_past, room="BLUE ROOM"))) == (409, "room_taken")
    assert (await book(room, second, at(half_past))).status_code == 201
    after = MONDAY_NOON + timedelta(hours=1)
    assert (await book(room, second, at(after, interpreter_id=ayla, room="blue room"))).status_code == 201
    await send(room, OFFICER, f"/appointments/{made.json()['id']}/cancellation", {"reason": "Ill."})
    assert (await book(room, second, at(half_past, 30, interpreter_id=ayla))).status_code == 201


async def test_at_once_one_booking_wins(tmp_path: Path) -> None:
    """On PostgreSQL eight bookings at once: of the interpreter one, of the room one, wherever they overlap."""
    async with open_room(blueprint(REFERRAL_KEY), tmp_path, "postgresql") as room:
        cases, ayla = [await new_case(room) for _ in range(4)], await vetted(room)
        asked = [
            book(room, one, at(MONDAY_NOON + timedelta(minutes=10 * n), interpreter_id=ayla))
            for n, one in enumerate(cases)
        ]
        asked += [
            book(room, one, at(MONDAY_NOON + timedelta(minutes=10 * n), room="Blue")) for n, one in enumerate(cases)
        ]
        answers = await asyncio.gather(*asked)
        codes = sorted((answer.status_code, answer.json().get("code", "")) for answer in answers)
        assert codes == [(201, "")] * 2 + [(409, "interpreter_taken")] * 3 + [(409, "room_taken")] * 3


async def test_who_may_interpret(room: Room) -> None:
    """Vetted by a second person, speaking the language, of the gender asked for, not from the same town, no relative,
    and when they can come; whoever does not fit is neither found nor booked."""
    case_id = await new_case(room)
    (person,) = (await see(room, OFFICER, f"/cases/{case_id}/people"))["people"]
    hours = {"hours": [{"weekday": 0, "begins": "09:00", "ends": "17:00"}]}
    fits = await vetted(room, towns=["Nalchik"], **hours)
    unvetted = (await send(room, MANAGER, "/interpreters", AYLA)).json()["id"]
    alone = await send(room, MANAGER, f"/interpreters/{unvetted}/vetting", {"signed_on": "2017-04-01"})
    assert problem(alone) == (403, "second_person_needed")
    away = {"away": [{"first": "2017-04-10", "last": "2017-04-12"}]}
    others = {
        "interpreter_not_vetted": unvetted,
        "interpreter_same_town": await vetted(room, towns=["Грозный"]),
        "interpreter_excluded": await vetted(room, towns=[]),
        "interpreter_language": await vetted(room, towns=[], languages=["ar"]),
        "interpreter_gender": await vetted(room, towns=[], gender="male"),
        "interpreter_unavailable": await vetted(room, towns=[], **away),
    }
    kin = {"interpreter_id": others["interpreter_excluded"], "reason": "A cousin."}
    assert (await send(room, OFFICER, f"/cases/{case_id}/excluded-interpreters", kin)).status_code == 201
    wishes = {"gender": "female", "towns": ["Grozny"]}
    assert (await send(room, OFFICER, f"/people/{person['id']}/interpreter-wishes", wishes)).status_code == 201
    for reason, one in others.items():
        assert problem(await book(room, case_id, at(MONDAY_NOON, interpreter_id=one))) == (409, reason)
    wanted = {key: value for key, value in at(MONDAY_NOON).items() if key in ("language", "starts_at", "ends_at")}
    search = await send(room, OFFICER, f"/cases/{case_id}/interpreter-search", wanted)
    assert [it["id"] for it in search.json()["items"]] == [fits]
    # In Vilnius it is three hours later in summer: 15:00 UTC is 18:00 there, and Tuesday is not Monday.
    for late in (MONDAY_NOON + timedelta(hours=3), MONDAY_NOON + timedelta(days=1)):
        refused = await book(room, case_id, at(late, interpreter_id=fits))
        assert problem(refused) == (409, "interpreter_unavailable")
    assert (await book(room, case_id, at(MONDAY_NOON, interpreter_id=fits))).status_code == 201
    search = await send(room, OFFICER, f"/cases/{case_id}/interpreter-search", wanted)
    assert search.json()["items"] == []


async def test_an_interpreter_is_given_the_appointment_and_nothing_else(room: Room) -> None:
    """When, where and which language: no case, no name, no purpose; and once excluded, or over, not even that."""
    ayla = staff("interpreter")
    case_id, interpreter = await new_case(room), await vetted(room, actor_id=ayla.id, towns=[])
    body = at(MONDAY_NOON, interpreter_id=interpreter, purpose="About the night of 2 April.")
    booked = (await book(room, case_id, body)).json()
    (given,) = (await see(room, ayla, "/appointments/given"))["items"]
    assert given == {
        "id": booked["id"],
        "starts_at": "2017-04-10T12:00:00Z",
        "ends_at": "2017-04-10T13:00:00Z",
        "zone": "Europe/Vilnius",
        "place": "Second floor, the library",
        "language": "ce",
    }
    async with room.client(ayla) as client:
        hidden = [f"/appointments/{booked['id']}", f"/cases/{case_id}", f"/cases/{case_id}/people"]
        assert [(await client.get(url)).status_code for url in hidden] == [404, 404, 404]
    kin = {"interpreter_id": interpreter, "reason": "He knows her."}
    await send(room, OFFICER, f"/cases/{case_id}/excluded-interpreters", kin)
    duties = (await see(room, OFFICER, "/duties"))["items"]
    assert sorted(it["kind"] for it in duties) == ["appointment", "rebook"]
    assert (await see(room, ayla, "/appointments/given"))["items"] == []
    other = {"interpreter_id": await vetted(room), "reason": "Somebody else comes."}
    times = {key: booked[key] for key in ("starts_at", "ends_at")}
    moved = await send(room, OFFICER, f"/appointments/{booked['id']}/times", {**times, **other})
    assert moved.json()["interpreter_id"] == other["interpreter_id"]
    assert [it["kind"] for it in (await see(room, OFFICER, "/duties"))["items"]] == ["appointment"]


async def test_nothing_of_who_was_erased_stays_in_the_diary(room: Room) -> None:
    """Notes, appointments and wishes of a person, and of a case with its last one."""
    who = await family(room, (ADAM,))
    (adam,) = who.people
    made = [
        await send(
            room, who.officer, f"/cases/{who.case_id}/notes", {"on": "2017-04-02", "text": "A", "person_id": adam}
        ),
        await send(room, who.officer, f"/cases/{who.case_id}/notes", {"on": "2017-04-02", "text": "B"}),
        await send(room, who.officer, f"/cases/{who.case_id}/appointments", at(MONDAY_NOON, person_id=adam)),
        await send(room, who.officer, f"/people/{adam}/interpreter-wishes", {"gender": "female"}),
    ]
    assert [answer.status_code for answer in made] == [201] * 4
    await erase(room, who, adam)
    for answer in made[:3]:
        assert await cells_with(room, metadata, answer.json()["id"]) == set()
    assert await cells_with(room, metadata, adam) == {"erasure_proposals"}
