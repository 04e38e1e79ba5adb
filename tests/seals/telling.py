"""One story in two cases, told with a sealed programme, with an open one, or with none.

Rule: what belongs to the programme is done only where there is one; all else is done in every world, by the same
people at the same hour.
"""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import orjson
from joserfc import jwe

from shared.access import Actor
from tests.intake.telling import SAID
from tests.notify.story import Ally, signed
from tests.seals.world import SAME, World, referral_key
from tests.support.consents import spoken

Kind = Literal["sealed", "disclosed", "none"]

ROLES = frozenset(
    {
        "intake_officer",
        "caseworker",
        "coordinator",
        "programme_manager",
        "programme_officer",
        "settlement_worker",
        "spokesperson",
        "duty_officer",
    }
)


def member(name: str, kind: Literal["staff", "channel"] = "staff", *roles: str) -> Actor:
    return Actor(uuid.uuid5(uuid.NAMESPACE_URL, name).hex, kind, frozenset(roles) or ROLES)


CHANNEL = member("channel", "channel", "none")
OPENER = member("opener")
LISTED = member("listed")
SECOND = member("second on the list")
UNLISTED = member("unlisted")
ON_DUTY = member("on duty", "staff", "duty_officer")
PARTNERS = member("partners", "staff", "partner_manager")
ANALYST = member("analyst", "staff", "analyst")
MANAGER = member("manager", "staff", "manager")
OPERATOR = member("operator", "staff", "operator")
AUDITOR = member("auditor", "staff", "auditor")
LISTED_AUDITOR = Actor(LISTED.id, "staff", frozenset({"auditor"}))


def at(day: int, hour: int = 8) -> datetime:
    """An hour in April 2017."""
    return datetime(2017, 4, day, hour, tzinfo=UTC)


@dataclass
class Telling:
    """The story as far as it was told; things: ids by the name that a path gives them."""

    world: World
    kind: Kind
    endpoint: str
    cases: list[str] = field(default_factory=list)
    people: list[list[str]] = field(default_factory=list)
    things: dict[str, list[str]] = field(default_factory=dict)

    def thing(self, name: str, made: Any) -> Any:
        self.things.setdefault(name, []).append(made["id"])
        return made

    @property
    def programme(self) -> bool:
        return self.kind != "none"

    async def pried(self) -> None:
        """On the list, one may not do what another asks the log about: neither is for others to read."""
        (journey,) = self.things["journey_id"]
        w, officer = self.world, Actor(SECOND.id, "staff", frozenset({"intake_officer"}))
        async with w.rooms["logistics"].client(officer) as client:
            answer = await client.post(f"/journeys/{journey}/departure", headers={**SAME, "If-Match": '"1"'})
        assert answer.status_code == 403, answer.text
        await w.rooms["logistics"].link()
        assert (await w.get(LISTED_AUDITOR, "logistics", f"/audit?subject={journey}")).status_code == 200


async def asked(t: Telling) -> None:
    """A partner refers a pair; somebody else asks alone."""
    w = t.world
    agreement = {"name": "Northern Lantern", "endpoint_url": t.endpoint, "expires_on": "2018-01-01"}
    kinds = ["case.accepted", "case.verified", "case.planned", "case.closed"]
    made = await w.post(PARTNERS, "notify", "/partners", {**agreement, "kinds": kinds})
    whole = {
        "channel": "messenger",
        "language": "ru",
        "asked_by": "relative",
        "name": "Adam",
        "contact": "+7 900 555-00-01",
        "country": "RU",
    }
    header = {"alg": "ECDH-ES+A256KW", "enc": "A256GCM"}
    document = jwe.encrypt_compact(header, orjson.dumps({**whole, "story": "In hiding."}), referral_key())
    body = orjson.dumps({"type": "referral.created", "data": {"document": document}})
    ally = Ally(made["id"], made["inbound_secret"], made["outbound_secret"])
    w.ids.seed("referral")
    async with w.rooms["notify"].client() as client:
        headers = {**SAME, **signed(ally, body, webhook_id="msg_1")}
        answer = await client.post(f"/partners/{ally.id}/referrals", content=body, headers=headers)
    assert answer.status_code == 202, answer.text
    await w.deliver()
    (referred,) = (await w.get(OPENER, "intake", "/requests")).json()["items"]
    alone = {**whole, "name": "Boris", "contact": "+7 900 555-00-02", "asked_by": "self"}
    own = await w.post(CHANNEL, "intake", "/requests", {**alone, "story": "Hunted since Tuesday."})
    for number, (request, size) in enumerate(((referred["id"], 2), (own["id"], 1))):
        await w.post(OPENER, "intake", f"/requests/{request}/screening", {"in_scope": True}, version=1)
        names = [f"Person {number}{place}" for place in range(size)]
        people = [{"name_in_use": name, "born_on": "1990-05-01", "country_of_danger": "RU"} for name in names]
        team = [actor.id for actor in (LISTED, SECOND, UNLISTED)]
        opening = {"code_name": f"Kestrel {number}", "people": people, "team": team}
        case = await w.post(OPENER, "intake", f"/requests/{request}/case", opening, version=2)
        t.cases.append(case["id"])
        seen = (await w.get(OPENER, "intake", f"/cases/{case['id']}/people")).json()
        t.people.append([person["id"] for person in seen["people"]])


