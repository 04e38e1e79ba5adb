"""The HTTP door of masking."""

from collections.abc import Collection

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.intake.testimony.actions import masking as actions
from services.intake.testimony.model.masks import Masking, Span, Text
from services.intake.testimony.model.statements import Use
from shared.contracts.fields import Id
from shared.web import Change, Door, Look, Post
from shared.work import Work


class SpanBody(BaseModel):
    """A passage that is hidden in some uses: characters start to end, without end, of one of the two texts."""

    text: Text
    start: int = Field(ge=0, le=50_000)
    end: int = Field(ge=1, le=50_000)
    uses: tuple[Use, ...] = Field(min_length=1, max_length=10)
    reason: str = Field(min_length=1, max_length=300)


class MaskingBody(BaseModel):
    """All passages of a version that are hidden from now on; an empty list says that nothing need be."""

    number: int = Field(ge=1, le=10_000)
    spans: tuple[SpanBody, ...] = Field(max_length=200)

    def of(self) -> tuple[Span, ...]:
        return tuple(Span(**it.model_dump()) for it in self.spans)


class MaskingView(MaskingBody):
    """stands: false while a second person has to agree, because it uncovers something."""

    id: Id
    statement_id: Id
    set_by: Id
    approval_id: Id | None
    stands: bool


class ProposedView(MaskingView):
    """A masking with the words that it is of, for the one who decides."""

    original: str
    translation: str


class VerdictBody(BaseModel):
    """What the second person says."""

    approve: bool


class ExcerptView(BaseModel):
    """What a use would read of a statement."""

    statement_id: Id
    number: int
    use: Use
    original: str
    translation: str


def span_views(spans: Collection[Span]) -> tuple[SpanBody, ...]:
    return tuple(SpanBody(**vars(it)) for it in spans)


def _facts(masking: Masking) -> dict[str, object]:
    named = {
        name: getattr(masking, name) for name in ("id", "statement_id", "number", "set_by", "approval_id", "stands")
    }
    return {**named, "spans": span_views(masking.spans)}


def view(masking: Masking) -> MaskingView:
    return MaskingView.model_validate(_facts(masking))


async def _mask(work: Work, statement_id: str, version: int, body: MaskingBody) -> MaskingView:
    return view(await actions.mask(work, statement_id, version, body.number, body.of()))


async def _decide(work: Work, masking_id: str, body: VerdictBody) -> MaskingView:
    return view(await actions.decide(work, masking_id, approve=body.approve))


async def _see(work: Work, masking_id: str) -> ProposedView:
    masking, words = await actions.see_masking(work, masking_id)
    shown = {"original": words.original, "translation": words.translation}
    return ProposedView.model_validate({**_facts(masking), **shown})


async def _excerpt(work: Work, statement_id: str, use: Use) -> ExcerptView:
    words, original, translation = await actions.see_excerpt(work, statement_id, use)
    where = {"statement_id": statement_id, "number": words.number, "use": use}
    return ExcerptView.model_validate({**where, "original": original, "translation": translation})


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["testimony"])

    @router.post("/statements/{statement_id}/masking", response_model=MaskingView)
    async def mask(statement_id: Id, body: MaskingBody, call: Change) -> Response:
        """Hide these passages and no others; what uncovers something waits for a second person."""
        return await door.act(call, lambda work: _mask(work, statement_id, call.version, body))

    @router.get("/statements/{statement_id}/excerpt", response_model=ExcerptView)
    async def see_excerpt(statement_id: Id, use: Use, call: Look) -> Response:
        return await door.look(call, lambda work: _excerpt(work, statement_id, use))

    @router.get("/maskings/{masking_id}", response_model=ProposedView)
    async def see_masking(masking_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see(work, masking_id))

    @router.post("/maskings/{masking_id}/decision", response_model=MaskingView)
    async def decide_masking(masking_id: Id, body: VerdictBody, call: Post) -> Response:
        return await door.act(call, lambda work: _decide(work, masking_id, body))

    return router
