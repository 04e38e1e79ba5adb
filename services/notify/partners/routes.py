"""The HTTP door of partners."""

from datetime import date, timedelta

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.notify.partners.actions import agreements as actions
from services.notify.partners.model import Agreement, Kind, Particulars, Partner, Secrets, State
from shared.contracts.fields import Id
from shared.web import Change, Door, Limit, Look, Page, Post
from shared.work import Work


class AgreementBody(BaseModel):
    """What was agreed: news of which kinds, until the day before `expires_on`."""

    kinds: tuple[Kind, ...] = Field(max_length=20)
    expires_on: date

    def agreement(self) -> Agreement:
        return Agreement(frozenset(self.kinds), self.expires_on)


class PartnerBody(AgreementBody):
    """A new partner; webhooks go to `endpoint_url`."""

    name: str = Field(min_length=1, max_length=200)
    endpoint_url: str = Field(min_length=1, max_length=500)


class StateBody(BaseModel):
    """Where the partner goes."""

    state: State


class SecretsBody(BaseModel):
    """both_for_hours: how long the present secrets hold beside the new ones; 0 when they are known to somebody else."""

    both_for_hours: int = Field(default=24, ge=0, le=24 * 14)


class TermsView(BaseModel):
    """A partner without its name."""

    id: Id
    state: State
    kinds: tuple[str, ...]
    expires_on: date
    version: int


class PartnerView(TermsView):
    """A partner."""

    name: str
    endpoint_url: str


class NewSecretsView(TermsView):
    """A partner with its new Standard Webhooks secrets, told this once."""

    inbound_secret: str
    outbound_secret: str


def terms(partner: Partner) -> TermsView:
    return TermsView(
        id=partner.id,
        state=partner.state,
        kinds=tuple(sorted(partner.agreement.kinds)),
        expires_on=partner.agreement.expires_on,
        version=partner.version,
    )


def _new(partner: Partner, secrets: Secrets) -> NewSecretsView:
    view = terms(partner).model_dump()
    return NewSecretsView(**view, inbound_secret=secrets.inbound, outbound_secret=secrets.outbound)


async def _make(work: Work, body: PartnerBody, *, loopback_http: bool) -> NewSecretsView:
    particulars = Particulars(body.name, body.endpoint_url)
    return _new(*await actions.make(work, particulars, body.agreement(), loopback_http=loopback_http))


def view(partner: Partner, particulars: Particulars) -> PartnerView:
    return PartnerView(**terms(partner).model_dump(), **vars(particulars))


async def _list(work: Work, after: str | None, limit: int) -> Page[PartnerView]:
    partners = [view(*found) for found in await actions.see_partners(work, after, limit)]
    return Page.of(partners, limit, lambda partner: partner.id)


async def _see(work: Work, partner_id: str) -> PartnerView:
    return view(*await actions.see_partner(work, partner_id))


async def _move(work: Work, partner_id: str, version: int, to: State) -> TermsView:
    return terms(await actions.move(work, partner_id, version, to))


async def _agree(work: Work, partner_id: str, version: int, body: AgreementBody) -> TermsView:
    return terms(await actions.agree_anew(work, partner_id, version, body.agreement()))


async def _renew(work: Work, partner_id: str, version: int, body: SecretsBody) -> NewSecretsView:
    both_for = timedelta(hours=body.both_for_hours)
    return _new(*await actions.give_new_secrets(work, partner_id, version, both_for))


def routes(door: Door, *, loopback_http: bool) -> APIRouter:
    """loopback_http: an endpoint may be plain http on this machine, as on a developer's."""
    router = APIRouter(tags=["partners"])

    @router.post("/partners", response_model=NewSecretsView, status_code=201)
    async def make(body: PartnerBody, call: Post) -> Response:
        return await door.act(call, lambda work: _make(work, body, loopback_http=loopback_http), 201)

    @router.get("/partners", response_model=Page[PartnerView])
    async def see_partners(call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _list(work, after, limit))

    @router.get("/partners/{partner_id}", response_model=PartnerView)
    async def see_partner(partner_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see(work, partner_id))

    @router.post("/partners/{partner_id}/state", response_model=TermsView)
    async def move(partner_id: Id, body: StateBody, call: Change) -> Response:
        return await door.act(call, lambda work: _move(work, partner_id, call.version, body.state))

    @router.post("/partners/{partner_id}/agreement", response_model=TermsView)
    async def agree(partner_id: Id, body: AgreementBody, call: Change) -> Response:
        return await door.act(call, lambda work: _agree(work, partner_id, call.version, body))

    @router.post("/partners/{partner_id}/secrets", response_model=NewSecretsView)
    async def give_new_secrets(partner_id: Id, body: SecretsBody, call: Change) -> Response:
        return await door.act(call, lambda work: _renew(work, partner_id, call.version, body))

    return router
