"""The first half: reports, requests, cases, consent, shelter."""

from datetime import date, timedelta

from deploy.local.story import cast
from deploy.local.story.cast import Group
from deploy.local.story.client import Json, patiently
from deploy.local.story.telling import BEGIN, Telling

RECIPIENTS = {
    "share_for_protection": ["partner_network", "safe_house"],
    "share_with_government": ["destination_government", "transit_government"],
    "share_with_partner": ["referring_partner"],
    "public_statistics": ["public"],
}
ADULTS_BORN_BY = date(1999, 1, 1)

AGREE = "Every account fits the others."

CLAIMS = (
    ("detained", "more_than", 100, "men detained", "2017-04-01", "a newspaper's first report"),
    ("detained", "more_than", 200, "men detained", "2017-06-01", "a partner network's count"),
    ("killed", "at_least", 3, "men killed, named", "2017-04-01", "a newspaper's first report"),
    ("killed", "about", 20, "men killed, named or reported", "2017-06-01", "a partner network's count"),
)
"""Sources that disagree stand side by side."""

REPORTED = BEGIN + timedelta(days=62)
"""When people began to ask."""


async def reports(telling: Telling) -> None:
    await telling.stage.advance(REPORTED.isoformat())
    await _introduced(telling)
    analyst = telling.stage.as_("analyst")
    for topic, qualifier, value, definition, as_of, source in CLAIMS:
        claim = {"topic": topic, "qualifier": qualifier, "value": value, "definition": definition}
        await analyst.post("intake", "/claims", {**claim, "as_of": as_of, "source": source})
    await analyst.until("intake", "/claims?topic=detained", lambda seen: bool(seen["disagree"]))


async def _introduced(telling: Telling) -> None:
    """Everybody on the staff is known to the others by name."""
    for name in cast.STAFF:
        await telling.stage.as_(name).post("intake", "/colleagues", {"name": cast.called(name)})


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
    await _somebody_on_duty(telling)
    for group in telling.groups:
        if group.referred:
            await telling.partner.refer(telling.stage.http, group)
        else:
            telling.requests[group.number] = await _ask(telling, group, "Hunted since Tuesday; I cannot go home.")
    again = await _ask(telling, telling.groups[cast.ASKS_TWICE], "It is me again; nobody has answered yet.")
    await _find_referrals(telling)
    await _merge_duplicate(telling, again)


async def _somebody_on_duty(telling: Telling) -> None:
    """The officer reads what will be asked; without a roster every language would call for somebody."""
    shift = {"actor_id": cast.staff_id("officer"), "languages": ["ru", "en"]}
    hours = {"begins_at": REPORTED.isoformat(), "ends_at": (REPORTED + timedelta(hours=24)).isoformat()}
    await telling.stage.as_("manager").post("intake", "/shifts", {**shift, **hours})


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
    await officer.until("intake", f"/requests/{again}", lambda request: first in request["possible_duplicates"])
    await _contacted(telling, again)
    await officer.post("intake", f"/requests/{again}/merge", {"into": first}, version=4)


async def _contacted(telling: Telling, request_id: str) -> None:
    """The officer claims it, writes down how it is safe to answer, answers, and gives it back."""
    officer, url = telling.stage.as_("officer"), f"/requests/{request_id}"
    await officer.post("intake", f"{url}/claim", None, version=1)
    evenings = {"days": [1, 2, 3, 4, 5, 6, 7], "begins": "00:07:00", "until": "00:07:00"}
    reached = {"channel": "telegram", "handle": "@grey.heron.again", "hours": [evenings], "zone": "Europe/Moscow"}
    contact = {**reached, "language": "ru", "cover_name": "the tyre shop"}
    await officer.post("intake", f"{url}/safe-contact", {"whom": "person", "contact": contact}, version=2)
    tried = {"channel": "telegram", "result": "left_a_message", "note": "Wrote as the tyre shop."}
    await officer.post("intake", f"{url}/contact-attempts", tried)
    await officer.post("intake", f"{url}/release", None, version=3)


async def cases_opened(telling: Telling) -> None:
    officer = telling.stage.as_("officer")
    team = [cast.staff_id(name) for name in cast.TEAM]
    for group in telling.groups:
        request = f"/requests/{telling.requests[group.number]}"
        await officer.post("intake", f"{request}/screening", {"in_scope": True, "urgency": "emergency"}, version=1)
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
        version = await _found_out(telling, group, case)
        verdict = {"verdict": "verified", "mode": "partner" if group.referred else "self", "reason": AGREE}
        proposal = await officer.post("intake", f"{case}/verification/proposal", verdict, version=version)
        decision = {"approval_id": proposal["id"], "approve": True}
        if group.number == 0:
            attempt = officer.refused("intake", f"{case}/verification/decision", decision, version=version)
            await telling.refused("own verification", attempt)
        await reviewer.post("intake", f"{case}/verification/decision", decision, version=version)
        await _second_instance(telling, case, version)
        version += 1
        triage = {
            "codes": ["threat.hunted", "time.within_two_weeks", "need.no_shelter"],
            "priority": "emergency",
            "reason": "Detained friends know the address.",
        }
        await officer.post("intake", f"{case}/triage", triage, version=version)
        await _planned(telling, case, version + 1)


