"""The HTTP door of webhooks."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, ValidationError

from services.notify.webhooks.actions import deliveries, referrals
from services.notify.webhooks.model import Delivery, State
from shared.access import Actor
from shared.contracts.fields import Id
from shared.errors import invalid
from shared.web import Anybody, Change, Door, Limit, Look, Page
from shared.web.calls import Caller
from shared.work import Work


class DocumentBody(BaseModel):
    """A compact JWE to intake's registered key."""

    document: str = Field(max_length=60_000, pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*){4}$")


class ReferralBody(BaseModel):
    """What a partner's webhook says."""

    type: Literal["referral.created"]
    data: DocumentBody


class ReferralView(BaseModel):
    """The receipt."""

    referral_id: Id


class DeliveryView(BaseModel):
    """A piece of news for a partner; `sequence` is the partner's number of it, once it left."""

    id: Id
    kind: str
    state: State
    attempts: int
    sequence: int | None
    occurred_at: datetime
    settled_at: datetime | None
    version: int


def view(delivery: Delivery) -> DeliveryView:
    return DeliveryView.model_validate(delivery, from_attributes=True)


async def _receive(work: Work, partner_id: str, headers: Mapping[str, str], body: bytes) -> ReferralView:
    webhook_id = await referrals.prove(work, partner_id, headers, body)
    try:
        document = ReferralBody.model_validate_json(body).data.document
    except ValidationError as error:
        raise invalid("not_a_referral", "Send a referral.created with a compact JWE as its document.") from error
    return ReferralView(referral_id=await referrals.receive(work, partner_id, webhook_id, document))


def _page(found: list[Delivery], limit: int) -> Page[DeliveryView]:
    return Page.of([view(delivery) for delivery in found], limit, lambda delivery: delivery.id)


async def _of_case(work: Work, case_id: str, after: str | None, limit: int) -> Page[DeliveryView]:
    return _page(await deliveries.see_of_case(work, case_id, after, limit), limit)


async def _of_partner(work: Work, partner_id: str, after: str | None, limit: int) -> Page[DeliveryView]:
    return _page(await deliveries.see_of_partner(work, partner_id, after, limit), limit)


async def _see(work: Work, delivery_id: str) -> DeliveryView:
    return view(await deliveries.see_delivery(work, delivery_id))


async def _retry(work: Work, delivery_id: str, version: int) -> DeliveryView:
    return view(await deliveries.retry(work, delivery_id, version))


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["webhooks"])

    @router.post("/partners/{partner_id}/referrals", response_model=ReferralView, status_code=202)
    async def receive(partner_id: Id, request: Request, call: Anybody) -> Response:
        body = await request.body()
        # Nothing is done or written in this name before the signature has proved it.
        partner = Caller(Actor(partner_id, "partner"), call.cause)
        answer = await door.look(partner, lambda work: _receive(work, partner_id, request.headers, body))
        answer.status_code = 202
        return answer

    @router.get("/cases/{case_id}/deliveries", response_model=Page[DeliveryView])
    async def see_of_case(case_id: Id, call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _of_case(work, case_id, after, limit))

    @router.get("/partners/{partner_id}/deliveries", response_model=Page[DeliveryView])
    async def see_of_partner(partner_id: Id, call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _of_partner(work, partner_id, after, limit))

    @router.get("/deliveries/{delivery_id}", response_model=DeliveryView)
    async def see_delivery(delivery_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see(work, delivery_id))

    @router.post("/deliveries/{delivery_id}/retry", response_model=DeliveryView)
    async def retry(delivery_id: Id, call: Change) -> Response:
        return await door.act(call, lambda work: _retry(work, delivery_id, call.version))

    return router
