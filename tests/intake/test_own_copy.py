"""A person's own copy of what is kept of them, what they want corrected, and their family outside."""

from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient

from services.intake.people import actions as people
from services.intake.people.model.corrections import Wish
from services.intake.service import COPIED, blueprint
from shared.access import system_actor
from shared.clock import new_id
from shared.database import Transaction
from shared.work import Batch, Cause
from tests.intake.conftest import REFERRAL_KEY
from tests.intake.test_diary import at
from tests.intake.test_entries import couple, enter
from tests.intake.test_families import Family, split
from tests.intake.test_safe_contact import agree
from tests.intake.test_triage import triage
from tests.intake.test_way_to_a_plan import ADAM, MINOR, PLAN, accept, ask, check, decide, plan, propose, record
from tests.support.consents import spoken
from tests.support.room import NOON, Room, open_room, problem, staff

KIN = {"name": "Vera", "relationship": "aunt", "where": "A village", "contactable": "only_through_them"}


async def test_a_copy_holds_all_of_one_person_and_nothing_of_another(room: Room) -> None:
    """As registered, every entry with what they keep from the others, how they can be reached but not by which words,
    family, consents, journey, corrections; nothing of what another member keeps."""
    async with room.client(staff("intake_officer")) as client:
        _, (adam, mila) = await couple(client)
        await enter(client, adam, "sogiesc", "orientation.gay", kept=True, note="Not told at home.")
        await enter(client, mila, "sogiesc", "identity.non_binary", kept=True, note="Told in the call.")
        await agree(client, adam)
        assert (await client.post(f"/people/{adam}/relatives", json=KIN)).status_code == 201
        consent = spoken("share_with_government", "Spoken in the second call.")
        assert (await client.post(f"/people/{adam}/consents", json=consent)).status_code == 201
        wish = {"what": "other", "why": "The date of the raid is wrong."}
        assert (await client.post(f"/people/{adam}/corrections", json=wish)).status_code == 201
        copy = await client.get(f"/people/{adam}/copy")
        theirs = await client.get(f"/people/{mila}/copy")
    parts = copy.json()["parts"]
    assert set(parts) >= {"people", "consent", "journey"}
    told = parts["people"]
    assert (told["registered"]["name_in_use"], told["now"]["born_on"]) == ("Adam", "1994-02-11")
    assert [(it["value"], it["kept"], it["note"]) for it in told["entries"]] == [
        ("orientation.gay", True, "Not told at home.")
    ]
    assert [(it["version"], it["handle"]) for it in told["safe_contact"]] == [(1, "+7 900 000-00-01")]
    assert (told["words_agreed"], "swan" in copy.text, "heron" in copy.text) == (True, False, False)
    assert [it["kin"]["name"] for it in told["relatives"]] == ["Vera"]
    assert [it["wish"]["why"] for it in told["corrections"]] == ["The date of the raid is wrong."]
    assert [it["versions"][0]["proof"]["note"] for it in parts["consent"]] == ["Spoken in the second call."]
    assert parts["journey"] == {"state": "verifying", "blocked_by": ["verification"]}
    assert "non_binary" not in copy.text
    assert "gay" not in theirs.text


async def told_of(client: AsyncClient, person_id: str) -> tuple[dict[str, Any], str]:
    """A copy, and the same as text."""
    answer = await client.get(f"/people/{person_id}/copy")
    assert answer.status_code == 200, answer.text
    return answer.json()["parts"], answer.text


