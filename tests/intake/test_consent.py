"""Consent through intake's API: to named recipients, in versions with proofs, answered by every service, expiring."""

from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import select

from services.intake.consent.store.answers import ANSWERS, CHANGES
from services.intake.consent.store.consents import VERSIONS
from services.intake.consent.store.evidence import EVIDENCE
from shared.clock import new_id
from shared.contracts import logistics, notify, settlement
from shared.contracts.fields import Sealed
from shared.contracts.heeding import Heeded
from shared.contracts.intake import ConsentChanged, DutyCalled, DutySettled
from shared.timers import TIMERS
from tests.intake.test_erasure import erase, family
from tests.intake.test_safe_contact import agree as agree_on_contact
from tests.intake.test_way_to_a_plan import ADAM, MINOR, accept, ask
from tests.support.consents import TAKEN_BACK, spoken
from tests.support.room import NOON, Room, Told, problem, staff

CALL = spoken("share_with_government")
PROOF = CALL["proof"]
ANSWERED = {
    "logistics": logistics.ConsentAcknowledged,
    "settlement": settlement.ConsentAcknowledged,
    "notify": notify.ConsentAcknowledged,
}


async def people_of(client: httpx.AsyncClient, *group: dict[str, str]) -> tuple[str, list[str]]:
    """A case of these people: its id and theirs."""
    case_id = await accept(client, await ask(client), list(group), [])
    return case_id, [it["id"] for it in (await client.get(f"/cases/{case_id}/people")).json()["people"]]


async def give(client: httpx.AsyncClient, person: str, **other: Any) -> httpx.Response:
    return await client.post(f"/people/{person}/consents", json={**CALL, **other})


async def change(client: httpx.AsyncClient, what: str, before: httpx.Response, **body: Any) -> httpx.Response:
    url, seen = f"/consents/{before.json()['id']}/{what}", {"If-Match": before.headers["ETag"]}
    return await client.post(url, headers=seen, json=body or TAKEN_BACK)


async def answer(room: Room, told: Told, service: str, **stands: int) -> None:
    """What a service says once it has acted on a change, as its consumer would."""
    sealed = Sealed.of(told.person_id, Heeded(**stands))
    whose = {"case_id": told.case_id, "person_id": told.person_id}
    said = ANSWERED[service](**whose, change_id=told.id, at=room.clock.now(), stands=sealed)
    assert await room.tell(said) is None


async def test_consent_is_given_narrowed_and_withdrawn_and_the_others_are_told(room: Room) -> None:
    """Each change is an event, sealed to who acts on it, and a version with its proof; nothing is overwritten."""
    officer = staff("intake_officer")
    async with room.client(officer) as client:
        _, (adam,) = await people_of(client, ADAM)
        given = await give(client, adam, proof={**PROOF, "witness": "Her aunt", "interpreter": "Selima"})
        assert given.status_code == 201, given.text
        fewer = {"recipients": ["destination_government"], "proof": {**PROOF, "how": "by_receipt"}}
        narrowed = await change(client, "narrowing", given, **fewer)
        assert narrowed.status_code == 200, narrowed.text
        withdrawn = await change(client, "withdrawal", narrowed)
        again = await change(client, "withdrawal", withdrawn)
        seen = (await client.get(f"/consents/{given.json()['id']}")).json()
    assert (withdrawn.json()["live"], problem(again)) == (False, (409, "not_live"))
    told = [room.opened("settlement", event, event.terms) for event in await room.told(ConsentChanged)]
    both, one = ("destination_government", "transit_government"), ("destination_government",)
    assert [(it.purpose, it.live, it.recipients) for it in told] == [
        ("share_with_government", True, both),
        ("share_with_government", True, one),
        ("share_with_government", False, one),
    ]
    history = [(it["number"], it["turn"], tuple(it["recipients"]), it["by"]) for it in seen["history"]]
    assert history == [
        (1, "given", both, officer.id),
        (2, "narrowed", one, officer.id),
        (3, "withdrawn", one, officer.id),
    ]
    proofs = [it["proof"] for it in seen["history"]]
    assert (proofs[0]["witness"], proofs[0]["interpreter"], proofs[1]["how"], proofs[2]) == (
        "Her aunt",
        "Selima",
        "by_receipt",
        None,
    )


