"""How somebody comes to be with us: what was told on the telephone is written down, a request becomes a case, and
more people join one.

Rule: the form for a person asks for what intake needs of one, the same wherever somebody is added.
"""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from services.desk.pages.visit import Visiting, see
from shared.contracts.fields import Id

Token = Annotated[str, Form()]
Version = Annotated[int, Form(ge=0)]
Short = Annotated[str, Form(max_length=200)]
Word = Annotated[str, Form(pattern="^[a-z_]{1,30}$")]
Country = Annotated[str, Form(pattern="^[A-Z]{2}$")]
Language = Annotated[str, Form(pattern="^[a-z]{2,3}$")]
Story = Annotated[str, Form(min_length=1, max_length=20_000)]
Chosen = Annotated[list[Id] | None, Form()]

TOLD = ("name_in_use", "pronouns", "name_on_papers", "marker_on_papers", "country_of_danger")


def person_of(form: Any, born_on: date) -> dict[str, Any]:
    """Somebody as the form tells of them, as intake takes it."""
    languages = [str(one) for one in form.getlist("languages") if one]
    told = {name: str(form.get(name, "")).strip() for name in TOLD}
    return {**told, "born_on": born_on.isoformat(), "languages": list(dict.fromkeys(languages))}


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/new-request")
    async def blank(visit: Visiting) -> Response:
        return visit.page("new_request.html")

    @router.post("/new-request")
    async def write_down(
        visit: Visiting,
        channel: Word,
        asked_by: Word,
        country: Country,
        language: Language,
        story: Story,
        urgency: Word,
        person_agrees: Word,
        name: Short = "",
        contact: Short = "",
        asker_name: Short = "",
        asker_contact: Short = "",
        contact_person: Annotated[bool, Form()] = False,
        token: Token = "",
    ) -> Response:
        asker = {"name": asker_name, "contact": asker_contact}
        other = {**asker, "person_agrees": person_agrees, "contact_person": contact_person}
        told = {"channel": channel, "language": language, "asked_by": asked_by, "country": country}
        said = {"name": name, "contact": contact, "story": story, "urgency": urgency}
        body = {**told, **said, "third_party": None if asked_by == "self" else other}
        return see(f"/requests/{await visit.requests.receive(body, visit.key(token))}")

    @router.post("/requests/{request_id}/case")
    async def open_case(
        request: Request,
        visit: Visiting,
        request_id: Id,
        version: Version,
        code_name: Annotated[str, Form(max_length=40)],
        born_on: Annotated[date, Form()],
        team: Chosen = None,
        token: Token = "",
    ) -> Response:
        people = [person_of(await request.form(), born_on)]
        body = {"code_name": code_name.strip(), "people": people, "team": team or []}
        return see(f"/cases/{await visit.requests.open_case(request_id, body, version, visit.key(token))}")

    @router.post("/cases/{case_id}/people")
    async def add_member(
        request: Request, visit: Visiting, case_id: Id, born_on: Annotated[date, Form()], token: Token = ""
    ) -> Response:
        body = person_of(await request.form(), born_on)
        return see(f"/people/{await visit.intake.add_member(case_id, body, visit.key(token))}")

    return router