async def planned(room: Room, *group: dict[str, str]) -> Family:
    """A case that was asked for by one of them and once more by a relative, verified, triaged and planned; with notes,
    appointments and contacts about its first person, and some about all of them."""
    officer, reviewer, above = staff("intake_officer"), staff("reviewer"), staff("supervisor")
    async with room.client(officer) as client, room.client(reviewer) as other, room.client(above) as supervisor:
        first = await ask(client)
        again = await ask(client, story="Nobody has answered me yet.")
        aunt = await ask(client, asked_by="relative", story="Her brother must not hear of it.")
        for request_id in (again, aunt):
            merge = {"json": {"into": first}, "headers": {"If-Match": '"1"'}}
            assert (await client.post(f"/requests/{request_id}/merge", **merge)).status_code == 200
        case_id = await accept(client, first, list(group), [reviewer.id, above.id])
        people = [it["id"] for it in (await client.get(f"/cases/{case_id}/people")).json()["people"]]
        await check(client, case_id)
        about = {"person_id": people[0], "supports": "identity"}
        await record(client, case_id, **about, kind="document", source="Their passport", note="It is genuine.")
        await record(client, case_id, **about, kind="witness", source="The neighbour", note="He saw them leave.")
        assert (await decide(other, (await propose(client, case_id, version=5)).json(), 5)).status_code == 200
        for hidden in people[1:]:
            await enter(client, hidden, "need", "LP-IH", kept=True)
        triaged = await triage(client, case_id, 6, ["threat.hunted"], "emergency", "Worse than it adds up to.")
        assert triaged.status_code == 200, triaged.text
        assert (await plan(client, supervisor, case_id, 7)).status_code == 200
        for note in (
            {"text": "They slept in a car.", "person_id": people[0]},
            {"text": "The car is grey."},
            {"text": "The neighbour rang us.", "person_id": people[0], "confidential": True},
        ):
            answer = await client.post(f"/cases/{case_id}/notes", json={"on": "2017-04-02", **note})
            assert answer.status_code == 201, answer.text
        for day, whose in ((10, {"person_id": people[0]}), (11, {"kind": "medical"})):
            booked = await client.post(f"/cases/{case_id}/appointments", json=at(NOON.replace(day=day), **whose))
            assert booked.status_code == 201, booked.text
        for result, note in (("no_answer", "It rang twice."), ("somebody_else_answered", "A man asked who we are.")):
            tried = {"channel": "receipt", "result": result, "note": note}
            answer = await client.post(f"/people/{people[0]}/contact-attempts", json=tried)
            assert answer.status_code == 201, answer.text
    return Family(officer, reviewer, case_id, people)


IN_CONFIDENCE = ("brother", "neighbour", "northern network", "Interpreter Seven", "A man asked")


async def test_the_copy_of_who_was_always_alone_tells_their_whole_case(room: Room) -> None:
    """Requests, verification, triage, plan, diary; and nothing that others said, by a word or by a gap."""
    who = await planned(room, ADAM)
    async with room.client(who.officer) as client:
        parts, text = await told_of(client, who.people[0])
    told = {it["story"]: [step["outcome"] for step in it["screenings"]] for it in parts["requests"]}
    assert told == {"They came to the house of a friend last night.": ["in_scope"], "Nobody has answered me yet.": []}
    case, diary = parts["case"], parts["diary"]
    assert [(it["kind"], it["source"], it["note"]) for it in case["checked"]] == [
        ("document", "Their passport", "It is genuine.")
    ]
    assert [it["summary"] for it in case["interviews"]] == ["He was held for eleven days in a cellar."]
    assert case["verdicts"] == ["verified"]
    (urgent,) = case["triages"]
    assert (urgent["priority"], urgent["reason"]) == ("emergency", "Worse than it adds up to.")
    assert len(urgent["counted"]) == 1
    assert [(it["text"], it["progress"]) for it in case["plan"]["goals"]] == [("Shelter", "open")]
    assert case["plan"]["safety"] == PLAN["safety"]
    assert {it["versions"][0]["text"] for it in diary["notes"]} == {"They slept in a car.", "The car is grey."}
    assert [(it["kind"], it["interpreter"]) for it in diary["appointments"]] == [
        ("interview", False),
        ("medical", False),
    ]
    tried = {it["result"]: it["note"] for it in diary["contacts"]}
    assert tried == {"no_answer": "It rang twice.", "somebody_else_answered": ""}
    assert [word for word in IN_CONFIDENCE if word in text] == []
    assert "What others said about you" in parts["left_out"][0]


