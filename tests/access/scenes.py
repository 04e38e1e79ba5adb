"""In each service alone one of everything that a path can name, and somebody for each way to stand to it.

Rule: the scenes are built through the APIs and events that the house really has; who asks for what is left to the
tests.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from shared.access import Actor
from shared.clock import new_id
from shared.contracts.fields import Sealed
from shared.contracts.intake import AccessChanged
from shared.contracts.logistics import CheckInMissed, CheckInReceived, Report
from shared.contracts.settlement import Sight, SightChanged
from shared.veil import LIST
from tests.access.rooms import APPOINTMENT, INTERPRETER, assign
from tests.fuzz import seeds
from tests.fuzz.seeds import made
from tests.intake import test_way_to_a_plan as story_of_intake
from tests.logistics import scene as story_of_logistics
from tests.settlement import stories
from tests.support.room import NOON, Room

OF_A_CASE = ("stranger", "assigned", "recused", "glass", "glass+recused")
SEALED = (*OF_A_CASE, "listed", "assigned+listed", "recused+listed", "glass+listed")
OTHERS = ("giver+assigned", "taker", "assigned+recused", "keeper", "concerned", "said_by+assigned", "asked+assigned")
IDS = {name: new_id() for name in (*SEALED, *OTHERS)}
"""Who stands how: one id for each way."""

VERDICT = {"verdict": "verified", "mode": "partner"}
ONCE = ("stranger",)
"""For what nobody stands in any way to."""


@dataclass
class Scene:
    """known: ids by the name that paths give them. states: other states of one of these, by name.

    people: those of the case.
    """

    room: Room
    known: dict[str, str]
    people: list[str] = field(default_factory=list)
    states: dict[str, dict[str, str]] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)


def _with(word: str) -> list[Actor]:
    return [Actor(it, "staff") for name, it in IDS.items() if word in name.split("+")]


async def stand(room: Room, *case_ids: str, more: tuple[Actor, ...] = ()) -> None:
    """Everybody of `IDS` stands to these cases as their name says; `more` are assigned as well."""
    for case_id in case_ids:
        await assign(room, case_id, *more)
        for actor in _with("glass"):
            async with room.client(Actor(actor.id, "staff", frozenset({"manager"}))) as client:
                await made(client, f"/cases/{case_id}/break-glass", {"reason": "Nobody answers."})
        if room.blueprint.name == "intake":
            await assign(room, case_id, *_with("assigned"), *more, recused=tuple(_with("recused")))
        else:
            both = tuple(actor.id for actor in [*_with("assigned"), *more]), tuple(it.id for it in _with("recused"))
            told = AccessChanged(case_id=case_id, at=room.clock.now(), assigned=both[0], recused=both[1])
            assert await room.tell(told) is None


async def intake(room: Room, actor: Actor) -> Scene:
    """A new request and one that is a case, with a consent; an erasure that was proposed, a verdict that waits."""
    known = await seeds.intake(room, actor)
    case_id = known["case_id"]
    async with room.client(actor) as client:
        known["approval_id"] = (await made(client, f"/cases/{case_id}/verification/proposal", VERDICT, version=3))["id"]
        # Whoever adds a file decides on nothing, so there is another case for that.
        filed = await story_of_intake.accept(client, await story_of_intake.ask(client), [story_of_intake.ADAM], [])
        await story_of_intake.record(client, filed)
        (item,) = (await client.get(f"/cases/{filed}/verification/items")).json()["items"]
        known["item_id"] = str(item["id"])
        headers = {"Content-Type": "application/pdf"}
        kept = await client.post(f"/verification-items/{item['id']}/files", content=b"%PDF-1.4 x", headers=headers)
        assert kept.status_code == 201, kept.text
        known["file_id"] = str(kept.json()["id"])
        other = await story_of_intake.ask(client)
        paper = {"content": b"%PDF-1.4 x", "headers": {"Content-Type": "application/pdf"}}
        assert (await client.post(f"/consents/{known['consent_id']}/evidence", **paper)).status_code == 201
        note = {"on": "2017-04-02", "text": "They called.", "confidential": True}
        known["note_id"] = str((await made(client, f"/cases/{case_id}/notes", note))["id"])
        times = {
            "starts_at": (NOON + timedelta(days=1)).isoformat(),
            "ends_at": (NOON + timedelta(days=1.1)).isoformat(),
        }
        booked = await made(client, f"/cases/{case_id}/appointments", {**APPOINTMENT, **times})
        known["appointment_id"] = str(booked["id"])
        known["interpreter_id"] = str((await made(client, "/interpreters", INTERPRETER))["id"])
        until = (NOON + timedelta(hours=9)).isoformat()
        shift = {"actor_id": new_id(), "begins_at": NOON.isoformat(), "ends_at": until, "languages": ["ru"]}
        known["colleague_id"] = (await made(client, "/colleagues", {"name": "Robin"}))["id"]
        known["shift_id"] = (await made(client, "/shifts", shift))["id"]
        url = f"/requests/{known['request_id']}"
        await made(client, f"{url}/claim", version=1)
        known["handover_id"] = (await made(client, f"{url}/handover", {"note": "Call at six."}, version=2))["id"]
        task = {"text": "Call back.", "due_at": (NOON + timedelta(days=2)).isoformat()}
        known["duty_id"] = str((await made(client, f"/cases/{case_id}/duties", task))["id"])
        await made(client, f"/cases/{case_id}/people", story_of_intake.ADAM)
        apart = {"person_ids": [known["person_id"]], "code_name": "Wren", "reason": "They part."}
        known["move_id"] = str((await made(client, f"/cases/{case_id}/moves", apart))["id"])
    await stand(room, case_id, filed, more=(actor,))
    behind = await _told_behind(room, actor, filed)
    async with room.client(Actor(IDS["giver+assigned"], "staff", frozenset({"caseworker"}))) as client:
        offered = await made(client, f"/cases/{case_id}/transfers", {"to": IDS["taker"]})
    known["transfer_id"] = str(offered["id"])
    concerned = Actor(IDS["concerned"], "staff", frozenset({"data_protection"}))
    async with room.client(concerned) as client:
        asked = await made(client, f"/people/{known['person_id']}/erasures", {"reason": "She asked for it."})
    known["erasure_id"] = asked["id"]
    async with room.client(Actor(IDS["assigned"], "staff", frozenset({"analyst"}))) as client:
        reveal = await made(client, f"/people/{known['person_id']}/reveals", {"reason": "Which of the two is it?"})
    known["reveal_id"] = str(reveal["id"])
    async with room.client(Actor(IDS["asked+assigned"], "staff", frozenset({"analyst"}))) as client:
        signed = await made(client, f"/people/{known['person_id']}/reveals", {"reason": "The consulate asks."})
    async with room.client(Actor(new_id(), "staff", frozenset({"custodian"}))) as client:
        await made(client, f"/reveals/{signed['id']}/signatures", {"approve": True})
    async with room.client(actor) as client:
        accepted, *_ = (await client.get("/requests?state=accepted")).json()["items"]
        known["team_id"] = (await made(client, "/teams", {"name": "Night", "members": []}))["id"]
    async with room.client(actor) as client:
        # Last, because nobody is proposed to be erased from now on.
        hold = await made(client, f"/cases/{case_id}/hold", {"reason": "A court asks."})
        known["hold_id"] = str(hold["id"])
    known["actor_id"] = new_id()
    async with room.client(Actor(IDS["asked+assigned"], "staff", frozenset({"caseworker"}))) as client:
        known["run_id"] = (await made(client, f"/evidence/{known['evidence_id']}/copies"))["id"]
    async with room.client(Actor(IDS["asked+assigned"], "staff", frozenset({"data_importer"}))) as client:
        known["import_id"] = (await made(client, "/imports", {"form": "globaleaks"}))["id"]
    states = {"of a case": {"request_id": str(accepted["id"])}, "veiled": behind}
    return Scene(room, known, states=states, more={"into": other})


async def _told_behind(room: Room, actor: Actor, case_id: str) -> dict[str, str]:
    """A statement that somebody on the list took, with a masking that waits and evidence."""
    async with room.client(actor) as client:
        people = [str(it["id"]) for it in (await client.get(f"/cases/{case_id}/people")).json()["people"]]
        await _see(room, case_id, people, actor)
        told = await seeds.testimony(client, case_id, people[0])
        masking = (await client.get(f"/maskings/{told['masking_id']}")).json()
    names = ("statement_id", "masking_id", "evidence_id")
    return {**{name: told[name] for name in names}, "approval_id": str(masking["approval_id"])}


async def logistics(room: Room, actor: Actor) -> Scene:
    """A plain group, and one whose journey is veiled to who is not listed."""
    known = await seeds.logistics(room, actor)
    async with room.client(actor) as client:
        document = known["document_id"]
        headers = {"Content-Type": "application/pdf"}
        answer = await client.post(f"/documents/{document}/scan", content=b"%PDF-1.4 x", headers=headers)
        assert answer.status_code == 201, answer.text
        people = (await client.get(f"/cases/{known['case_id']}/travellers")).json()["travellers"]
        body = {"code_name": "Kept", "region": "north", "beds": 2, "address": "2 Kept Lane"}
        kept = await made(client, "/houses", {**body, "keeper_id": IDS["keeper"]})
    veiled = await story_of_logistics.open_group(room, [story_of_logistics.ADULT] * 2, actor)
    await _see(room, veiled.case_id, veiled.people, actor)
    await story_of_logistics.clear_entry(room, veiled)
    async with room.client(actor) as client:
        await story_of_logistics.record_passports(client, veiled.people)
        journey = (await story_of_logistics.plan_journey(client, veiled)).json()
        apart = {"person_ids_apart": veiled.people[:1], "reason": "A clinic."}
        split = await made(client, f"/cases/{veiled.case_id}/split", apart)
    await stand(room, known["case_id"], veiled.case_id, more=(actor,))
    known["house_id"] = str(kept["id"])
    known["approval_id"] = await _waiting(room, known["split_id"])
    hidden = {"journey_id": str(journey["id"]), "split_id": str(split["id"])}
    states = {"veiled": {**hidden, "approval_id": await _waiting(room, hidden["split_id"])}}
    return Scene(room, known, [str(it["person_id"]) for it in people], states)


async def _waiting(room: Room, subject_id: str) -> str:
    """The approval about a subject, as the list shows it to a coordinator who did not propose it."""
    second = Actor(IDS["assigned+listed"], "staff", frozenset({"coordinator"}))
    async with room.client(second) as client:
        items = (await client.get("/approvals")).json()["items"]
    return next(str(it["id"]) for it in items if it["subject_id"] == subject_id)


async def _see(room: Room, case_id: str, people: list[str], *who: Actor) -> None:
    may_look = [*(it.id for it in _with("listed")), *(it.id for it in who)]
    may_look += [new_id() for _ in range(LIST - len(may_look))]
    sight = Sealed.of(case_id, Sight(veiled=True, may_look=tuple(may_look)))
    told = SightChanged(case_id=case_id, at=room.clock.now(), person_ids=tuple(people), sight=sight)
    assert await room.tell(told) is None


async def settlement(room: Room, actor: Actor) -> Scene:
    """A sealed programme and an open one, each with a submission, and a reception and a plan behind each."""
    known = await seeds.settlement(room, actor)
    sealed = known["programme_id"]
    async with room.client(actor) as client:
        for one in _with("listed"):
            await made(client, f"/programmes/{sealed}/staff", {"actor_id": one.id})
        first = (await client.get(f"/submissions/{known['submission_id']}")).json()
    known["approval_id"] = await _signable(room, known["disclosure_id"])
    opened = await stories.found_programme(room, actor)
    plain = await stories.open_case(room, actor)
    submission = (await stories.submit(room, actor, opened, plain)).json()
    there = await _through(room, actor, sealed)
    known["case_id"], plain_case = first["case_id"], known["case_id"]
    await stand(room, first["case_id"], plain_case, plain.case_id, there["case_id"], more=(actor,))
    states = {
        "disclosed": {"programme_id": opened, "submission_id": str(submission["id"])},
        "veiled": {name: there[name] for name in ("reception_id", "plan_id", "need_id")},
    }
    return Scene(room, known, list(first["person_ids"]), states)


async def _signable(room: Room, disclosure_id: str) -> str:
    second = Actor(IDS["listed"], "staff", frozenset({"spokesperson"}))
    async with room.client(second) as client:
        items = (await client.get("/approvals")).json()["items"]
    return next(str(it["id"]) for it in items if it["subject_id"] == disclosure_id)


async def _through(room: Room, actor: Actor, programme_id: str) -> dict[str, str]:
    """A group that was received in Canada by way of a sealed programme, with a plan and a need."""
    escort = Actor(IDS["assigned+listed"], "staff", frozenset({"escort"}))
    group = await stories.open_case(room, actor, escort)
    await stories.accept(room, actor, programme_id, group)
    await stories.arrive(room, group, await stories.depart(room, group, veiled=True), veiled=True)
    reception = (await stories.hand_over(room, group, actor, escort)).json()
    async with room.client(actor) as client:
        (plan,) = (await client.get(f"/cases/{group.case_id}/plans")).json()["items"]
        need = await made(client, f"/plans/{plan['id']}/needs", {"kind": "housing", "note": "Two rooms."})
    ids = {"reception_id": reception["id"], "plan_id": plan["id"], "need_id": need["id"]}
    return {"case_id": group.case_id, **{name: str(it) for name, it in ids.items()}}


async def notify(room: Room, actor: Actor) -> Scene:
    """A partner with news about a case; an alert, one behind a veil, and one about a word said under duress."""
    known = await seeds.notify(room, actor)
    case_id = known["case_id"]
    veiled = await _alert(room, actor, case_id, veiled=True)
    duress = await _alert(room, actor, case_id, duress=True)
    await stand(room, case_id, more=(actor,))
    # Nothing here waits for a second person.
    known["approval_id"] = new_id()
    states = {"veiled": {"alert_id": veiled}, "duress": {"alert_id": duress}}
    return Scene(room, known, states=states)


async def _alert(room: Room, actor: Actor, case_id: str, *, veiled: bool = False, duress: bool = False) -> str:
    journey_id, check_in_id = new_id(), new_id()
    who = [*(it.id for it in _with("listed")), actor.id]
    may_look = (*who, *(new_id() for _ in range(LIST - len(who))))
    report = Report(veiled=veiled, may_look=may_look, duress=duress, said_by=IDS["said_by+assigned"])
    about: Mapping[str, Any] = {
        "case_id": case_id,
        "journey_id": journey_id,
        "check_in_id": check_in_id,
        "at": NOON + timedelta(hours=1),
        "person_ids": (new_id(),),
        "report": Sealed.of(journey_id, report),
    }
    told = CheckInReceived(**about) if duress else CheckInMissed(**about, step="due")
    assert await room.tell(told) is None
    async with room.client(actor) as client:
        items = (await client.get("/alerts")).json()["items"]
    return next(str(it["id"]) for it in items if it["about_id"] == check_in_id)


SCENES: dict[str, Callable[[Room, Actor], Awaitable[Scene]]] = {
    "intake": intake,
    "logistics": logistics,
    "settlement": settlement,
    "notify": notify,
}
