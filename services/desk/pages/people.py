"""One person: who they are, how they can be reached, what is known of them; and how a family splits or joins.

Rule: for staff who work with the person; nothing here is shown to the group. Of a word that was heard the page says
only whether it is one that was agreed.
"""

import asyncio
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from services.desk.clients import Joined, joined
from services.desk.clients.intake import Group
from services.desk.pages.visit import Visit, Visiting, see
from shared.contracts.fields import Id
from shared.errors import invalid

ROWS = range(6)
"""How many spans of safe hours there may be; a form shows three, or as many as were agreed."""

DAYS = range(1, 8)

Text = Annotated[str, Form(max_length=2000)]
Short = Annotated[str, Form(max_length=200)]
Day = Annotated[date, Form()]
Flag = Annotated[bool, Form()]


async def show(visit: Visit, person_id: str, heard: bool | None = None) -> Response:
    """heard: whether a word that was just typed is one that was agreed."""
    intake = visit.intake
    person = await intake.person(person_id)
    asked = {
        "contact": intake.safe_contact(person_id),
        "entries": intake.entries(person_id),
        "relatives": intake.relatives(person_id),
        "tried": visit.diary.tried(person_id),
    }
    found: Joined[Any] = await joined({**asked, "requests": visit.requests.of_case(person.case_id)})
    return visit.page(
        "person.html",
        requests=found.told.get("requests", ()),
        person=person,
        contact=found.told.get("contact"),
        entries=found.told.get("entries"),
        relatives=found.told.get("relatives"),
        tried=found.told.get("tried"),
        unanswered=found.missing,
        heard=heard,
        rows=ROWS,
        days=DAYS,
    )


def hours_of(form: Any) -> list[dict[str, Any]]:
    """The spans that were filled in, as intake takes them."""
    spans = []
    for row in ROWS:
        days = [int(day) for day in form.getlist(f"days{row}") if day in {str(day) for day in DAYS}]
        if days:
            begins, until = str(form.get(f"begins{row}", "")), str(form.get(f"until{row}", ""))
            spans.append({"days": days, "begins": begins or "00:00", "until": until or "00:00"})
    return spans


def contact_of(form: Any) -> dict[str, Any]:
    """What was agreed about how somebody can be reached, as intake takes it."""
    said = {name: str(form.get(name, "")) for name in ("channel", "handle", "zone", "language", "cover_name")}
    ticked = {name: form.get(name) == "true" for name in ("never_call", "somebody_else_reads")}
    return {**said, **ticked, "hours": hours_of(form)}


async def show_family(visit: Visit, case_id: str) -> Response:
    """Who is on a case, and who of them was to go where."""
    intake = visit.intake
    case, group, moves = await asyncio.gather(intake.case(case_id), intake.people(case_id), intake.moves(case_id))
    facts: dict[str, Any] = {"people": group.people, "names": names_of(group), "code_names": await visit.code_names()}
    return visit.page("family.html", case=case, moves=moves, **facts)