async def test_what_is_said_of_a_group_is_in_the_copy_of_none_of_them(room: Room) -> None:
    """Each has the bare decisions, and what is about them alone; who asked keeps their request when they go apart, and
    nobody is alone on a case that somebody left or came to."""
    who = await planned(room, ADAM, MINOR | {"born_on": "1990-05-01"})
    adam, mila = who.people
    async with room.client(who.officer) as client:
        his, hers = (await told_of(client, adam))[0], (await told_of(client, mila))[0]
        apart = await split(room, who, [adam])
        after = [(await told_of(client, person))[0] for person in who.people]
        again = await triage(client, apart, 1, ["threat.hunted"], "emergency", "Still hunted.")
        assert again.status_code == 200, again.text
        later = (await told_of(client, adam))[0]
    for first, other in ((his, hers), after):
        assert [it["story"] for it in first["requests"]] == ["They came to the house of a friend last night."]
        assert [it["versions"][0]["text"] for it in first["diary"]["notes"]] == ["They slept in a car."]
        assert [it["kind"] for it in first["diary"]["appointments"]] == ["interview"]
        assert (len(first["case"]["checked"]), len(first["case"]["interviews"])) == (1, 1)
        assert (other["requests"], other["diary"]["notes"], other["diary"]["appointments"]) == ([], [], [])
        assert (other["case"]["checked"], other["case"]["interviews"]) == ([], [])
        for copy in (first, other):
            assert copy["case"]["plan"] is None
            (urgent,) = copy["case"]["triages"]
            assert set(urgent) == {"decided_at", "counted"}
    assert [it["case"]["triages"][0]["counted"] for it in (his, hers)] == [[], ["In hiding"]]
    assert "Still hunted." not in str(later)
    assert his["left_out"] == hers["left_out"]


async def test_a_copy_is_made_by_who_works_with_the_person(room: Room) -> None:
    """And every one is on the audit log, as a look."""
    reviewer = staff("reviewer")
    async with room.client(staff("intake_officer")) as client, room.client(reviewer) as other:
        _, (adam, _) = await couple(client, (reviewer.id,))
        assert problem(await other.get(f"/people/{adam}/copy")) == (403, "not_permitted")
        async with room.client(staff("caseworker")) as stranger:
            assert problem(await stranger.get(f"/people/{adam}/copy")) == (404, "not_found")


async def test_a_correction_stands_beside_the_original(room: Room) -> None:
    """Asked by the person behind a receipt, decided by staff once; the original, the wish and the answer all stay."""
    async with room.client(staff("intake_officer")) as client:
        _, (adam, _) = await couple(client)
        asked = await by_receipt(room, adam, Wish("name_in_use", "Anna", "That is my name."))
        url = f"/corrections/{asked}"
        seen = (await client.get(url)).json()
        assert (seen["asked_by"], seen["state"], seen["value"]) == ("person", "open", "Anna")
        say = {"accept": True, "answer": "Of course."}
        late = await client.post(f"{url}/decision", json=say, headers={"If-Match": '"2"'})
        assert problem(late) == (412, "stale_version")
        done = await client.post(f"{url}/decision", json=say, headers={"If-Match": '"1"'})
        assert (done.json()["state"], done.json()["answer"]) == ("accepted", "Of course.")
        again = await client.post(f"{url}/decision", json=say, headers={"If-Match": '"2"'})
        assert problem(again) == (409, "already_decided")
        assert (await client.get(f"/people/{adam}")).json()["name_in_use"] == "Anna"
        told = (await client.get(f"/people/{adam}/copy")).json()["parts"]["people"]
        assert (told["registered"]["name_in_use"], told["now"]["name_in_use"]) == ("Adam", "Anna")
        assert [(it["value"], it["source"]) for it in told["entries"]] == [("Anna", "correction")]
        wrong = {"what": "born_on", "value": "1994-02-30", "why": "A slip."}
        refused = (await client.post(f"/people/{adam}/corrections", json=wrong)).json()
        decision, headers = f"/corrections/{refused['id']}/decision", {"If-Match": '"1"'}
        assert problem(await client.post(decision, json=say, headers=headers)) == (422, "no_birth_date")
        no = {"accept": False, "answer": "There is no such day."}
        assert (await client.post(decision, json=no, headers=headers)).json()["state"] == "refused"
        states = [it["state"] for it in (await client.get(f"/people/{adam}/corrections")).json()["items"]]
    assert sorted(states) == ["accepted", "refused"]


