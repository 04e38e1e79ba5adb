"""The first half: reports, requests, cases, consent, shelter."""

from datetime import timedelta

from deploy.local.story import cast
from deploy.local.story.cast import Group
from deploy.local.story.client import Json, patiently
from deploy.local.story.telling import BEGIN, Telling

CLAIMS = (
    ("detained", "more_than", 100, "men detained", "2017-04-01", "a newspaper's first report"),
    ("detained", "more_than", 200, "men detained", "2017-06-01", "a partner network's count"),
    ("killed", "at_least", 3, "men killed, named", "2017-04-01", "a newspaper's first report"),
    ("killed", "about", 20, "men killed, named or reported", "2017-06-01", "a partner network's count"),
)
"""Sources that disagree stand side by side."""


async def reports(telling: Telling) -> None:
    await telling.stage.advance("2017-06-02T09:00:00+00:00")
    analyst = telling.stage.as_("analyst")
    for topic, qualifier, value, definition, as_of, source in CLAIMS:
        claim = {"topic": topic, "qualifier": qualifier, "value": value, "definition": definition}
        await analyst.post("intake", "/claims", {**claim, "as_of": as_of, "source": source})
    await analyst.until("intake", "/claims?topic=detained", lambda seen: bool(seen["disagree"]))


async def partner_registered(telling: Telling) -> None:
    body = {
        "name": "The Northern Network",
        "endpoint_url": telling.partner.endpoint,
        "kinds": ["case.accepted", "case.verified", "case.planned", "case.closed"],
        "expires_on": "2019-01-01",
    }
    made = await telling.stage.as_("partner_manager").post("notify", "/partners", body)
    telling.partner.trust(made["outbound_secret"])
    telling.partner.signs(made["id"], made["inbound_secret"])


async def people_ask(telling: Telling) -> None:
    for group in telling.groups:
        if group.referred:
            await telling.partner.refer(telling.stage.http, group)
        else:
            telling.requests[group.number] = await _ask(telling, group, "Hunted since Tuesday; I cannot go home.")
    again = await _ask(telling, telling.groups[cast.ASKS_TWICE], "It is me again; nobody has answered yet.")
    await _find_referrals(telling)
    await _merge_duplicate(telling, again)


async def _ask(telling: Telling, group: Group, story: str) -> str:
    told = {
        "channel": "messenger",
        "language": "ru",
        "asked_by": "self",
        "name": group.members[0].name,
        "contact": group.contact,
        "country": "RU",
        "story": story,
    }
    return str((await telling.stage.as_("channel").post("intake", "/requests", told))["id"])


async def _find_referrals(telling: Telling) -> None:
    """The officer reads what the partner wrote; a referral is a request some moments after it was accepted."""
    officer = telling.stage.as_("officer")
    number = {group.contact: group.number for group in telling.groups}
    read: set[str] = set(telling.requests.values())

    async def all_found() -> bool:
        for request in await officer.every("intake", "/requests"):
            if request["channel"] == "partner" and request["id"] not in read:
                read.add(request["id"])
                seen = await officer.get("intake", f"/requests/{request['id']}")
                telling.requests[number[seen["contact"]]] = request["id"]
        return len(telling.requests) == len(telling.groups)

    await patiently(all_found, "a referral does not become a request")


async def _merge_duplicate(telling: Telling, again: str) -> None:
    first = telling.requests[cast.ASKS_TWICE]
    officer = telling.stage.as_("officer")
    seen = await officer.until("intake", f"/requests/{again}", lambda request: first in request["possible_duplicates"])
    await officer.post("intake", f"/requests/{again}/merge", {"into": first}, version=seen["version"])


async def cases_opened(telling: Telling) -> None:
    officer = telling.stage.as_("officer")
    team = [cast.staff_id(name) for name in cast.TEAM]
    for group in telling.groups:
        request = f"/requests/{telling.requests[group.number]}"
        await officer.post("intake", f"{request}/screening", {"in_scope": True, "emergency": True}, version=1)
        people = [member.body() for member in group.members]
        opening = {"code_name": group.code_name, "people": people, "team": team}
        case = await officer.post("intake", f"{request}/case", opening, version=2)
        telling.cases[group.number] = case["id"]
        seen = await officer.get("intake", f"/cases/{case['id']}/people")
        telling.people[group.number] = [person["id"] for person in seen["people"]]


async def verified_and_planned(telling: Telling) -> None:
    officer, reviewer = telling.stage.as_("officer"), telling.stage.as_("reviewer")
    for group in telling.groups:
        case = f"/cases/{telling.cases[group.number]}"
        kind = "partner" if group.referred else "self"
        item = {"kind": kind, "result": "verified", "note": "Consistent in two conversations."}
        await officer.post("intake", f"{case}/verification/items", item)
        if group.number == 0:
            attempt = officer.refused("intake", f"{case}/verification/decision", {"verified": True}, version=2)
            await telling.refused("own verification", attempt)
        await reviewer.post("intake", f"{case}/verification/decision", {"verified": True}, version=2)
        triage = {"priority": "emergency", "reason": "Detained friends know the address."}
        await officer.post("intake", f"{case}/triage", triage, version=3)
        await officer.post("intake", f"{case}/plan", {"goals": ["Safe shelter", "A way out"]}, version=4)


async def consents_given(telling: Telling) -> None:
    for group in telling.groups:
        purposes = ["share_for_protection"]
        if group.number not in cast.NEVER_SUBMITTED:
            purposes.append("share_with_government")
        if group.referred:
            purposes.append("share_with_partner")
        for person in telling.people[group.number]:
            for purpose in purposes:
                given = await _consent(telling, person, purpose)
                if group.number == cast.WITHDRAWS and purpose == "share_with_government":
                    telling.withdrawable = (given["id"], given["version"])


async def _consent(telling: Telling, person: str, purpose: str) -> Json:
    body = {"purpose": purpose, "proof": "Spoken in the second conversation, with an interpreter."}
    return await telling.stage.as_("officer").post("intake", f"/people/{person}/consents", body)


async def sheltered(telling: Telling) -> None:
    coordinator = telling.stage.as_("coordinator")
    houses = [await _open_house(telling, code_name, beds) for code_name, beds in cast.HOUSES]
    free = {house: beds for house, (_, beds) in zip(houses, cast.HOUSES, strict=True)}
    expires = (BEGIN + timedelta(days=72)).isoformat()
    for group in telling.groups:
        people = telling.people[group.number]
        house = next(house for house, beds in free.items() if beds >= len(people))
        beds = {"case_id": telling.cases[group.number], "person_ids": people, "expires_at": expires}
        if group.number == len(telling.groups) - 1:
            full = next(house for house, left in free.items() if not left)
            attempt = coordinator.refused("logistics", f"/houses/{full}/holds", beds)
            await telling.refused("one bed too many", attempt)
        stay = await coordinator.post("logistics", f"/houses/{house}/holds", beds)
        await coordinator.post("logistics", f"/stays/{stay['id']}/arrival", version=stay["version"])
        free[house] -= len(people)


async def _open_house(telling: Telling, code_name: str, beds: int) -> str:
    coordinator = telling.stage.as_("coordinator")
    body = {
        "code_name": code_name,
        "region": "north",
        "beds": beds,
        "max_cases": beds,
        "address": f"{len(code_name)} Invented Lane, third floor, ask for {code_name}",
    }
    house = await coordinator.post("logistics", "/houses", body)
    version = house["version"]
    for state in ("vetted", "active"):
        moved = await coordinator.post("logistics", f"/houses/{house['id']}/state", {"state": state}, version=version)
        version = moved["version"]
    return str(house["id"])
