"""The HTTP door of documents and clearances."""

from datetime import date

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.logistics.documents import actions
from services.logistics.documents.model import Document, DocumentKind, Entry
from shared.contracts.fields import Id
from shared.vault import Incoming
from shared.web import Created, Door, Limit, Look, Page, Post, Send
from shared.web.bodies import takes_up_to
from shared.work import Work


class DocumentBody(BaseModel):
    """A paper as it was seen."""

    kind: DocumentKind
    issuing_country: str = Field(pattern="^[A-Z]{2}$")
    number: str = Field(min_length=1, max_length=64, pattern="^[A-Za-z0-9 /-]+$")
    valid_until: date


class DocumentView(DocumentBody):
    """A recorded paper."""

    id: Id


class WayView(BaseModel):
    """A country that lets the person in; cleared: its day has come and the papers are there."""

    country: str
    from_date: date
    cleared: bool


class ClearanceView(BaseModel):
    """Whether the person may travel, and where to."""

    person_id: Id
    cleared: bool
    ways: tuple[WayView, ...]


def view(document: Document) -> DocumentView:
    return DocumentView(**vars(document))


def way(entry: Entry) -> WayView:
    return WayView(country=entry.country, from_date=entry.from_date, cleared=entry.cleared_at is not None)


async def _record(work: Work, person_id: str, body: DocumentBody) -> DocumentView:
    return view(await actions.record(work, person_id, **body.model_dump()))


async def _page(work: Work, person_id: str, after: str | None, limit: int) -> Page[DocumentView]:
    documents = await actions.see_documents(work, person_id, after, limit)
    return Page.of([view(one) for one in documents], limit, lambda one: one.id)


async def _clearance(work: Work, person_id: str) -> ClearanceView:
    ways = tuple(map(way, await actions.see_clearance(work, person_id)))
    return ClearanceView(person_id=person_id, cleared=any(it.cleared for it in ways), ways=ways)


async def _add_scan(work: Work, document_id: str, incoming: Incoming) -> Created:
    return Created(id=await actions.add_scan(work, document_id, incoming))


_BINARY = {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in actions.SCANS.begins}
_SCAN_BODY = {"requestBody": {"required": True, "content": _BINARY}}
_SCAN_CONTENT = {"description": "The content of the file.", "content": _BINARY}


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["documents"])

    @router.post("/people/{person_id}/documents", response_model=DocumentView, status_code=201)
    async def record(person_id: Id, body: DocumentBody, call: Post) -> Response:
        return await door.act(call, lambda work: _record(work, person_id, body), 201)

    @router.get("/people/{person_id}/documents", response_model=Page[DocumentView])
    async def see_documents(person_id: Id, call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _page(work, person_id, after, limit))

    @router.post("/documents/{document_id}/scan", response_model=Created, status_code=201, openapi_extra=_SCAN_BODY)
    @takes_up_to(actions.SCANS.most)
    async def add_scan(document_id: Id, call: Send) -> Response:
        """Keep a scan of the document, in place of an earlier one; the body is the file."""
        return await door.take_in(
            call,
            actions.SCANS,
            lambda work: actions.begin_scan(work, document_id),
            lambda work, incoming: _add_scan(work, document_id, incoming),
        )

    @router.get("/documents/{document_id}/scan", response_class=Response, responses={200: _SCAN_CONTENT})
    async def see_scan(document_id: Id, call: Look) -> Response:
        """The scan of the document, as it was sent."""
        return await door.hand_out(call, lambda work: actions.see_scan(work, document_id))

    @router.get("/people/{person_id}/clearance", response_model=ClearanceView)
    async def see_clearance(person_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _clearance(work, person_id))

    return router