async def _planned(telling: Telling, case: str, version: int) -> None:
    """The officer writes what is to be reached and what to do when it gets dangerous; a supervisor approves it."""
    officer, supervisor = telling.stage.as_("officer"), telling.stage.as_("supervisor")
    plan = {
        "goals": [{"text": "Safe shelter", "due_on": "2017-06-05"}, {"text": "A way out"}],
        "safety": {
            "warning_signs": ["Strangers ask the neighbours"],
            "safe_places": ["The house that we name by its colour"],
            "contacts": ["Whoever answers the second telephone"],
            "steps": ["Leave by the garden and go on foot"],
        },
        "review_on": "2018-01-15",
    }
    await officer.post("intake", f"{case}/plan", plan, version=version)
    proposed = await officer.post("intake", f"{case}/plan/proposal", version=version + 1)
    agreed = {"approval_id": proposed["id"], "approve": True}
    await supervisor.post("intake", f"{case}/plan/decision", agreed, version=version + 1)


async def _found_out(telling: Telling, group: Group, case: str) -> int:
    """What speaks for it, and who heard them: two of our own, or the partner that sent them and one of us."""
    officer, caseworker = telling.stage.as_("officer"), telling.stage.as_("caseworker")
    kind, source = ("partner_statement", "The northern network") if group.referred else ("message", "A chat of his")
    item = {"kind": kind, "source": source, "supports": "persecution", "result": "verified", "note": "It fits."}
    await officer.post("intake", f"{case}/verification/items", item)
    heard = (caseworker,) if group.referred else (officer, caseworker)
    for place, interviewer in enumerate(heard):
        talk = {
            "person_id": telling.people[group.number][0],
            "held_at": BEGIN.isoformat(),
            "by": "us",
            "language": "ce",
            "interpreter": "Interpreter Eleven",
            "summary": f"Held and let go in spring; told the {place + 1}. time without a contradiction.",
        }
        await interviewer.post("intake", f"{case}/verification/interviews", talk)
    return 2 + len(heard)


async def _second_instance(telling: Telling, case: str, version: int) -> None:
    """Chance hands some of them to a head reviewer as well."""
    seen = await telling.stage.as_("officer").get("intake", f"{case}/verification")
    if seen["head_review"] is not None:
        said = {"approval_id": seen["head_review"]["id"], "approve": True, "reason": "Well founded."}
        await telling.stage.as_("head").post("intake", f"{case}/verification/head-review", said, version=version)


async def consents_given(telling: Telling) -> None:
    for group in telling.groups:
        purposes = ["share_for_protection", "public_statistics"]
        if group.number not in cast.NEVER_SUBMITTED:
            purposes.append("share_with_government")
        if group.referred:
            purposes.append("share_with_partner")
        people = telling.people[group.number]
        for person, member in zip(people, group.members, strict=True):
            guardian = people[0] if member.born_on > ADULTS_BORN_BY else None
            for purpose in purposes:
                given = await _consent(telling, person, purpose, guardian)
                if group.number == cast.WITHDRAWS and purpose == "share_with_government":
                    telling.withdrawable = (given["id"], given["version"])


async def _consent(telling: Telling, person: str, purpose: str, guardian: str | None) -> Json:
    """guardian: who says it for a minor."""
    note = "Spoken in the second conversation."
    proof = {"how": "in_person", "note": note, "interpreter": "Selima of the network", "witness": "Her sister"}
    if guardian is not None:
        proof["guardian_id"] = guardian
    body = {"purpose": purpose, "recipients": RECIPIENTS[purpose], "language": "ru", "proof": proof}
    return await telling.stage.as_("officer").post("intake", f"/people/{person}/consents", body)


async def known_and_reachable(telling: Telling) -> None:
    """How the people of the first cases can be reached, by which word they are known, and what they need."""
    officer = telling.stage.as_("officer")
    for group in telling.groups[: cast.SPOKEN_TO]:
        for member, person in zip(group.members, telling.people[group.number], strict=True):
            reached = {**cast.SAFE_CONTACT, "handle": f"signal {group.contact}"}
            await officer.post("intake", f"/people/{person}/safe-contact", reached, version=0)
            for entry in (*cast.ENTRIES, *cast.papers(member.name)):
                await officer.post("intake", f"/people/{person}/entries", entry)
            said = {"word": cast.SAFE_CONTACT["code_word"]}
            await officer.post("intake", f"/people/{person}/safe-contact/code-word", said)


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
        await _less_urgent(telling, telling.cases[group.number])


async def _less_urgent(telling: Telling, case_id: str) -> None:
    """Who sleeps in a safe house is triaged again."""
    officer = telling.stage.as_("officer")
    seen = await officer.get("intake", f"/cases/{case_id}")
    triage = {"codes": ["concern.family_violence"], "priority": "normal", "reason": "Hidden in a house of ours."}
    await officer.post("intake", f"/cases/{case_id}/triage", triage, version=seen["version"])


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
