"""The HTTP door of disclosures."""

from datetime import date, datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.settlement.programmes.actions import disclosures as actions
from services.settlement.programmes.actions.disclosures import Proposal
from services.settlement.programmes.model.disclosure import Figure, State, digest
from services.settlement.programmes.routes.naming import PROGRAMMES
from shared.contracts.fields import Id
from shared.web import Door, Look, Post
from shared.work import Work


class DisclosureBody(BaseModel):
    """Which figures are to be said in public, as of which day, and on whose word.

    opens: the programme itself is disclosed with them; then all figures are named.
    """

    figures: tuple[Figure, ...] = Field(min_length=1, max_length=2)
    as_of: date
    source: str = Field(min_length=1, max_length=500)
    opens: bool = False


class SignatureBody(BaseModel):
    """The digest of the preview that the signer saw, and whether they accept all that is derivable from it."""

    content_digest: str = Field(pattern="^[0-9a-f]{64}$")
    accept: bool = True


class ValueView(BaseModel):
    """A figure as it would be published, and what the public knows or counts today."""

    figure: Figure
    value: int
    published_before: int


class CellView(BaseModel):
    """A number that follows by subtraction; small: under the threshold of suppression."""

    cell: str
    value: int
    small: bool


class DisclosureView(BaseModel):
    """A proposal with all that its signers accept."""

    id: Id
    programme_id: Id
    state: State
    proposed_by: Id
    expires_at: datetime
    figures: tuple[ValueView, ...]
    derivable: tuple[CellView, ...]
    as_of: date
    source: str
    opens: bool
    content_digest: str
    version: int


def view(proposal: Proposal) -> DisclosureView:
    disclosure, preview = proposal.disclosure, proposal.preview
    return DisclosureView(
        id=disclosure.id,
        programme_id=disclosure.programme_id,
        state=disclosure.state,
        proposed_by=disclosure.proposed_by,
        expires_at=disclosure.expires_at,
        figures=tuple(ValueView(**vars(value)) for value in preview.figures),
        derivable=tuple(CellView(**vars(cell)) for cell in preview.derivable),
        as_of=preview.as_of,
        source=preview.source,
        opens=preview.opens,
        content_digest=digest(proposal.content),
        version=disclosure.version,
    )


async def _propose(work: Work, programme_id: str, body: DisclosureBody) -> DisclosureView:
    proposal = await actions.propose_disclosure(
        work, programme_id, body.figures, body.as_of, body.source, opens=body.opens
    )
    return view(proposal)


async def _sign(work: Work, disclosure_id: str, body: SignatureBody) -> DisclosureView:
    return view(await actions.sign(work, disclosure_id, body.content_digest, accept=body.accept))


async def _see(work: Work, disclosure_id: str) -> DisclosureView:
    return view(await actions.see_disclosure(work, disclosure_id))


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["disclosures"], route_class=PROGRAMMES)

    @router.post("/programmes/{programme_id}/disclosures", response_model=DisclosureView, status_code=201)
    async def propose(programme_id: Id, body: DisclosureBody, call: Post) -> Response:
        return await door.act(call, lambda work: _propose(work, programme_id, body), 201)

    @router.post("/disclosures/{disclosure_id}/signatures", response_model=DisclosureView)
    async def sign(disclosure_id: Id, body: SignatureBody, call: Post) -> Response:
        return await door.act(call, lambda work: _sign(work, disclosure_id, body))

    @router.get("/disclosures/{disclosure_id}", response_model=DisclosureView)
    async def see_disclosure(disclosure_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see(work, disclosure_id))

    return router
