"""Something of every kind that a path can name, in each service."""

from datetime import timedelta
from typing import Any

import httpx

from shared.access import Actor
from shared.clock import new_id
from shared.contracts.logistics import CheckInMissed
from shared.messaging.verdicts import Incoming
from tests.intake import test_way_to_a_plan as story_of_intake
from tests.logistics import scene
from tests.notify import story as story_of_notify
from tests.settlement import stories
from tests.support import letters
from tests.support.consents import spoken
from tests.support.room import NOON, Room, staff


async def made(client: httpx.AsyncClient, path: str, body: Any = None, version: int | None = None) -> dict[str, Any]:
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    answer = await client.post(path, json=body, headers=headers)
    assert answer.is_success, answer.text
    return dict(answer.json())


async def intake(room: Room, actor: Actor) -> dict[str, str]:
    """Two requests, one of them a case with a consent, and a statement with a masking that waits and evidence."""
    async with room.client(actor) as client:
        case_id = await story_of_intake.accept(
            client, await story_of_intake.ask(client), [story_of_intake.ADAM], [actor.id]
        )
        request_id = await story_of_intake.ask(client)
        letter_id = await letters.with_file(room)
        (person,) = (await client.get(f"/cases/{case_id}/people")).json()["people"]
        given = spoken("share_with_government")
        consent = await made(client, f"/people/{person['id']}/consents", given)
        await story_of_intake.check(client, case_id)
        need = {"kind": "need", "value": "LP-IH", "source": "person", "since": "2017-04-01"}
        entry = await made(client, f"/people/{person['id']}/entries", need)
        relative = await made(client, f"/people/{person['id']}/relatives", {"name": "Vera", "relationship": "aunt"})
        wish = {"what": "pronouns", "value": "she", "why": "As I said."}
        correction = await made(client, f"/people/{person['id']}/corrections", wish)
        told = await testimony(client, case_id, str(person["id"]))
        claim = {"topic": "arrests", "qualifier": "exactly", "value": 3, "definition": "Men held."}
        report = {"title": "Held", "as_of": NOON.isoformat()}
        told["report_id"] = (await made(client, "/reports", report))["id"]
        told["claim_id"] = (await made(client, "/claims", {**claim, "as_of": "2017-04-01", "source": "Us."}))["id"]
    async with room.client(staff("data_importer")) as client:
        begun = await made(client, "/imports", {"form": "globaleaks"})
    return {
        **told,
        "import_id": str(begun["id"]),
        "case_id": case_id,
        "request_id": request_id,
        "letter_id": letter_id,
        "person_id": str(person["id"]),
        "consent_id": str(consent["id"]),
        "entry_id": str(entry["id"]),
        "relative_id": str(relative["id"]),
        "correction_id": str(correction["id"]),
        "parked_id": await _parked(room),
    }


async def testimony(client: httpx.AsyncClient, case_id: str, person_id: str) -> dict[str, str]:
    """A statement with a masking that waits, evidence, and a copy of it that is being made."""
    body = {"person_id": person_id, "language": "ru", "held_on": "2017-04-01", "original": "Они пришли ночью."}
    path = f"/statements/{(await made(client, f'/cases/{case_id}/statements', body))['id']}"
    await made(client, f"{path}/uses", {"use": "court", "proof": "Spoken."}, version=1)
    span = {"text": "original", "start": 0, "end": 3, "uses": ["court"], "reason": "A name."}
    await made(client, f"{path}/masking", {"number": 1, "spans": [span]}, version=2)
    masking = await made(client, f"{path}/masking", {"number": 1, "spans": []}, version=3)
    thing = {"description": "A letter.", "received_from": "The witness."}
    evidence = await made(client, f"{path}/evidence", thing)
    headers = {"Content-Type": "text/plain"}
    kept = await client.post(f"/evidence/{evidence['id']}/content", content=b"Seen.", headers=headers)
    assert kept.is_success, kept.text
    run = await made(client, f"/evidence/{evidence['id']}/copies")
    return {
        "statement_id": path.rpartition("/")[2],
        "masking_id": str(masking["id"]),
        "evidence_id": str(evidence["id"]),
        "run_id": str(run["id"]),
    }


