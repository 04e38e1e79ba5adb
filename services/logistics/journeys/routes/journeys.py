"""The HTTP door of journeys and their check-ins."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, Field

from services.logistics.journeys.actions import check_ins, travel
from services.logistics.journeys.actions.travel import JourneyDetails
from services.logistics.journeys.model.check_ins import Leg
from services.logistics.journeys.model.journeys import JourneyState, Plan, Route
from shared.contracts.fields import Id, Instant
from shared.web import Change, Door, Look, Post
from shared.web.bodies import Limit, Page
from shared.work import Work

Place = Annotated[str, Field(pattern="^[A-Z]{3}$")]
Word = Annotated[str, Field(min_length=1, max_length=80)]


class LegBody(BaseModel):
    """A leg; places are IATA codes, and a check-in is awaited at `expected_by`."""

    from_place: Place
    to_place: Place
    departs_at: AwareDatetime
    expected_by: AwareDatetime


class JourneyBody(BaseModel):
    """A journey of a group; duress_word: agreed with the travellers, never shown again."""

    person_ids: tuple[Id, ...] = Field(min_length=1, max_length=200)
    legs: tuple[LegBody, ...] = Field(min_length=1, max_length=20)
    destination_country: str = Field(pattern="^[A-Z]{2}$")
    duress_word: Word | None = None

    def plan(self) -> Plan:
        routes = tuple(Route(**leg.model_dump()) for leg in self.legs)
        return Plan(self.person_ids, routes, self.destination_country, self.duress_word)


class ManifestBody(BaseModel):
    """Who was counted on arrival."""

    person_ids: tuple[Id, ...] = Field(min_length=1, max_length=200)


class CheckInBody(BaseModel):
    """A report from a leg, 1 for the first; word: what was said with it."""

    leg: int = Field(ge=1, le=20)
    word: Word | None = None


class LegView(LegBody):
    """A leg and whether its report came; check_in_id: what missed and received check-ins are told of."""

    number: int
    check_in_id: Id
    checked_in_at: Instant | None


class JourneyView(BaseModel):
    """A journey of a group."""

    id: Id
    case_id: Id
    person_ids: tuple[Id, ...]
    destination_country: str
    state: JourneyState
    legs: tuple[LegView, ...]
    version: int


class CheckInView(BaseModel):
    """Thank you: the report was taken."""

    check_in_id: Id
    leg: int


def view(details: JourneyDetails) -> JourneyView:
    legs = tuple(map(leg_view, details.legs))
    return JourneyView(**vars(details.journey), destination_country=details.destination_country, legs=legs)


def leg_view(leg: Leg) -> LegView:
    return LegView(**vars(leg.route), number=leg.number, check_in_id=leg.id, checked_in_at=leg.checked_in_at)


async def _plan(work: Work, case_id: str, body: JourneyBody) -> JourneyView:
    return view(await travel.plan(work, case_id, body.plan()))


async def _depart(work: Work, journey_id: str, version: int) -> JourneyView:
    return view(await travel.depart(work, journey_id, version))


async def _arrive(work: Work, journey_id: str, version: int, body: ManifestBody) -> JourneyView:
    return view(await travel.arrive(work, journey_id, version, body.person_ids))


async def _call_off(work: Work, journey_id: str, version: int) -> JourneyView:
    return view(await travel.call_off(work, journey_id, version))


async def _check_in(work: Work, journey_id: str, body: CheckInBody) -> CheckInView:
    leg = await check_ins.check_in(work, journey_id, body.leg, body.word)
    return CheckInView(check_in_id=leg.id, leg=leg.number)


async def _page(work: Work, case_id: str, after: str | None, limit: int) -> Page[JourneyView]:
    journeys = await travel.see_journeys(work, case_id, after, limit)
    return Page.of([view(one) for one in journeys], limit, lambda one: one.id)


async def _journey(work: Work, journey_id: str) -> JourneyView:
    return view(await travel.see_journey(work, journey_id))


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["journeys"])

    @router.post("/cases/{case_id}/journeys", response_model=JourneyView, status_code=201)
    async def plan(case_id: Id, body: JourneyBody, call: Post) -> Response:
        return await door.act(call, lambda work: _plan(work, case_id, body), 201)

    @router.get("/cases/{case_id}/journeys", response_model=Page[JourneyView])
    async def see_journeys(case_id: Id, call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _page(work, case_id, after, limit))

    @router.get("/journeys/{journey_id}", response_model=JourneyView)
    async def see_journey(journey_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _journey(work, journey_id))

    @router.post("/journeys/{journey_id}/departure", response_model=JourneyView)
    async def depart(journey_id: Id, call: Change) -> Response:
        return await door.act(call, lambda work: _depart(work, journey_id, call.version))

    @router.post("/journeys/{journey_id}/check-ins", response_model=CheckInView, status_code=201)
    async def check_in(journey_id: Id, body: CheckInBody, call: Post) -> Response:
        return await door.act(call, lambda work: _check_in(work, journey_id, body), 201)

    @router.post("/journeys/{journey_id}/arrival", response_model=JourneyView)
    async def arrive(journey_id: Id, body: ManifestBody, call: Change) -> Response:
        return await door.act(call, lambda work: _arrive(work, journey_id, call.version, body))

    @router.post("/journeys/{journey_id}/cancellation", response_model=JourneyView)
    async def call_off(journey_id: Id, call: Change) -> Response:
        return await door.act(call, lambda work: _call_off(work, journey_id, call.version))

    return router