async def by_receipt(room: Room, person_id: str, wish: Wish) -> str:
    """As the front door does it, whose receipt says that it may."""

    async def job(tx: Transaction) -> tuple[str, dict[str, Any]]:
        async with Batch.of(tx, room.tools).work(system_actor("intake"), Cause(new_id())) as work:
            asked = await people.ask_permitted(work, person_id, wish, "person")
            return asked.id, await people.copy_of(work, person_id, COPIED)

    asked, copy = await room.database.transact(job)
    assert copy["people"]["corrections"][0]["id"] == asked
    return asked


async def test_relatives_outside_are_changed_by_who_saw_them(room: Room) -> None:
    """Relationship, where, and whether they may be contacted; a conflicting edit is refused."""
    async with room.client(staff("intake_officer")) as client:
        _, (adam, _) = await couple(client)
        vera = (await client.post(f"/people/{adam}/relatives", json=KIN)).json()
        url = f"/relatives/{vera['id']}"
        changed = await client.post(url, json={**KIN, "contactable": "no"}, headers={"If-Match": '"1"'})
        assert (changed.json()["contactable"], changed.json()["version"]) == ("no", 2)
        assert problem(await client.post(url, json=KIN, headers={"If-Match": '"1"'})) == (412, "stale_version")
        (told,) = (await client.get(f"/people/{adam}/relatives")).json()["items"]
    assert {name: told[name] for name in KIN} == {**KIN, "contactable": "no"}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_what_was_told_of_a_relative_before_stays_to_be_read(tmp_path: Path, kind: str) -> None:
    """Each time with who wrote it down and when, for whoever works with the person, in the person's own copy, and
    after the relative was ended; nobody else on the case reads any of it."""
    officer, worker, keeper = staff("intake_officer"), staff("caseworker"), staff("manager")
    early = {**KIN, "contactable": "yes", "how": "In the evening."}
    late = {**KIN, "name": "Vera B.", "where": "In Minsk", "contactable": "no", "how": ""}
    async with (
        open_room(blueprint(REFERRAL_KEY), tmp_path, kind) as room,
        room.client(officer) as client,
        room.client(worker) as other,
        room.client(keeper) as outside,
    ):
        _, (adam, _) = await couple(client, (worker.id, keeper.id))
        vera = (await client.post(f"/people/{adam}/relatives", json=KIN)).json()
        assert vera["earlier"] == []
        url = f"/relatives/{vera['id']}"
        room.clock.move(NOON.replace(day=5))
        assert (await other.post(url, json=early, headers={"If-Match": '"1"'})).status_code == 200
        room.clock.move(NOON.replace(day=7))
        changed = (await client.post(url, json=late, headers={"If-Match": '"2"'})).json()
        assert (await client.post(url, json=KIN, headers={"If-Match": '"2"'})).status_code == 412
        why = {"why": "She is on a case now."}
        assert (await client.post(f"{url}/end", json=why, headers={"If-Match": '"3"'})).status_code == 200
        seen = (await other.get(url)).json()
        (listed,) = (await other.get(f"/people/{adam}/relatives")).json()["items"]
        (copied,) = (await told_of(client, adam))[0]["people"]["relatives"]
        assert (await outside.get(url)).status_code == 403
    first = {**KIN, "how": "", "by": officer.id, "at": "2017-04-03T12:00:00Z"}
    second = {**early, "by": worker.id, "at": "2017-04-05T12:00:00Z"}
    for told in (changed, seen, listed):
        last = {**late, "by": officer.id, "at": "2017-04-07T12:00:00Z"}
        assert {name: told[name] for name in last} == last
        assert told["earlier"] == [first, second]
    assert [it["kin"]["contactable"] for it in copied["earlier"]] == ["only_through_them", "yes"]
    assert copied["kin"]["name"] == "Vera B."