async def logistics(room: Room, actor: Actor) -> dict[str, str]:
    """A group of three with a hold, papers, a planned journey and a proposed split."""
    group = await scene.open_group(room, [scene.ADULT] * 3, actor)
    async with room.client(actor) as client:
        house = await scene.active_house(client, beds=6)
        stay = (await scene.hold(client, house, group)).json()
        document = await made(client, f"/people/{group.people[0]}/documents", scene.PASSPORT)
        await scene.clear_entry(room, group)
        await scene.record_passports(client, group.people[1:])
        journey = (await scene.plan_journey(client, group)).json()
        apart = {"person_ids_apart": group.people[:1], "reason": "A clinic."}
        split = await made(client, f"/cases/{group.case_id}/split", apart)
    return {
        "case_id": group.case_id,
        "person_id": group.people[0],
        "house_id": str(house["id"]),
        "stay_id": str(stay["id"]),
        "document_id": str(document["id"]),
        "journey_id": str(journey["id"]),
        "split_id": str(split["id"]),
        "parked_id": await _parked(room),
    }


async def settlement(room: Room, actor: Actor) -> dict[str, str]:
    """A programme with a submission and a proposed disclosure; a group that was received, with a plan and a need."""
    group = await stories.open_case(room, actor, people=2)
    programme_id = await stories.found_programme(room, actor, 5, sealed="sealed")
    submission = (await stories.submit(room, actor, programme_id, group)).json()
    there = await stories.open_case(room, actor)
    await stories.arrive(room, there, await stories.depart(room, there))
    escort = Actor(new_id(), "staff", frozenset({"escort"}))
    await stories.assign(room, there, actor, escort)
    reception = (await stories.hand_over(room, there, actor, escort)).json()
    async with room.client(actor) as client:
        (plan,) = (await client.get(f"/cases/{there.case_id}/plans")).json()["items"]
        need = await made(client, f"/plans/{plan['id']}/needs", {"kind": "housing", "note": "Two rooms."})
        figures = {"figures": ["settled_in_canada"], "as_of": NOON.date().isoformat(), "source": "Us."}
        disclosure = await made(client, f"/programmes/{programme_id}/disclosures", figures)
    return {
        "case_id": there.case_id,
        "programme_id": programme_id,
        "submission_id": str(submission["id"]),
        "reception_id": str(reception["id"]),
        "plan_id": str(plan["id"]),
        "need_id": str(need["id"]),
        "disclosure_id": str(disclosure["id"]),
        "parked_id": await _parked(room),
    }


async def notify(room: Room, actor: Actor) -> dict[str, str]:
    """A partner with news about a case, and an alert."""
    ally = await story_of_notify.befriend(room, "https://ally.example/in")
    case_id, (person_id,) = await story_of_notify.open_case(room, ally)
    await story_of_notify.assign(room, case_id, actor.id)
    await story_of_notify.consent(room, case_id, person_id)
    await story_of_notify.go(room, case_id, "verified")
    journey_id, check_in_id = new_id(), new_id()
    await room.tell(
        CheckInMissed(
            case_id=case_id,
            journey_id=journey_id,
            check_in_id=check_in_id,
            at=NOON + timedelta(hours=1),
            step="due",
        )
    )
    async with room.client(actor) as client:
        (alert,) = (await client.get("/alerts")).json()["items"]
        delivery = (await client.get(f"/cases/{case_id}/deliveries")).json()["items"][0]
    return {
        "case_id": case_id,
        "partner_id": ally.id,
        "alert_id": str(alert["id"]),
        "delivery_id": str(delivery["id"]),
        "parked_id": await _parked(room),
    }


async def _parked(room: Room) -> str:
    """An event that could not be handled."""
    publisher = "intake" if room.blueprint.name != "intake" else "notify"
    await room.inbox.receive(publisher, [Incoming(f"{publisher}.nothing.v1.{new_id()}", b"no envelope", 1)])
    async with room.client(Actor(new_id(), "staff", frozenset({"operator"}))) as client:
        return str((await client.get("/parked")).json()["items"][0]["id"])
