"""The board: where everybody stands whose case one may see; who of a case stands at the same place shares a line."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.desk.clients import Intake
from services.desk.clients.intake import BoardRow
from services.desk.pages.visit import Visiting, see
from shared.contracts.fields import Id

ROWS = 200
ENOUGH = 50
"""A filtered page goes on looking until it has this many people."""

State = Annotated[str, Query(pattern="^[a-z_]{0,32}$")]


@dataclass(frozen=True)
class Line:
    """People of one case who stand at the same place."""

    case_id: str
    code_name: str
    state: str
    blocked_by: tuple[str, ...]
    people: int


def lines(rows: Sequence[BoardRow]) -> list[Line]:
    """By code name, those of a case together."""
    counted = Counter((row.code_name, row.case_id, row.state, row.blocked_by) for row in rows)
    return [
        Line(case, name, state, blocked, people) for (name, case, state, blocked), people in sorted(counted.items())
    ]


async def rows_in(intake: Intake, state: str, after: str | None) -> tuple[list[BoardRow], str | None]:
    """The next rows in a state, or in any, and where to go on. Errors: as the client."""
    found: list[BoardRow] = []
    while True:
        page = await intake.board(after, ROWS)
        found += [row for row in page.items if state in ("", row.state)]
        after = page.next
        if after is None or len(found) >= ENOUGH:
            return found, after


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/")
    async def first() -> Response:
        return see("/board")

    @router.get("/board")
    async def board(visit: Visiting, state: State = "", after: Id | None = None) -> Response:
        rows, following = await rows_in(visit.intake, state, after)
        return visit.page("board.html", lines=lines(rows), state=state, following=following, went_on=after is not None)

    return router
