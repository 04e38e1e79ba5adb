"""The diary of a case: its duties, its notes with every version, its appointments, and the forms for new ones.

Rule: times are typed by the clocks of the place that is named, and shown with it.
"""

from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from fastapi import APIRouter, Form, Response

from services.desk.clients import joined
from services.desk.pages.people import names_of
from services.desk.pages.visit import Visit, Visiting, see
from shared.contracts.fields import Id
from shared.errors import invalid

KINDS = ("interview", "medical", "legal", "counselling", "consular", "other")

Text = Annotated[str, Form(max_length=20_000)]
Short = Annotated[str, Form(max_length=500)]
Version = Annotated[int, Form(ge=0)]
Token = Annotated[str, Form()]


def instant(typed: str, zone: str) -> str:
    """A date and hour as somebody typed them, by the clocks of a zone. Errors: Refusal invalid."""
    if zone not in available_timezones():
        raise invalid("unknown_zone", "Name a time zone such as Europe/Vilnius.")
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).isoformat()
    except ValueError as error:
        raise invalid("no_time", "Give a day and an hour.") from error


def routes() -> APIRouter:
    router = APIRouter()
    router.include_router(_notes())
    router.include_router(_appointments())

    @router.get("/cases/{case_id}/diary")
    async def diary(visit: Visiting, case_id: Id) -> Response:
        ask = visit.diary
        case = await visit.intake.case(case_id)
        asked: dict[str, Coroutine[Any, Any, Any]] = {
            "duties": ask.duties_of(case_id),
            "notes": ask.notes(case_id),
            "appointments": ask.appointments(case_id),
            "interpreters": ask.interpreters(),
        }
        people = await visit.intake.people(case_id)
        found = await joined(asked)
        return visit.page(
            "diary.html",
            case=case,
            people=people.people,
            names=names_of(people),
            kinds=KINDS,
            unanswered=found.missing,
            duties=found.told.get("duties"),
            notes=found.told.get("notes"),
            appointments=found.told.get("appointments"),
            interpreters={one.id: one for one in found.told.get("interpreters", ())},
        )

    @router.post("/cases/{case_id}/duties")
    async def set_task(visit: Visiting, case_id: Id, text: Short, due_at: Short, token: Token = "") -> Response:
        body = {"text": text, "due_at": instant(due_at, "UTC")}
        await visit.diary.do(f"/cases/{case_id}/duties", body, visit.key(token))
        return see(f"/cases/{case_id}/diary")

    return router


def _appointments() -> APIRouter:
    router = APIRouter()

    @router.post("/cases/{case_id}/appointments")
    async def book(
        visit: Visiting,
        case_id: Id,
        kind: Short,
        place: Short,
        starts_at: Short,
        ends_at: Short,
        zone: Short = "UTC",
        room: Short = "",
        language: Short = "",
        person_id: Short = "",
        interpreter_id: Short = "",
        chosen: Annotated[bool, Form()] = False,
        token: Token = "",
    ) -> Response:
        """With a language and nobody chosen yet, first the page of those who could interpret then."""
        times = {"starts_at": instant(starts_at, zone), "ends_at": instant(ends_at, zone)}
        whom = {"person_id": person_id or None}
        if language and not chosen:
            need = {"language": language, **times, **whom}
            free = await visit.diary.free(case_id, need, visit.key(token))
            typed = {"kind": kind, "place": place, "starts_at": starts_at, "ends_at": ends_at, "zone": zone}
            typed |= {"room": room, "language": language, "person_id": person_id}
            return visit.page("interpreter_choice.html", case_id=case_id, free=free, typed=typed)
        body = {"kind": kind, "place": place, "zone": zone, "room": room, "language": language, **times, **whom}
        body |= {"interpreter_id": interpreter_id or None}
        await visit.diary.do(f"/cases/{case_id}/appointments", body, visit.key(token))
        return see(f"/cases/{case_id}/diary")

    @router.post("/cases/{case_id}/appointments/{appointment_id}/times")
    async def move(
        visit: Visiting,
        case_id: Id,
        appointment_id: Id,
        starts_at: Short,
        ends_at: Short,
        zone: Short,
        reason: Short,
        version: Version,
        interpreter_id: Short = "",
        token: Token = "",
    ) -> Response:
        times = {"starts_at": instant(starts_at, zone), "ends_at": instant(ends_at, zone)}
        body = {**times, "reason": reason, "interpreter_id": interpreter_id or None}
        return await _act(visit, case_id, f"{appointment_id}/times", body, version, token)

    @router.post("/cases/{case_id}/appointments/{appointment_id}/cancellation")
    async def cancel(
        visit: Visiting, case_id: Id, appointment_id: Id, reason: Short, version: Version, token: Token = ""
    ) -> Response:
        return await _act(visit, case_id, f"{appointment_id}/cancellation", {"reason": reason}, version, token)

    @router.post("/cases/{case_id}/appointments/{appointment_id}/outcome")
    async def conclude(
        visit: Visiting,
        case_id: Id,
        appointment_id: Id,
        outcome: Short,
        version: Version,
        note: Short = "",
        token: Token = "",
    ) -> Response:
        body = {"outcome": outcome, "note": note}
        return await _act(visit, case_id, f"{appointment_id}/outcome", body, version, token)

    @router.post("/cases/{case_id}/excluded-interpreters")
    async def exclude(
        visit: Visiting, case_id: Id, interpreter_id: Short, reason: Short, token: Token = ""
    ) -> Response:
        body = {"interpreter_id": interpreter_id, "reason": reason}
        await visit.diary.do(f"/cases/{case_id}/excluded-interpreters", body, visit.key(token))
        return see(f"/cases/{case_id}/diary")

    return router


async def _act(visit: Visit, case_id: str, what: str, body: dict[str, Any], version: int, token: str) -> Response:
    await visit.diary.do(f"/appointments/{what}", body, visit.key(token), version)
    return see(f"/cases/{case_id}/diary")


def _notes() -> APIRouter:
    router = APIRouter()

    @router.post("/cases/{case_id}/notes")
    async def write(
        visit: Visiting,
        case_id: Id,
        on: Short,
        text: Text,
        confidential: Annotated[bool, Form()] = False,
        person_id: Short = "",
        token: Token = "",
    ) -> Response:
        body = {"on": on, "text": text, "confidential": confidential, "person_id": person_id or None}
        await visit.diary.do(f"/cases/{case_id}/notes", body, visit.key(token))
        return see(f"/cases/{case_id}/diary")

    @router.post("/cases/{case_id}/notes/{note_id}/corrections")
    async def correct(
        visit: Visiting, case_id: Id, note_id: Id, text: Text, reason: Short, version: Version, token: Token = ""
    ) -> Response:
        body = {"text": text, "reason": reason}
        await visit.diary.do(f"/notes/{note_id}/corrections", body, visit.key(token), version)
        return see(f"/cases/{case_id}/diary")

    return router
