"""Reports: compiled from what was consented to, frozen by two, the same bytes for ever, with errata behind them."""

import hashlib
import random
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from services.intake.testimony.actions.reports import OPEN_FOR
from services.intake.testimony.model import reports as model
from services.intake.testimony.model.masks import Masking, Span
from services.intake.testimony.model.reports import Plan, Report, Usable
from services.intake.testimony.model.statements import Happening, Interview, Statement, Words
from services.intake.testimony.store import reports as store
from services.intake.testimony.typesetting import typeset
from shared.access import Actor
from shared.audit import AUDIT
from shared.contracts.fields import Sealed
from shared.contracts.intake import DutyCalled, DutySettled
from shared.contracts.settlement import Sight, SightChanged
from shared.vault.files import FILES
from shared.veil import LIST
from tests.intake.telling import NAME, SAID, changed, consent, hidden, mask, open_office, take
from tests.intake.test_erasure import Family, erase
from tests.support.room import NOON, Room, problem, staff

PLAN = {"title": "Held in the cellars", "introduction": "What we were told.", "topics": ["detained"]}
TRANSLATION = str(SAID["translation"])
FIVE = 5


async def begin(client: httpx.AsyncClient, as_of: datetime, **other: Any) -> dict[str, Any]:
    answer = await client.post("/reports", json={**PLAN, "as_of": as_of.isoformat(), **other})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def draft(client: httpx.AsyncClient, report: dict[str, Any]) -> dict[str, Any]:
    return dict((await client.get(f"/reports/{report['id']}/draft")).json())


async def counted(client: httpx.AsyncClient, case_id: str, number: int) -> list[dict[str, Any]]:
    """So many statements of unknown witnesses who agreed to be counted."""
    return [await consent(client, await take(client, case_id, None), "statistics") for _ in range(number)]


async def quotable(client: httpx.AsyncClient, case_id: str, person_id: str | None) -> dict[str, Any]:
    """A statement that may be counted and quoted, without the brother's name."""
    statement = await consent(client, await take(client, case_id, person_id), "statistics", "anonymised_report")
    await mask(client, statement, hidden(TRANSLATION, "translation", NAME, "anonymised_report"))
    return {**statement, "version": statement["version"] + 1}


async def withdraw(client: httpx.AsyncClient, statement: dict[str, Any]) -> dict[str, Any]:
    return await changed(client, f"/statements/{statement['id']}/withdrawal", {}, statement["version"])


async def freeze(room: Room, report: dict[str, Any], one: Actor, other: Actor) -> dict[str, Any]:
    path = f"/reports/{report['id']}/freezing"
    async with room.client(one) as client:
        proposed = await changed(client, path, None, report["version"])
    async with room.client(other) as client:
        return await changed(client, f"{path}/decision", {"approve": True}, proposed["version"])


async def test_a_draft_says_what_is_consented_to_and_what_is_taken_back_is_out_at_once(room: Room) -> None:
    """Counted are those who agreed to that, quoted those who agreed and were looked through; by pseudonym, masked."""
    office, analyst = await open_office(room), staff("analyst")
    async with room.client(office.worker) as client, room.client(analyst) as reader:
        quoted = await quotable(client, office.case_id, office.people[0])
        unmasked = await consent(client, await take(client, office.case_id, None), "statistics", "anonymised_report")
        await take(client, office.case_id, None)
        await counted(client, office.case_id, 3)
        report = await begin(reader, room.clock.now())
        found = await draft(reader, report)
        assert found["witnesses"] == FIVE
        (quote,) = found["statements"]
        assert (quote["pseudonym"], quote["language"], quote["year"]) == ("W1", "ru", 2017)
        assert quote["translation"] == "They held me in a cellar in Argun. My brother […] came for me."
        assert found["tables"][0]["rows"] == [["detention", 5, 5], ["*", 5, 5]]
        await withdraw(client, unmasked)
        after = await draft(reader, report)
        assert (after["witnesses"], len(after["statements"])) == (None, 1)
        assert after["tables"][0]["rows"] == [["detention", None, None], ["*", None, None]]
        await withdraw(client, quoted)
        assert (await draft(reader, report))["statements"] == []
        assert (await reader.get(f"/statements/{quoted['id']}")).status_code == 404