async def test_a_withdrawal_says_how_it_was_said_and_by_whom(room: Room) -> None:
    """Without any word it counts; a word is linked that this person said within the hour, the duress word too; proofs
    are for those who see people."""
    reviewer = staff("reviewer")
    async with room.client(staff("intake_officer")) as client, room.client(reviewer) as other:
        case_id = await accept(client, await ask(client), [ADAM, {**ADAM, "name_in_use": "Aslan"}], [reviewer.id])
        adam, aslan = [it["id"] for it in (await client.get(f"/cases/{case_id}/people")).json()["people"]]
        for person in (adam, aslan):
            assert (await agree_on_contact(client, person)).status_code == 200
        early = await heard(client, adam, "grey swan")
        room.clock.move(NOON + timedelta(hours=1))
        of_another, wrong = await heard(client, aslan, "grey swan"), await heard(client, adam, "red fox")
        for word in ("blue heron", "grey swan"):
            given = await give(client, adam)
            said = {"how": "by_phone", "said_by": "person", "note": "He rang us."}
            for hearing in (of_another, wrong, early, new_id()):
                refused = await change(client, "withdrawal", given, **said, hearing_id=hearing)
                assert problem(refused) == (422, "not_heard")
            now = await heard(client, adam, word)
            assert (await change(client, "withdrawal", given, **said, hearing_id=now)).json()["live"] is False
            url = f"/consents/{given.json()['id']}"
            last = (await client.get(url)).json()["history"][-1]
            assert last["taken_back"] == {**said, "hearing_id": now}
            assert (await other.get(url)).json()["history"][-1]["taken_back"] is None
        bare = await give(client, adam)
        assert (
            await change(client, "withdrawal", bare, how="by_phone", said_by="somebody_they_sent")
        ).status_code == 200
        copied = (await client.get(f"/people/{adam}/copy")).json()["parts"]["consent"]
    ways = [it["versions"][-1]["taken_back"] for it in copied]
    assert sorted((it["said_by"], it["note"]) for it in ways) == [
        ("person", "He rang us."),
        ("person", "He rang us."),
        ("somebody_they_sent", ""),
    ]


async def heard(client: httpx.AsyncClient, person: str, word: str) -> str:
    answer = await client.post(f"/people/{person}/safe-contact/code-word", json={"word": word})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_a_consent_is_never_widened(room: Room) -> None:
    """More recipients, a later end or the same again is refused, and so is a recipient that the purpose has not."""
    async with room.client(staff("intake_officer")) as client:
        _, (adam,) = await people_of(client, ADAM)
        given = await give(client, adam, recipients=["destination_government"], expires_on="2017-06-01")
        for fewer in (
            {"recipients": ["destination_government", "transit_government"]},
            {"recipients": ["destination_government"], "expires_on": "2017-07-01"},
            {"recipients": ["destination_government"]},
        ):
            assert problem(await change(client, "narrowing", given, **fewer, proof=PROOF)) == (422, "not_narrower")
        assert problem(await give(client, adam, recipients=["sponsor"])) == (422, "recipients")
        sooner = {"recipients": ["destination_government"], "expires_on": "2017-05-01", "proof": PROOF}
        assert (await change(client, "narrowing", given, **sooner)).json()["expires_on"] == "2017-05-01"
        assert problem(await change(client, "narrowing", given, **sooner))[0] == 412


