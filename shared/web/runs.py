"""How far a run has come, for the one who asked for it. What it came to is read where it belongs."""

from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from shared.contracts.fields import Id
from shared.runs import Run, State, see_run
from shared.web.calls import Look
from shared.web.door import Door
from shared.work import Work


class RunView(BaseModel):
    """A computation that was asked for."""

    id: Id
    kind: str
    subject: Id = Field(description="What it is about.")
    state: State
    why: str | None = Field(description="Of a failed one: one word, such as timed_out or out_of_memory.")
    asked_at: datetime
    ended_at: datetime | None


def run_view(run: Run) -> RunView:
    return RunView(**{name: getattr(run, name) for name in RunView.model_fields})


async def _see(work: Work, run_id: str) -> RunView:
    return run_view(await see_run(work, run_id))


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["runs"])

    @router.get("/runs/{run_id}", response_model=RunView)
    async def see(run_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see(work, run_id))

    return router
