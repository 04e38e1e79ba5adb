"""Statements of a case: taking one, its versions, its uses, its masks, and the evidence that came with it.

Rule: a passage to be masked is given in its own words, and every place where it stands is masked. What one form says in
several acts is done under keys that follow from one token, so sent twice it is done once.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response

from services.desk.clients.testimony import Span, Statement
from services.desk.pages.visit import Visit, Visiting, see
from shared.contracts.fields import Id
from shared.errors import invalid
from shared.web.bodies import takes_up_to
from shared.web.uploads import FIELDS, Upload, read_upload

USES = ("statistics", "anonymised_report", "named_story", "court")
TEXTS = ("original", "translation")
HAPPENINGS = 4
"""How many things that happened a form has room for, beside those that it begins with."""

FILE = 20 * 1024 * 1024
"""Bytes of a piece of evidence, as intake takes it."""

Token = Annotated[str, Form()]
Version = Annotated[int, Form(ge=0)]
Chosen = Annotated[list[str] | None, Form()]
Said = Annotated[str, Form(max_length=50_000)]
Words = Annotated[str, Form(max_length=2000)]
Short = Annotated[str, Form(max_length=200)]
Happened = Annotated[list[str] | None, Form()]


def happenings(harms: Sequence[str] | None, regions: Sequence[str] | None, years: Sequence[str] | None) -> list[Any]:
    """The rows of a form that say what was done. Errors: Refusal invalid for a row that says half of it."""
    found = []
    for harm, region, year in zip(harms or (), regions or (), years or (), strict=False):
        if not harm and not region and not year:
            continue
        if not (harm and region and year.isdigit()):
            raise invalid("happening_incomplete")
        found.append({"harm": harm, "region": region, "year": int(year)})
    return found


def pieces(text: str, spans: tuple[Span, ...], which: str) -> list[tuple[str, bool]]:
    """The text in pieces, and whether each is masked in some use."""
    hidden = {place for it in spans if it.text == which for place in range(it.start, it.end)}
    found: list[tuple[str, bool]] = []
    for place, letter in enumerate(text):
        masked = place in hidden
        if found and found[-1][1] == masked:
            found[-1] = (found[-1][0] + letter, masked)
        else:
            found.append((letter, masked))
    return found


def places(statement: Statement, passage: str, uses: tuple[str, ...], reason: str) -> Iterator[dict[str, Any]]:
    """Every place of a passage in both texts, as masks."""
    for which in TEXTS:
        text, start = str(getattr(statement.words, which)), -1
        while (start := text.find(passage, start + 1)) >= 0:
            yield {"text": which, "start": start, "end": start + len(passage), "uses": uses, "reason": reason}


async def show_statement(visit: Visit, statement_id: str, *, waiting: bool) -> Response:
    """One statement with everything that is said of it. waiting: masks that were just set need somebody else."""
    statement = await visit.testimony.statement(statement_id)
    interpreters = {it.id: it.name for it in await visit.diary.interpreters()}
    masks = statement.masks or ()
    return visit.page(
        "statement.html",
        statement=statement,
        shown={which: pieces(getattr(statement.words, which), masks, which) for which in TEXTS},
        versions=await visit.testimony.versions(statement_id),
        evidence=await visit.testimony.evidence_of(statement_id),
        uses=USES,
        interpreters=interpreters,
        waiting=waiting,
        rows=range(len(statement.words.happenings) + HAPPENINGS),
    )


async def show_statements(visit: Visit, case_id: str) -> Response:
    """The statements of a case, and the form for another one: who is on it, and who may have asked and interpreted."""
    return visit.page(
        "statements.html",
        case_id=case_id,
        statements=await visit.testimony.statements(case_id),
        people=(await visit.intake.people(case_id)).people,
        team=(await visit.intake.team(case_id)).assigned,
        interpreters=await visit.diary.interpreters(),
        uses=USES,
        rows=range(HAPPENINGS),
    )


async def keep_file(visit: Visit, evidence_id: str, upload: Upload, key: str) -> None:
    """What was chosen in a form, if anything was."""
    if upload.content:
        await visit.testimony.keep_content(evidence_id, upload.content, upload.media_type, key)


def routes() -> APIRouter:
    router = APIRouter()
    router.include_router(_taking())
    router.include_router(_masking())
    router.include_router(_evidence())
    return router


def _taking() -> APIRouter:
    router = APIRouter()

    @router.get("/cases/{case_id}/statements")
    async def statements(visit: Visiting, case_id: Id) -> Response:
        return await show_statements(visit, case_id)

    @router.post("/cases/{case_id}/statements")
    async def take(
        visit: Visiting,
        case_id: Id,
        original: Said,
        language: Short,
        held_on: Short,
        person_id: Short = "",
        interviewer_id: Short = "",
        interpreter_id: Short = "",
        place: Short = "",
        translation: Said = "",
        harm: Happened = None,
        region: Happened = None,
        year: Happened = None,
        use: Chosen = None,
        proof: Words = "",
        token: Token = "",
    ) -> Response:
        if use and not proof:
            raise invalid("proof_missing")
        body = {
            "person_id": person_id or None,
            "interviewer_id": interviewer_id or None,
            "interpreter_id": interpreter_id or None,
            "language": language,
            "held_on": held_on,
            "place": place,
            "original": original,
            "translation": translation,
            "happenings": happenings(harm, region, year),
        }
        key = visit.key(token)
        taken = await visit.testimony.take(case_id, body, key)
        for place_of, one in enumerate(dict.fromkeys(use or ())):
            given = {"use": one, "proof": proof}
            version = taken.version + place_of
            await visit.testimony.change_statement(taken.id, "uses", given, version, f"{key}-{place_of}")
        return see(f"/statements/{taken.id}")

    @router.get("/statements/{statement_id}")
    async def statement(visit: Visiting, statement_id: Id, waiting: Annotated[bool, Query()] = False) -> Response:
        return await show_statement(visit, statement_id, waiting=waiting)

    @router.post("/statements/{statement_id}/versions")
    async def correct(
        visit: Visiting,
        statement_id: Id,
        version: Version,
        original: Said,
        why: Short,
        translation: Said = "",
        harm: Happened = None,
        region: Happened = None,
        year: Happened = None,
        token: Token = "",
    ) -> Response:
        coded = happenings(harm, region, year)
        body = {"original": original, "translation": translation, "happenings": coded, "why": why}
        await visit.testimony.change_statement(statement_id, "versions", body, version, visit.key(token))
        return see(f"/statements/{statement_id}")

    @router.post("/statements/{statement_id}/uses")
    async def consent(
        visit: Visiting,
        statement_id: Id,
        version: Version,
        use: Short,
        proof: Words = "",
        expires_on: Short = "",
        token: Token = "",
    ) -> Response:
        body = {"use": use, "proof": proof, "expires_on": expires_on or None}
        await visit.testimony.change_statement(statement_id, "uses", body, version, visit.key(token))
        return see(f"/statements/{statement_id}")

    @router.post("/statements/{statement_id}/withdrawal")
    async def withdraw(
        visit: Visiting, statement_id: Id, version: Version, use: Chosen = None, token: Token = ""
    ) -> Response:
        body = {"uses": use or []}
        await visit.testimony.change_statement(statement_id, "withdrawal", body, version, visit.key(token))
        return see(f"/statements/{statement_id}")

    return router


def _masking() -> APIRouter:
    router = APIRouter()

    @router.post("/statements/{statement_id}/masking")
    async def mask(
        visit: Visiting,
        statement_id: Id,
        version: Version,
        passage: Words = "",
        reason: Annotated[str, Form(max_length=300)] = "",
        use: Chosen = None,
        off: Annotated[list[int] | None, Form()] = None,
        token: Token = "",
    ) -> Response:
        """off: the places of masks that are to be taken off; that waits for somebody else."""
        seen = await visit.testimony.statement(statement_id)
        spans = [it.model_dump() for place, it in enumerate(seen.masks or ()) if place not in (off or ())]
        if passage:
            new = list(places(seen, passage, tuple(use or ()), reason))
            if not new or not use or not reason:
                raise invalid("passage_not_found")
            spans += new
        body = {"number": seen.words.number, "spans": spans}
        masked = await visit.testimony.mask(statement_id, body, version, visit.key(token))
        return see(f"/statements/{statement_id}" if masked.stands else f"/statements/{statement_id}?waiting=true")

    return router


def _evidence() -> APIRouter:
    router = APIRouter()

    @router.post("/statements/{statement_id}/evidence")
    @takes_up_to(FILE + FIELDS)
    async def register(visit: Visiting, statement_id: Id, request: Request) -> Response:
        upload = await read_upload(request, FILE)
        key = visit.key(upload.fields.get("token", ""))
        body = {name: upload.fields.get(name, "") for name in ("description", "received_from")}
        made = await visit.testimony.register(statement_id, body, key)
        await keep_file(visit, made.id, upload, f"{key}-file")
        return see(f"/evidence/{made.id}")

    @router.get("/evidence/{evidence_id}")
    async def evidence(visit: Visiting, evidence_id: Id, copying: Annotated[bool, Query()] = False) -> Response:
        found = await visit.testimony.evidence(evidence_id)
        return visit.page("evidence.html", evidence=found, copying=copying)

    @router.post("/evidence/{evidence_id}/content")
    @takes_up_to(FILE + FIELDS)
    async def keep(visit: Visiting, evidence_id: Id, request: Request) -> Response:
        upload = await read_upload(request, FILE)
        await keep_file(visit, evidence_id, upload, visit.key(upload.fields.get("token", "")))
        return see(f"/evidence/{evidence_id}")

    @router.get("/evidence/{evidence_id}/content")
    async def content(visit: Visiting, evidence_id: Id) -> Response:
        media_type, found = await visit.testimony.content_of(evidence_id)
        headers = {"Content-Disposition": f'attachment; filename="evidence-{evidence_id[:8]}"'}
        return Response(found, 200, headers, media_type)

    @router.post("/evidence/{evidence_id}/handovers")
    async def hand_over(
        visit: Visiting,
        evidence_id: Id,
        version: Version,
        given_by: Short,
        received_by: Short,
        reason: Annotated[str, Form(max_length=1000)],
        token: Token = "",
    ) -> Response:
        body = {"given_by": given_by, "received_by": received_by, "reason": reason}
        await visit.testimony.hand_over(evidence_id, body, version, visit.key(token))
        return see(f"/evidence/{evidence_id}")

    @router.post("/evidence/{evidence_id}/copies")
    async def copy(visit: Visiting, evidence_id: Id, token: Token = "") -> Response:
        await visit.testimony.copy_evidence(evidence_id, visit.key(token))
        return see(f"/evidence/{evidence_id}?copying=true")

    return router
