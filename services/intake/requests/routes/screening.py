"""Whether an ask is for us, how urgent it is, and whether who it is about agrees."""

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, Field

from services.intake.people.model.safe_contact import Channel
from services.intake.requests.actions import screening as actions
from services.intake.requests.actions.screening import Tell
from services.intake.requests.model import Urgency
from services.intake.requests.model.asking import Agreement
from services.intake.requests.model.contacting import Whom
from services.intake.requests.model.screening import Ending, Heard, Outcome, Verdict
from services.intake.requests.routes.views import RequestView, view
from shared.contracts.fields import Id
from shared.web import Change, Door, Look
from shared.work import Work

Said = Field(default="", max_length=4000)


class ScreeningBody(BaseModel):
    """Whether it is for us, and how urgent. What is not has an ending with its reason and, but for spam, an answer."""

    in_scope: bool
    urgency: Urgency = "normal"
    ends_as: Ending = "out_of_scope"
    reason: str = Said
    answer: str = Said

    def verdict(self) -> Verdict:
        return Verdict(self.urgency, None if self.in_scope else self.ends_as, self.reason, self.answer)


class ReasonBody(BaseModel):
    """Why."""

    reason: str = Field(min_length=1, max_length=4000)


class UrgencyBody(BaseModel):
    """How urgent it is by what is known now."""

    urgency: Urgency


class AgreementBody(BaseModel):
    """Whether the person for whom somebody asked agrees, and whether it is safe to contact them."""

    person_agrees: Agreement
    contact_person: bool = False


class HeardBody(BaseModel):
    """On which channel somebody said something, and whether it was the person or who asked for them."""

    how: Channel
    whom: Whom = "person"


class WithdrawalBody(HeardBody):
    """That somebody takes back what they asked, and what they said. Not for what came by a receipt: that is known."""

    reason: str = Said


class ScreeningView(BaseModel):
    """One step of the screening; heard: how a withdrawal was said, if it was one."""

    id: Id
    outcome: Outcome
    reason: str
    answer: str
    by: Id
    at: AwareDatetime
    heard: HeardBody | None


class ScreeningsView(BaseModel):
    """All steps, oldest first."""

    items: tuple[ScreeningView, ...]


async def _screen(work: Work, request_id: str, version: int, body: ScreeningBody, tell: Tell) -> RequestView:
    return view(await actions.screen(work, request_id, version, body.verdict(), tell))


async def _withdraw(work: Work, request_id: str, version: int, body: WithdrawalBody) -> RequestView:
    heard = Heard(body.how, body.whom)
    return view(await actions.record_withdrawal(work, request_id, version, heard, body.reason))


async def _reopen(work: Work, request_id: str, version: int, reason: str) -> RequestView:
    return view(await actions.reopen(work, request_id, version, reason))


async def _urgency(work: Work, request_id: str, version: int, urgency: Urgency) -> RequestView:
    return view(await actions.set_urgency(work, request_id, version, urgency))


async def _agreement(work: Work, request_id: str, version: int, body: AgreementBody) -> RequestView:
    contact = body.contact_person
    return view(await actions.note_agreement(work, request_id, version, body.person_agrees, contact_person=contact))


async def _see(work: Work, request_id: str) -> ScreeningsView:
    steps = await actions.see_screenings(work, request_id)
    return ScreeningsView(items=tuple(ScreeningView.model_validate(one, from_attributes=True) for one in steps))


def routes(door: Door, tell: Tell) -> APIRouter:
    """tell: how who asked is told what a screening answers."""
    router = APIRouter()

    @router.post("/requests/{request_id}/screening", response_model=RequestView)
    async def screen(request_id: Id, body: ScreeningBody, call: Change) -> Response:
        return await door.act(call, lambda work: _screen(work, request_id, call.version, body, tell))

    @router.post("/requests/{request_id}/withdrawal", response_model=RequestView)
    async def withdraw(request_id: Id, body: WithdrawalBody, call: Change) -> Response:
        return await door.act(call, lambda work: _withdraw(work, request_id, call.version, body))

    @router.get("/requests/{request_id}/screenings", response_model=ScreeningsView)
    async def see_screenings(request_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see(work, request_id))

    @router.post("/requests/{request_id}/reopening", response_model=RequestView)
    async def reopen(request_id: Id, body: ReasonBody, call: Change) -> Response:
        return await door.act(call, lambda work: _reopen(work, request_id, call.version, body.reason))

    @router.post("/requests/{request_id}/urgency", response_model=RequestView)
    async def set_urgency(request_id: Id, body: UrgencyBody, call: Change) -> Response:
        return await door.act(call, lambda work: _urgency(work, request_id, call.version, body.urgency))

    @router.post("/requests/{request_id}/agreement", response_model=RequestView)
    async def note_agreement(request_id: Id, body: AgreementBody, call: Change) -> Response:
        return await door.act(call, lambda work: _agreement(work, request_id, call.version, body))

    return router
