"""The public door of the figures: no token, no key, the same answer for everybody."""

from datetime import date

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from services.notify.disclosure import actions
from services.notify.disclosure.model import FigureName
from shared.web import Anybody, Door
from shared.work import Work


class FigureView(BaseModel):
    """A published number with its definition, date and source; null when it is too small to be told."""

    model_config = ConfigDict(from_attributes=True)

    figure: FigureName
    value: int | None
    suppressed: bool
    definition: str
    as_of: date
    source: str
    disclosed: bool


class FiguresView(BaseModel):
    """All figures, always in the same order."""

    figures: tuple[FigureView, ...]


async def _figures(work: Work, threshold: int) -> FiguresView:
    figures = await actions.see_figures(work, threshold)
    return FiguresView(figures=tuple(FigureView.model_validate(figure) for figure in figures))


def routes(door: Door, *, threshold: int) -> APIRouter:
    """threshold: numbers below it are suppressed."""
    router = APIRouter(tags=["figures"])

    @router.get("/figures", response_model=FiguresView)
    async def see_figures(call: Anybody) -> Response:
        return await door.look(call, lambda work: _figures(work, threshold))

    return router