async def test_nothing_later_than_its_instant_is_in_a_report(room: Room) -> None:
    """Neither a statement, nor a correction, nor a consent, nor a claim that came after it."""
    office, analyst, first = await open_office(room), staff("analyst"), room.clock.now()
    async with room.client(office.worker) as client, room.client(analyst) as reader:
        early = await quotable(client, office.case_id, office.people[0])
        silent = await take(client, office.case_id, None)
        await mask(client, silent, hidden(TRANSLATION, "translation", NAME, "anonymised_report"))
        report = await begin(reader, first)
        before = await draft(reader, report)
        room.clock.move(first + timedelta(days=1))
        await quotable(client, office.case_id, office.people[1])
        await consent(client, {**silent, "version": silent["version"] + 1}, "anonymised_report")
        body = {"original": "Другое.", "translation": "Other words.", "why": "Heard again."}
        await changed(client, f"/statements/{early['id']}/versions", body, early["version"])
        claim = {"topic": "detained", "qualifier": "exactly", "value": 9, "definition": "Men.", "source": "A"}
        await reader.post("/claims", json={**claim, "as_of": "2017-04-01"})
        assert await draft(reader, report) == before
        plan = {**PLAN, "as_of": room.clock.now().isoformat()}
        later = await changed(reader, f"/reports/{report['id']}", plan, 1)
        found = await draft(reader, later)
        assert [it["value"] for it in found["claims"]] == [9]
        assert len(found["statements"]) == 2
        ahead = {**plan, "as_of": (room.clock.now() + timedelta(seconds=1)).isoformat()}
        assert problem(await reader.post("/reports", json=ahead)) == (422, "as_of_in_future")
        edge = {**plan, "as_of": "0001-01-01T00:00:00+14:00"}
        assert problem(await reader.post("/reports", json=edge)) == (422, "as_of_too_early")


async def test_two_people_freeze_exactly_what_it_says_and_its_pdf_never_changes(room: Room) -> None:
    """Not the one who proposed, and not when it says something else by now; made again, the PDF has the same bytes."""
    office, analyst, manager = await open_office(room), staff("analyst"), staff("manager")
    async with room.client(office.worker) as client, room.client(analyst) as one, room.client(manager) as other:
        await quotable(client, office.case_id, office.people[0])
        leaving = await quotable(client, office.case_id, None)
        report = await begin(one, room.clock.now())
        path = f"/reports/{report['id']}"
        proposed = await changed(one, f"{path}/freezing", None, 1)
        (waiting,) = (await other.get("/approvals")).json()["items"]
        assert (waiting["kind"], waiting["decide_at"]) == ("freezing", f"{path}/freezing/decision")
        yes = {"json": {"approve": True}, "headers": {"If-Match": f'"{proposed["version"]}"'}}
        assert problem(await one.post(f"{path}/freezing/decision", **yes)) == (409, "same_person")
        await withdraw(client, leaving)
        assert problem(await other.post(f"{path}/freezing/decision", **yes)) == (409, "content_changed")
        frozen = await freeze(room, {**report, "version": proposed["version"]}, analyst, manager)
        assert (frozen["state"], frozen["pdf_digest"]) == ("frozen", None)
        assert await room.compute() == 1
        pdf = (await one.get(f"{path}/pdf")).content
        assert (await one.get(path)).json()["pdf_digest"] == hashlib.sha256(pdf).hexdigest()
        plan = {**PLAN, "as_of": room.clock.now().isoformat()}
        late = await one.post(path, json=plan, headers={"If-Match": f'"{frozen["version"]}"'})
        assert problem(late) == (409, "frozen")
        room.clock.move(room.clock.now() + timedelta(days=400))
        again = (await one.post(f"{path}/pdf")).json()
        await room.compute()
        assert (await one.get(f"/runs/{again['id']}")).json()["state"] == "done"
        assert (await one.get(f"{path}/pdf")).content == pdf
    assert len(await room.rows(select(FILES))) == 1
    assert pdf.startswith(b"%PDF-")
    assert b"CreationDate" not in pdf
    assert NAME.encode() not in pdf