def names_of(group: Group) -> dict[str, str]:
    return {person.id: person.name_in_use or person.id for person in group.people}


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/people/{person_id}")
    async def see_person(visit: Visiting, person_id: Id) -> Response:
        return await show(visit, person_id)

    @router.post("/people/{person_id}/safe-contact")
    async def agree(
        request: Request,
        visit: Visiting,
        person_id: Id,
        version: Annotated[int, Form()],
        code_word: Short = "",
        duress_word: Short = "",
        token: Annotated[str, Form()] = "",
    ) -> Response:
        body = contact_of(await request.form())
        if code_word or duress_word:
            body |= {"code_word": code_word, "duress_word": duress_word}
        await visit.intake.agree(person_id, body, version, visit.key(token))
        return see(f"/people/{person_id}")

    @router.post("/people/{person_id}/word")
    async def hear_word(visit: Visiting, person_id: Id, word: Short, token: Annotated[str, Form()] = "") -> Response:
        heard = await visit.intake.hear_word(person_id, word, visit.key(token))
        return await show(visit, person_id, heard.matches)

    @router.post("/people/{person_id}/contact-attempts")
    async def note_attempt(
        visit: Visiting,
        person_id: Id,
        channel: Short,
        result: Short,
        note: Text = "",
        token: Annotated[str, Form()] = "",
    ) -> Response:
        body = {"channel": channel, "result": result, "note": note}
        await visit.diary.do(f"/people/{person_id}/contact-attempts", body, visit.key(token))
        return see(f"/people/{person_id}")

    @router.post("/people/{person_id}/death")
    async def note_death(
        visit: Visiting, person_id: Id, note: Text, on: Short = "", token: Annotated[str, Form()] = ""
    ) -> Response:
        await visit.diary.do(f"/people/{person_id}/death", {"on": on or None, "note": note}, visit.key(token))
        return see(f"/people/{person_id}")

    @router.post("/people/{person_id}/erasure")
    async def propose_erasure(
        visit: Visiting,
        person_id: Id,
        reason: Text,
        request: Annotated[list[Id] | None, Form()] = None,
        token: Annotated[str, Form()] = "",
    ) -> Response:
        await visit.intake.propose_erasure(person_id, reason, request or [], visit.key(token))
        return see(f"/people/{person_id}")

    @router.post("/people/{person_id}/entries")
    async def enter(
        visit: Visiting,
        person_id: Id,
        what: Short,
        since: Day,
        source: Short,
        text: Short = "",
        note: Text = "",
        kept: Flag = False,
        token: Annotated[str, Form()] = "",
    ) -> Response:
        kind, _, code = what.partition(":")
        body = {
            "kind": kind,
            "value": code or text,
            "note": note,
            "source": source,
            "since": since.isoformat(),
            "kept": kept,
        }
        if not body["value"]:
            raise invalid("nothing_said")
        await visit.intake.enter(person_id, body, visit.key(token))
        return see(f"/people/{person_id}")

    @router.post("/people/{person_id}/entries/{entry_id}/end")
    async def end(
        visit: Visiting,
        person_id: Id,
        entry_id: Id,
        since: Day,
        note: Text = "",
        token: Annotated[str, Form()] = "",
    ) -> Response:
        body = {"note": note, "source": "person", "since": since.isoformat()}
        await visit.intake.end(entry_id, body, visit.key(token))
        return see(f"/people/{person_id}")

    @router.post("/people/{person_id}/relatives")
    async def add_relative(
        visit: Visiting,
        person_id: Id,
        name: Short,
        relationship: Annotated[str, Form(max_length=60)],
        contactable: Short,
        where: Short = "",
        how: Annotated[str, Form(max_length=400)] = "",
        token: Annotated[str, Form()] = "",
    ) -> Response:
        body = {"name": name, "relationship": relationship, "where": where, "contactable": contactable, "how": how}
        await visit.intake.add_relative(person_id, body, visit.key(token))
        return see(f"/people/{person_id}")

    @router.post("/people/{person_id}/relatives/{relative_id}/end")
    async def end_relative(
        visit: Visiting,
        person_id: Id,
        relative_id: Id,
        version: Annotated[int, Form(ge=1)],
        why: Annotated[str, Form(max_length=400)],
        token: Annotated[str, Form()] = "",
    ) -> Response:
        await visit.intake.end_relative(relative_id, why, version, visit.key(token))
        return see(f"/people/{person_id}")

    @router.get("/cases/{case_id}/family")
    async def see_family(visit: Visiting, case_id: Id) -> Response:
        return await show_family(visit, case_id)

    @router.post("/cases/{case_id}/family")
    async def propose_move(
        visit: Visiting,
        case_id: Id,
        person: Annotated[list[str] | None, Form()] = None,
        code_name: Short = "",
        to_case_id: Short = "",
        reason: Text = "",
        minor: Annotated[list[str] | None, Form()] = None,
        determined_by: Short = "",
        determined_on: Annotated[str, Form(max_length=10)] = "",
        finding: Text = "",
        token: Annotated[str, Form()] = "",
    ) -> Response:
        determined = [
            {"person_id": one, "by": determined_by, "on": determined_on, "finding": finding}
            for one in (minor or () if determined_by else ())
        ]
        body = {"person_ids": person or [], "reason": reason, "determinations": determined}
        goes = {"to_case_id": to_case_id.strip()} if to_case_id.strip() else {"code_name": code_name}
        await visit.intake.propose_move(case_id, {**body, **goes}, visit.key(token))
        return see(f"/cases/{case_id}/family")

    return router