async def prepared(t: Telling) -> None:
    """Consents, papers, beds for everybody."""
    w = t.world
    for group in t.people:
        for person in group:
            for purpose in ("share_with_government", "share_with_partner", "public_statistics"):
                await w.post(OPENER, "intake", f"/people/{person}/consents", spoken(purpose))
            passport = {"kind": "passport", "issuing_country": "RU", "number": "70 1", "valid_until": "2024-01-01"}
            await w.post(UNLISTED, "logistics", f"/people/{person}/documents", passport)
    body = {"code_name": "Lantern", "region": "north", "beds": 6, "max_cases": 6, "address": "7 Invented Lane"}
    house = t.thing("house_id", await w.post(UNLISTED, "logistics", "/houses", body))
    for version, state in ((1, "vetted"), (2, "active")):
        await w.post(UNLISTED, "logistics", f"/houses/{house['id']}/state", {"state": state}, version=version)
    for case, group in zip(t.cases, t.people, strict=True):
        beds = {"case_id": case, "person_ids": group, "expires_at": at(14).isoformat()}
        stay = t.thing("stay_id", await w.post(UNLISTED, "logistics", f"/houses/{house['id']}/holds", beds))
        await w.post(UNLISTED, "logistics", f"/stays/{stay['id']}/arrival", version=1)


async def heard(t: Telling) -> None:
    """Six speak, all to somebody who will be on no list; sources disagree; a report is begun."""
    await _speaks(t, UNLISTED, 0, t.people[0][0])
    for _ in range(5):
        await _taken(t, UNLISTED, 1, None)
    claim = {"topic": "detained", "qualifier": "more_than", "definition": "Men held.", "as_of": "2017-04-01"}
    for value, source in ((100, "A newspaper"), (54, "A list of names")):
        said = {**claim, "value": value, "source": source}
        t.thing("claim_id", await t.world.post(ANALYST, "intake", "/claims", said))
    await _report(t)


async def _taken(t: Telling, actor: Actor, number: int, person_id: str | None) -> str:
    """A statement that may be counted and quoted; its path."""
    said = {**SAID, "person_id": person_id}
    made = await t.world.post(actor, "intake", f"/cases/{t.cases[number]}/statements", said)
    path = f"/statements/{made['id']}"
    for version, use in enumerate(("statistics", "anonymised_report"), start=1):
        await t.world.post(actor, "intake", f"{path}/uses", {"use": use, "proof": "Spoken."}, version=version)
    return path


async def _speaks(t: Telling, actor: Actor, number: int, person_id: str | None) -> None:
    """A statement with a mask that somebody would have taken off, and something that was brought."""
    w, path = t.world, await _taken(t, actor, number, person_id)
    t.thing("statement_id", {"id": path.rpartition("/")[2]})
    span = {"text": "translation", "start": 0, "end": 4, "uses": ["anonymised_report"], "reason": "A habit of his."}
    for version, spans in ((3, [span]), (4, [])):
        masked = await w.post(actor, "intake", f"{path}/masking", {"number": 1, "spans": spans}, version=version)
        t.thing("masking_id", {"id": masked["id"]})
    t.thing("approval_id", {"id": masked["approval_id"]})
    thing = {"description": "A photograph", "received_from": "The witness"}
    t.thing("evidence_id", await w.post(actor, "intake", f"{path}/evidence", thing))


async def _report(t: Telling) -> None:
    plan = {"title": "Held", "topics": ["detained"], "as_of": t.world.rooms["intake"].clock.now().isoformat()}
    t.thing("report_id", await t.world.post(ANALYST, "intake", "/reports", plan))