async def test_who_may_freeze_a_report_has_it_among_their_duties(room: Room) -> None:
    """Every manager and every other analyst, due a day before it runs out; frozen, begun anew or run out it is off.
    No event tells of it: it is about no case."""
    writer, analyst, manager = staff("analyst"), staff("analyst"), staff("manager")
    async with room.client(writer) as client:
        report = await begin(client, room.clock.now())
        proposed = await changed(client, f"/reports/{report['id']}/freezing", None, report["version"])
        assert await signing(room, writer) == []
        assert await signing(room, staff("intake_officer")) == []
        (duty,) = await signing(room, manager)
        assert await signing(room, analyst) == [duty]
        assert (duty["text"], duty["report_id"], duty["case_id"]) == ("freezing", report["id"], None)
        assert duty["due_at"] == (NOON + OPEN_FOR - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        plan = {"title": "Anew", "topics": [], "as_of": room.clock.now().isoformat()}
        again = await changed(client, f"/reports/{report['id']}", plan, proposed["version"])
        assert await signing(room, manager) == []
        proposed = await changed(client, f"/reports/{report['id']}/freezing", None, again["version"])
        assert len(await signing(room, manager)) == 1
    room.clock.move(NOON + OPEN_FOR - timedelta(hours=1))
    await room.fire()
    assert [it["step"] for it in await signing(room, analyst)] == ["escalated"]
    assert await room.told(DutyCalled) == []
    async with room.client(manager) as client:
        path = f"/reports/{report['id']}/freezing/decision"
        await changed(client, path, {"approve": True}, proposed["version"])
    assert [await signing(room, one) for one in (analyst, manager)] == [[], []]
    assert await room.told(DutySettled) == []


async def signing(room: Room, actor: Actor) -> list[dict[str, Any]]:
    async with room.client(actor) as client:
        return [one for one in (await client.get("/duties")).json()["items"] if one["kind"] == "sign"]


async def test_what_is_taken_back_later_is_an_erratum_and_out_of_the_next_edition(room: Room) -> None:
    """The frozen report stays; a withdrawal and an erasure each count once; numbers move by five or not at all."""
    office, analyst, manager = await open_office(room), staff("analyst"), staff("manager")
    async with room.client(office.worker) as client, room.client(analyst) as reader:
        taken_back = await quotable(client, office.case_id, office.people[0])
        await quotable(client, office.case_id, office.people[1])
        others = await counted(client, office.case_id, 8)
        report = await freeze(room, await begin(reader, room.clock.now()), analyst, manager)
        await room.compute()
        path = f"/reports/{report['id']}"
        pdf = (await reader.get(f"{path}/pdf")).content
        room.clock.move(room.clock.now() + timedelta(days=30))
        await withdraw(client, taken_back)
        assert (await reader.get(path)).json()["errata"] == 1
        who = Family(office.officer, staff("data_protection"), office.case_id, office.people, "")
        await erase(room, who, office.people[1])
        await erase(room, who, office.people[0])
        seen = (await reader.get(path)).json()
        assert (seen["errata"], seen["digest"]) == (10, report["digest"])
        assert (await reader.get(f"{path}/pdf")).content == pdf
        assert await room.rows(select(store.USED)) == []
        second = await begin(reader, room.clock.now(), earlier_id=report["id"])
        found = await draft(reader, second)
    assert len(others) == 8
    assert (found["edition"], found["statements"], found["left_out"]) == (2, [], 10)
    assert found["witnesses"] is None
    assert found["tables"][0]["rows"] == [["detention", None, None], ["*", None, None]]


async def test_what_was_told_behind_a_veil_is_in_no_report(room: Room) -> None:
    """To a colleague who may not look, and to an analyst, all reads as without it; what was told before stays."""
    office, listed, analyst = await open_office(room), staff("caseworker"), staff("analyst")
    async with room.client(office.officer) as client:
        seen = (await client.get(f"/cases/{office.case_id}")).json()
        team = {"assigned": [office.officer.id, office.worker.id, listed.id], "recused": []}
        await changed(client, f"/cases/{office.case_id}/team", team, seen["version"])
    async with (
        room.client(office.worker) as client,
        room.client(listed) as behind,
        room.client(analyst) as one,
    ):
        await counted(client, office.case_id, 5)
        report = await begin(one, room.clock.now())
        path = f"/reports/{report['id']}/draft"
        before = (await one.get(path)).content
        await see(room, office.case_id, office.people, listed, veiled=True)
        assert (await one.get(path)).content == before
        lists = (await client.get(f"/cases/{office.case_id}/statements")).content
        hers = await quotable(behind, office.case_id, office.people[0])
        assert (await one.get(path)).content == before
        assert (await client.get(f"/cases/{office.case_id}/statements")).content == lists
        assert problem(await client.get(f"/statements/{hers['id']}")) == (404, "not_found")
        assert (await behind.get(f"/statements/{hers['id']}")).status_code == 200
        assert (await client.get(f"/people/{office.people[0]}/copy")).json()["parts"]["testimony"] == []
        await quotable(client, office.case_id, None)
        found = await draft(one, report)
        assert (found["witnesses"], len(found["statements"])) == (6, 1)
        await see(room, office.case_id, office.people, listed, veiled=False)
        found = await draft(one, report)
        assert (found["witnesses"], len(found["statements"])) == (7, 2)
        assert (await client.get(f"/statements/{hers['id']}")).status_code == 200


async def see(room: Room, case_id: str, people: list[str], *who: Actor, veiled: bool) -> None:
    may_look = (*(actor.id for actor in who), *("0" * 32,) * (LIST - len(who)))
    sight = Sealed.of(case_id, Sight(veiled=veiled, may_look=may_look))
    told = SightChanged(case_id=case_id, at=room.clock.now(), person_ids=tuple(people), sight=sight)
    assert await room.tell(told) is None


REPORT = Report("a" * 32, 1, None, Plan("T", "", (), NOON), "b" * 32, None, None, None, None, None, 1)


def usable(number: int, *happenings: tuple[str, str, int], quote: str = "") -> Usable:
    """An invented statement."""
    ident = f"{number:032x}"
    interview = Interview("c" * 32, None, "ar" if number % 2 else "ru", date(2017, 4, 2), "")
    coded = tuple(Happening(*it) for it in happenings)  # type: ignore[arg-type]
    words = Words(ident, 1, quote or "x", quote, coded, "", "c" * 32, NOON)
    uses = ("statistics", "anonymised_report") if quote else ("statistics",)
    span = Span("original", 0, 3, ("anonymised_report",), "")
    masking = Masking(ident, ident, "d" * 32, 1, (span,) if quote else (), "c" * 32, None, True)
    return Usable(Statement(ident, "d" * 32, None, interview, "c" * 32, NOON, False, 1), words, uses, masking)


def many(number: int, first: int, *happening: Any) -> list[Usable]:
    return [usable(first + it, happening) for it in range(number)]  # type: ignore[arg-type]


WORLD = [
    *many(9, 0, "detention", "Argun", 2017),
    *many(7, 100, "detention", "Grozny", 2017),
    *many(3, 200, "torture", "Argun", 2017),
    *many(8, 300, "torture", "Grozny", 2017),
]


def test_no_small_number_follows_from_a_table() -> None:
    """3 of Argun would follow from 12 less 9, so 9 goes, and with them the other column; totals stay."""
    content = model.compiled(REPORT, WORLD, [], None, 0).content
    by_year, by_region = content["tables"]
    assert by_region["columns"] == ["Argun", "Grozny"]
    assert by_region["rows"] == [["detention", None, None, 16], ["torture", None, None, 11], ["*", 12, 15, 27]]
    assert by_year["rows"] == [["detention", 16, 16], ["torture", 11, 11], ["*", 27, 27]]


def test_a_total_of_few_people_is_not_told_however_much_they_tell_of() -> None:
    """Two people tell of six things each of one year: twelve is no number of people."""
    harms = ("detention", "torture", "extortion", "threats", "outing", "other")
    told = [usable(number, *((harm, "Argun", 2017) for harm in harms)) for number in range(2)]
    for one in model.compiled(REPORT, told, [], None, 0).content["tables"]:
        assert {number for row in one["rows"] for number in row[1:]} == {None}


async def test_a_pdf_that_is_another_one_is_neither_kept_nor_handed_out(room: Room) -> None:
    """Made again of the same source it is the same; one whose bytes are not those that were made is told, not given."""
    office, analyst, manager = await open_office(room), staff("analyst"), staff("manager")
    async with room.client(office.worker) as client, room.client(analyst) as one:
        await quotable(client, office.case_id, office.people[0])
        report = await freeze(room, await begin(one, room.clock.now()), analyst, manager)
        path = f"/reports/{report['id']}"
        await room.compute()
        first = (await room.rows(select(store.REPORTS.c.pdf_id, store.REPORTS.c.pdf_digest)))[0]
        assert (await one.post(f"{path}/pdf")).status_code == 202
        await room.compute()
        again = (await room.rows(select(store.REPORTS.c.pdf_digest)))[0]
        verbs = [row["verb"] for row in await room.rows(select(AUDIT.c.verb))]
        assert (again["pdf_digest"], "find_pdf_different" in verbs) == (first["pdf_digest"], False)
        forged = update(store.REPORTS).values(pdf_digest="0" * 64)
        await room.database.transact(lambda tx: tx.execute(forged))
        assert problem(await one.get(f"{path}/pdf")) == (409, "pdf_changed")
        assert (await one.post(f"{path}/pdf", headers={"Idempotency-Key": "once-more"})).status_code == 202
        await room.compute()
        verbs = [row["verb"] for row in await room.rows(select(AUDIT.c.verb))]
        assert "find_pdf_different" in verbs
        assert problem(await one.get(f"{path}/pdf")) == (409, "pdf_changed")


def test_two_editions_differ_by_no_small_number() -> None:
    """Three more and one less move nothing; five more move one cell, and the totals by as much."""
    first = model.compiled(REPORT, WORLD, [], None, 0)
    more = [*WORLD[1:], *many(3, 400, "torture", "Grozny", 2017)]
    second = model.compiled(replace(REPORT, id="e" * 32), more, [], first.source(), 1)
    assert [it["rows"] for it in second.content["tables"]] == [it["rows"] for it in first.content["tables"]]
    third = [*more, *many(2, 500, "torture", "Grozny", 2017)]
    found = model.compiled(replace(REPORT, id="f" * 32), third, [], second.source(), 1)
    assert found.content["tables"][0]["rows"] == [["detention", 16, 16], ["torture", 16, 16], ["*", 32, 32]]


@pytest.mark.parametrize("seed", range(3))
def test_the_same_statements_give_the_same_bytes(seed: int) -> None:
    """In whatever order they come from the database; and the PDF follows from the bytes alone, in any script."""
    told = [usable(900, ("outing", "Argun", 2016), quote="كان الباب مغلقا"), usable(901, quote="Дверь была заперта")]
    world = [*WORLD, *told]
    random.Random(seed).shuffle(world)
    source = model.compiled(REPORT, world, [], None, 0).source()
    assert source == model.compiled(REPORT, [*told, *WORLD], [], None, 0).source()
    if seed == 0:
        assert typeset(source) == typeset(source)