async def test_a_consent_expires_as_if_it_were_withdrawn(room: Room) -> None:
    """On the day, by itself, once: an event like any withdrawal, and a version without a proof."""
    async with room.client(staff("intake_officer")) as client:
        case_id, (adam,) = await people_of(client, ADAM)
        assert problem(await give(client, adam, expires_on="2017-04-03")) == (422, "expired")
        given = await give(client, adam, expires_on="2017-04-05")
        room.clock.move(NOON + timedelta(days=1, hours=11))
        await room.fire()
        assert len(await room.told(ConsentChanged)) == 1
        room.clock.move(NOON + timedelta(days=1, hours=12))
        await room.fire()
        await room.fire()
        seen = (await client.get(f"/consents/{given.json()['id']}")).json()
        (listed,) = (await client.get(f"/cases/{case_id}/consents")).json()["items"]
    told = [room.opened("notify", event, event.terms).live for event in await room.told(ConsentChanged)]
    assert (told, listed["live"]) == ([True, False], False)
    assert [(it["turn"], it["at"]) for it in seen["history"]][1] == ("expired", "2017-04-05T00:00:00Z")


async def test_a_longer_consent_takes_the_place_of_the_earlier_one(room: Room) -> None:
    """Prolonging tells nobody that consent ended, on the earlier day neither; the earlier one says it was replaced."""
    async with room.client(staff("intake_officer")) as client:
        case_id, (adam,) = await people_of(client, ADAM)
        first = await give(client, adam, expires_on="2017-04-05")
        await give(client, adam, expires_on="2017-04-10")
        room.clock.move(NOON + timedelta(days=3))
        await room.fire()
        during = [one["live"] for one in (await client.get(f"/cases/{case_id}/consents")).json()["items"]]
        before = (await client.get(f"/consents/{first.json()['id']}")).json()
        told = [room.opened("notify", event, event.terms).live for event in await room.told(ConsentChanged)]
        room.clock.move(NOON + timedelta(days=7))
        after = [one["live"] for one in (await client.get(f"/cases/{case_id}/consents")).json()["items"]]
    assert (sorted(during), after, told) == ([False, True], [False, False], [True, True])
    assert [it["turn"] for it in before["history"]] == ["given", "replaced"]


async def test_who_answered_is_kept_and_who_did_not_is_a_duty(room: Room) -> None:
    """What was recalled and what could not be stands with each answer; ten minutes of silence call for somebody."""
    officer = staff("intake_officer")
    async with room.client(officer) as client:
        _, (adam,) = await people_of(client, ADAM)
        given = await give(client, adam)
        (told,) = await room.told(ConsentChanged)
        for service in ANSWERED:
            await answer(room, told, service)
        await change(client, "withdrawal", given)
        _, told = await room.told(ConsentChanged)
        await answer(room, told, "logistics")
        await answer(room, told, "settlement", withdrawn=1, decided=1)
        url = f"/consents/{given.json()['id']}"
        assert await waits(client, url) == [([], False), (["notify"], False)]
        room.clock.move(NOON + timedelta(minutes=10))
        await room.fire()
        assert await waits(client, url) == [([], False), (["notify"], True)]
        (duty,) = (await client.get("/duties")).json()["items"]
        assert (duty["kind"], duty["state"], duty["step"]) == ("consent_unanswered", "open", "overdue")
        assert [call.step for call in await room.told(DutyCalled)] == ["overdue"]
        await answer(room, told, "notify", recalled=2, told_to_forget=1, delivered=3)
        await room.tell_again()
        assert await waits(client, url) == [([], False), ([], False)]
        assert (await client.get("/duties")).json()["items"] == []
        assert len(await room.told(DutySettled)) == 1
        answers = {it["service"]: it for it in (await client.get(url)).json()["changes"][1]["answers"]}
    nothing = dict.fromkeys(Heeded.model_fields, 0)
    assert {service: it["stands"] for service, it in answers.items()} == {
        "logistics": nothing,
        "settlement": {**nothing, "withdrawn": 1, "decided": 1},
        "notify": {**nothing, "recalled": 2, "told_to_forget": 1, "delivered": 3},
    }
    assert answers["notify"]["at"] == "2017-04-03T12:10:00Z"


