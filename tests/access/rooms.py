"""A room of each service with an invented case in it, so that what holds everywhere is tested everywhere."""

from collections.abc import Callable
from datetime import date
from functools import cache

from joserfc.jwk import ECKey

from services.intake.service import blueprint as intake
from services.logistics.service import blueprint as logistics
from services.notify.service import blueprint as notify
from services.settlement.service import blueprint as settlement
from shared.access import Actor
from shared.clock import new_id
from shared.contracts.fields import Sealed
from shared.contracts.intake import AccessChanged, CaseMember, CaseOpened, MemberFacts
from shared.runtime import Blueprint
from tests.support.room import Room, staff

ADAM = {"name_in_use": "Adam", "pronouns": "he", "born_on": "1994-02-11", "country_of_danger": "RU"}
WHISPER = {
    "channel": "messenger",
    "language": "ru",
    "asked_by": "self",
    "name": "Adam Test",
    "contact": "+7 900 000-00-01",
    "country": "RU",
    "story": "They came to the house of a friend last night.",
}
APPOINTMENT = {"kind": "interview", "place": "The library", "zone": "Europe/Vilnius"}
INTERPRETER = {"name": "Ayla", "languages": ["ce"], "gender": "female", "towns": [], "zone": "Europe/Vilnius"}
MANAGER = staff("manager")


@cache
def _referral_key() -> ECKey:
    return ECKey.generate_key("P-256")


BLUEPRINTS: dict[str, Callable[[], Blueprint]] = {
    "intake": lambda: intake(_referral_key()),
    "logistics": logistics,
    "settlement": settlement,
    "notify": lambda: notify(loopback_http=True),
}

LOOKS = {
    "intake": "/cases/{}",
    "logistics": "/cases/{}/travellers",
    "settlement": "/cases/{}/newcomers",
    "notify": "/cases/{}/deliveries",
}
"""In each service one path that whoever sees a case may read."""


async def open_case(room: Room, *assigned: Actor, recused: tuple[Actor, ...] = ()) -> str:
    """An invented case with these staff and no others; its id."""
    if room.blueprint.name != "intake":
        return await _hear_of_case(room, assigned, recused)
    officer = staff("intake_officer")
    async with room.client(officer) as client:
        request_id = (await client.post("/requests", json=WHISPER)).json()["id"]
        screening = {"in_scope": True}
        await client.post(f"/requests/{request_id}/screening", json=screening, headers={"If-Match": '"1"'})
        body = {"code_name": f"Heron {request_id[:6]}", "people": [ADAM], "team": []}
        opened = await client.post(f"/requests/{request_id}/case", json=body, headers={"If-Match": '"2"'})
    case_id = str(opened.json()["id"])
    await assign(room, case_id, *assigned, recused=recused)
    return case_id


async def assign(room: Room, case_id: str, *assigned: Actor, recused: tuple[Actor, ...] = ()) -> None:
    """From now on these may see the case, and no others."""
    ids, barred = [actor.id for actor in assigned], [actor.id for actor in recused]
    if room.blueprint.name != "intake":
        at = room.clock.now()
        await room.tell(AccessChanged(case_id=case_id, at=at, assigned=tuple(ids), recused=tuple(barred)))
        return
    async with room.client(MANAGER) as client:
        version = (await client.get(f"/cases/{case_id}/team")).headers["ETag"]
        body = {"assigned": ids or [new_id()], "recused": barred}
        answer = await client.post(f"/cases/{case_id}/team", json=body, headers={"If-Match": version})
    assert answer.status_code == 200, answer.text


async def _hear_of_case(room: Room, assigned: tuple[Actor, ...], recused: tuple[Actor, ...]) -> str:
    case_id, person_id = new_id(), new_id()
    facts = MemberFacts(principal=True, born_on=date(1994, 2, 11), country_of_danger="RU")
    members = (CaseMember(person_id=person_id, facts=Sealed.of(person_id, facts)),)
    await room.tell(CaseOpened(case_id=case_id, at=room.clock.now(), members=members))
    await assign(room, case_id, *(assigned or (staff(),)), recused=recused)
    return case_id
