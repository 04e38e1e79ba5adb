"""The HTTP door of transfers."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.intake.cases.actions import transfers as actions
from services.intake.cases.model.assignment import Transfer, TransferState
from shared.contracts.fields import Id, Instant
from shared.web import Change, Door, Limit, Look, Page, Post
from shared.work import Work


class OfferBody(BaseModel):
    """To whom the case is offered, and what they must know before they say yes; they do not see the case yet."""

    to: Id
    note: str = Field(default="", max_length=4000)


class AnswerBody(BaseModel):
    """What the one to whom it is offered says."""

    accept: bool


class TransferView(BaseModel):
    """A case that somebody offers to somebody else."""

    id: Id
    case_id: Id
    code_name: str
    giver_id: Id
    taker_id: Id
    state: TransferState
    note: str
    offered_at: Instant
    expires_at: Instant
    version: int


def view(transfer: Transfer) -> TransferView:
    return TransferView.model_validate(transfer, from_attributes=True)


async def _offer(work: Work, case_id: str, body: OfferBody) -> TransferView:
    return view(await actions.offer(work, case_id, body.to, body.note))


async def _list(work: Work, after: str | None, limit: int) -> Page[TransferView]:
    return Page.from_slice(await actions.see_transfers(work, after, limit), view)


async def _see(work: Work, transfer_id: str) -> TransferView:
    return view(await actions.see_transfer(work, transfer_id))


async def _answer(work: Work, transfer_id: str, version: int, body: AnswerBody) -> TransferView:
    return view(await actions.answer(work, transfer_id, version, accept=body.accept))


async def _withdraw(work: Work, transfer_id: str, version: int) -> TransferView:
    return view(await actions.withdraw(work, transfer_id, version))


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["cases"])

    @router.post("/cases/{case_id}/transfers", response_model=TransferView, status_code=201)
    async def offer(case_id: Id, body: OfferBody, call: Post) -> Response:
        return await door.act(call, lambda work: _offer(work, case_id, body), 201)

    @router.get("/transfers", response_model=Page[TransferView])
    async def see_transfers(call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _list(work, after, limit))

    @router.get("/transfers/{transfer_id}", response_model=TransferView)
    async def see_transfer(transfer_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see(work, transfer_id))

    @router.post("/transfers/{transfer_id}/answer", response_model=TransferView)
    async def answer(transfer_id: Id, body: AnswerBody, call: Change) -> Response:
        return await door.act(call, lambda work: _answer(work, transfer_id, call.version, body))

    @router.post("/transfers/{transfer_id}/withdrawal", response_model=TransferView)
    async def withdraw(transfer_id: Id, call: Change) -> Response:
        return await door.act(call, lambda work: _withdraw(work, transfer_id, call.version))

    return router