async def test_a_relative_ends_once_with_a_reason_and_stays_to_be_read(room: Room) -> None:
    """By who saw them; afterwards nothing of them changes; the reason is in the person's own copy."""
    officer = staff("intake_officer")
    async with room.client(officer) as client:
        _, (adam, _) = await couple(client)
        vera = (await client.post(f"/people/{adam}/relatives", json=KIN)).json()
        url, why = f"/relatives/{vera['id']}", {"why": "She died in March."}
        late = await client.post(f"{url}/end", json=why, headers={"If-Match": '"2"'})
        assert problem(late) == (412, "stale_version")
        ended = (await client.post(f"{url}/end", json=why, headers={"If-Match": '"1"'})).json()
        assert ended["ended"] == {"why": "She died in March.", "by": officer.id, "at": "2017-04-03T12:00:00Z"}
        for act, body in ((f"{url}/end", why), (url, KIN)):
            again = await client.post(act, json=body, headers={"If-Match": '"2"'})
            assert problem(again) == (409, "already_ended")
        (told,) = (await client.get(f"/people/{adam}/relatives")).json()["items"]
        copied = (await told_of(client, adam))[0]["people"]["relatives"]
    assert {name: told[name] for name in KIN} == KIN
    assert told["ended"] == ended["ended"]
    assert [it["ended"]["why"] for it in copied] == ["She died in March."]


async def test_an_accepted_correction_is_kept_from_the_group_as_they_wish(room: Room) -> None:
    """When they say so; when they do not, as what it corrects is; nothing that is not entered can be kept."""

    async def corrected(client: AsyncClient, adam: str, value: str, **said: Any) -> None:
        wish = {"what": "name_in_use", "value": value, "why": "That is my name."}
        asked = (await client.post(f"/people/{adam}/corrections", json=wish)).json()
        url, say = f"/corrections/{asked['id']}/decision", {"accept": True, "answer": "Of course.", **said}
        assert (await client.post(url, json=say, headers={"If-Match": '"1"'})).status_code == 200

    async def names(client: AsyncClient, case_id: str, adam: str) -> tuple[str, str]:
        group = (await client.get(f"/cases/{case_id}/people")).json()["people"]
        seen = next(it["name_in_use"] for it in group if it["id"] == adam)
        return seen, (await client.get(f"/people/{adam}")).json()["name_in_use"]

    async with room.client(staff("intake_officer")) as client:
        case_id, (adam, _) = await couple(client)
        await corrected(client, adam, "Ana", kept=True)
        assert await names(client, case_id, adam) == ("Adam", "Ana")
        room.clock.move(NOON.replace(hour=13))
        await corrected(client, adam, "Anna")
        assert await names(client, case_id, adam) == ("Adam", "Anna")
        room.clock.move(NOON.replace(hour=14))
        await corrected(client, adam, "Adam A.", kept=False)
        assert await names(client, case_id, adam) == ("Adam A.", "Adam A.")
        wish = {"what": "other", "why": "The date of the raid is wrong."}
        asked = (await client.post(f"/people/{adam}/corrections", json=wish)).json()
        for accept in (True, False):
            said = {"accept": accept, "answer": "Yes.", "kept": True}
            url = f"/corrections/{asked['id']}/decision"
            wrong = await client.post(url, json=said, headers={"If-Match": '"1"'})
            assert problem(wrong) == (422, "nothing_to_keep")