async def accepted(t: Telling) -> None:
    """A programme takes the pair; the other goes by their own way."""
    w = t.world
    if t.programme:
        body = {"name": "Quiet Harbour", "country": "CA", "kind": "gar", "places": 9, "sealed": t.kind}
        made = t.thing("programme_id", await w.post(LISTED, "settlement", "/programmes", body))
        whom = {"case_id": t.cases[0], "person_ids": t.people[0]}
        path = f"/programmes/{made['id']}"
        submission = t.thing("submission_id", await w.post(LISTED, "settlement", f"{path}/submissions", whom))
        decision = {"outcome": "accepted", "from_date": "2017-04-05"}
        await w.post(LISTED, "settlement", f"/submissions/{submission['id']}/decision", decision, version=1)
        await w.post(LISTED, "settlement", f"{path}/staff", {"actor_id": SECOND.id})
    way = {"kind": "other_visa", "country": "DE", "from_date": "2017-04-05", "person_ids": t.people[1]}
    await w.post(UNLISTED, "settlement", f"/cases/{t.cases[1]}/pathways", way)
    await w.move(at(6))


async def left(t: Telling) -> None:
    """Both travel; of the pair nobody hears for an hour."""
    if t.programme:
        await _depart(t, LISTED, 0, "CA")
    await _depart(t, UNLISTED, 1, "DE")
    await t.world.move(at(6, 14))
    await t.world.post(UNLISTED, "logistics", f"/journeys/{t.things['open_journey'][0]}/check-ins", {"leg": 1})
    await t.world.move(at(6, 16))


async def _depart(t: Telling, actor: Actor, number: int, country: str) -> None:
    leg = {"from_place": "GRV", "to_place": "IST", "departs_at": at(6, 9), "expected_by": at(6, 15)}
    leg = {name: it.isoformat() if isinstance(it, datetime) else it for name, it in leg.items()}
    body = {"person_ids": t.people[number], "legs": [leg], "destination_country": country}
    made = await t.world.post(actor, "logistics", f"/cases/{t.cases[number]}/journeys", body)
    t.thing("journey_id" if number == 0 else "open_journey", made)
    await t.world.post(actor, "logistics", f"/journeys/{made['id']}/departure", version=1)


async def arrived(t: Telling) -> None:
    """Both arrive; the pair is received and has plans."""
    w = t.world
    if t.programme:
        (journey,) = t.things["journey_id"]
        await w.post(LISTED, "logistics", f"/journeys/{journey}/check-ins", {"leg": 1})
        await w.post(LISTED, "logistics", f"/journeys/{journey}/arrival", {"person_ids": t.people[0]}, version=3)
    (journey,) = t.things["open_journey"]
    await w.post(UNLISTED, "logistics", f"/journeys/{journey}/arrival", {"person_ids": t.people[1]}, version=3)
    for service, path in (("notify", "/alerts"), ("logistics", f"/cases/{t.cases[0]}/journeys")):
        # Who is on the list looks at lists like everybody else, whatever is on them.
        await w.get(LISTED, service, path)
    if t.programme:
        await t.pried()
    if t.programme:
        await _speaks(t, LISTED, 0, t.people[0][1])
    await _taken(t, UNLISTED, 0, None)
    receptions = (await w.get(LISTED, "settlement", f"/cases/{t.cases[0]}/receptions")).json()["items"]
    if t.programme:
        reception = t.thing("reception_id", receptions[0])
        for actor, side, version in ((LISTED, "escort", 2), (SECOND, "reception", 3)):
            body = {"side": side, "counted": 2}
            await w.post(actor, "settlement", f"/receptions/{reception['id']}/handover", body, version=version)
    plans = (await w.get(LISTED, "settlement", f"/cases/{t.cases[0]}/plans")).json()["items"]
    if t.programme:
        plan = t.thing("plan_id", plans[0])
        await w.post(LISTED, "settlement", f"/plans/{plan['id']}/needs", {"kind": "language"})


async def later(t: Telling) -> None:
    """Weeks pass; one report is frozen and another begun; somebody proposes to speak of the programme."""
    await t.world.move(datetime(2017, 6, 1, 8, tzinfo=UTC))
    await _report(t)
    path = f"/reports/{t.things['report_id'][0]}/freezing"
    await t.world.post(ANALYST, "intake", path, version=1)
    await t.world.post(MANAGER, "intake", f"{path}/decision", {"approve": True}, version=2)
    if t.kind == "sealed":
        figures = {"figures": ["helped_to_escape", "settled_in_canada"], "as_of": "2017-05-31", "source": "Board"}
        path = f"/programmes/{t.things['programme_id'][0]}/disclosures"
        made = await t.world.post(LISTED, "settlement", path, {**figures, "opens": True})
        t.thing("disclosure_id", made)
        t.things["digest"] = [made["content_digest"]]


async def opened(t: Telling) -> None:
    """Two people open the programme."""
    path = f"/disclosures/{t.things['disclosure_id'][0]}/signatures"
    signature = {"content_digest": t.things["digest"][0], "accept": True}
    assert (await t.world.post(SECOND, "settlement", path, signature))["state"] == "published"


CHAPTERS: tuple[Callable[[Telling], Awaitable[None]], ...] = (asked, prepared, heard, accepted, left, arrived, later)