async def waits(client: httpx.AsyncClient, url: str) -> list[tuple[list[str], bool]]:
    """For each change: who has not answered, and whether for too long."""
    return [(it["waits_for"], it["overdue"]) for it in (await client.get(url)).json()["changes"]]


async def test_a_guardian_consents_for_a_minor_until_they_are_18(room: Room) -> None:
    """Mila was born on 1 May 2008: an adult of her case says it, and on 1 May 2026 it is none any more."""
    async with room.client(staff("intake_officer")) as client:
        _, (adam, mila) = await people_of(client, ADAM, MINOR)
        by_adam = {**PROOF, "guardian_id": adam}
        assert problem(await give(client, mila)) == (422, "guardian_needed")
        assert problem(await give(client, mila, proof={**PROOF, "guardian_id": new_id()})) == (422, "guardian_needed")
        assert problem(await give(client, adam, proof={**PROOF, "guardian_id": mila})) == (422, "no_minor")
        given = await give(client, mila, proof=by_adam)
        assert given.json()["expires_on"] == "2026-05-01"
        shorter = await give(client, mila, proof=by_adam, expires_on="2018-01-01")
        assert shorter.json()["expires_on"] == "2018-01-01"


async def test_on_the_phone_the_code_word_comes_first(room: Room) -> None:
    """Without it a call proves nothing."""
    async with room.client(staff("intake_officer")) as client:
        _, (adam,) = await people_of(client, ADAM)
        call = {**PROOF, "how": "by_phone"}
        assert problem(await give(client, adam, proof=call)) == (422, "code_word_needed")
        assert (await give(client, adam, proof={**call, "code_word_heard": True})).status_code == 201


async def test_a_file_proves_a_consent(room: Room) -> None:
    """Put there once, read by who works with the people; others on the case see neither the file nor the proof."""
    paper, officer, analyst = b"%PDF-1.7 signed", staff("intake_officer"), staff("reviewer")
    async with room.client(officer) as client, room.client(analyst) as other:
        case_id = await accept(client, await ask(client), [ADAM], [analyst.id])
        adam = (await client.get(f"/cases/{case_id}/people")).json()["people"][0]["id"]
        url = f"/consents/{(await give(client, adam)).json()['id']}"
        pdf = {"Content-Type": "application/pdf"}
        assert problem(await client.get(f"{url}/evidence")) == (404, "not_found")
        assert (await client.post(f"{url}/evidence", content=paper, headers=pdf)).status_code == 201
        assert problem(await client.post(f"{url}/evidence", content=paper, headers=pdf)) == (409, "evidence_kept")
        assert (await client.get(f"{url}/evidence")).content == paper
        assert (await client.get(url)).json()["evidence"] is True
        assert problem(await other.get(f"{url}/evidence")) == (403, "not_permitted")
        assert [it["proof"] for it in (await other.get(url)).json()["history"]] == [None]


async def test_who_is_erased_leaves_nothing_of_their_consents(room: Room) -> None:
    """Versions, changes, answers, files and timers go; those of the other member stay."""
    who = await family(room)
    adam, mila = who.people
    async with room.client(who.officer) as client:
        given = await give(client, adam, expires_on="2017-05-01")
        pdf = {"Content-Type": "application/pdf"}
        await client.post(f"/consents/{given.json()['id']}/evidence", content=b"%PDF-1", headers=pdf)
        await give(client, mila, proof={**PROOF, "guardian_id": adam})
        for told in await room.told(ConsentChanged):
            await answer(room, told, "logistics")
        await erase(room, who, adam)
    for table in (VERSIONS, CHANGES, ANSWERS):
        assert {row["person_id"] for row in await room.rows(select(table.c.person_id))} == {mila}
    assert await room.rows(select(EVIDENCE)) == []
    waiting = await room.rows(select(TIMERS.c.kind).where(TIMERS.c.kind.like("consent%")))
    assert sorted(row["kind"] for row in waiting) == ["consent_expires", "consent_unanswered"]
