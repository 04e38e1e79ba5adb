"""Breaking the glass: looking for one hour into a case that one is not assigned to, with a reason, and loudly.

Rule: each time is announced, so that somebody hears of it; the reason is kept under the case's key and leaves the
service asked in no event. What it opens the policies say: looks, never acts, neither a sealed programme nor
employability. Who is recused, and who asks for a case that is not, get one and the same answer.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, StringConstraints
from sqlalchemy import Column, Index, Table, insert, select

from shared.access import Resource, case_resource, is_known
from shared.access.grants import glass
from shared.clock import new_id
from shared.contracts.envelope import Event
from shared.contracts.fields import Id
from shared.contracts.glass import Breaking
from shared.database import FOUNDATION, Instant, ident, insert_for, paged
from shared.errors import conflict
from shared.vault import Encrypted, SubjectCipher
from shared.web.bodies import Limit, Page
from shared.web.calls import Look, Post
from shared.web.door import Door
from shared.work import Work

LASTS = timedelta(hours=1)
"""Of domain time."""

BREAKINGS = Table(
    "glass_breakings",
    FOUNDATION,
    Column("id", ident(), primary_key=True),
    Column("case_id", ident(), nullable=False),
    Column("actor_id", ident(), nullable=False),
    Column("at", Instant, nullable=False),
    Column("reason", Encrypted, nullable=False),
    Index(None, "case_id", "at"),
)


Announce = Callable[[Work, Breaking], Awaitable[None]]
"""Tells those who must hear of it, in the same transaction."""


def told_by(event: type[Event]) -> Announce:
    """It is told by this event of the service, which has the fields of `Breaking`: notify alerts."""

    async def announce(work: Work, made: Breaking) -> None:
        work.emit(event(**vars(made)))

    return announce


class ReasonBody(BaseModel):
    """Why it cannot wait for an assignment."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]


class GlassView(BaseModel):
    """The case can be seen until then."""

    id: Id
    until: AwareDatetime


class BreakingView(BaseModel):
    """Who broke the glass, when, and why: null once the case is erased."""

    id: Id
    actor_id: Id
    at: AwareDatetime
    reason: str | None


async def break_glass(work: Work, case_id: str, reason: str, announce: Announce) -> Breaking:
    """See the case for an hour. Breaking anew begins a new hour, and is announced like the first time.

    Errors: Refusal forbidden; not_found also for who is recused; conflict for who is assigned.
    """
    case = await _resource(work, case_id)
    work.permit("break_glass", case, see="see_case")
    if case.attributes["assigned"]:
        raise conflict("glass_not_needed", "You are assigned to this case.")
    until = work.now + LASTS
    made = Breaking(breaking_id=new_id(), case_id=case_id, actor_id=work.actor.id, at=work.now, until=until)
    await _let_in(work, made)
    await _write_down(work, made, reason)
    await announce(work, made)
    work.audit("break_glass", case_id=case_id, subjects=[made.breaking_id])
    return made


async def see_breakings(work: Work, case_id: str, after: str | None, limit: int) -> Page[BreakingView]:
    """Who broke the glass of a case here, and why, oldest first. Errors: Refusal not_found, forbidden."""
    work.permit("see_broken_glass", await _resource(work, case_id), see="see_case")
    query = select(BREAKINGS).where(BREAKINGS.c.case_id == case_id)
    rows = (await work.execute(paged(query, (BREAKINGS.c.at, BREAKINGS.c.id), after, limit))).all()
    cipher = (await work.ciphers([case_id])).get(case_id)
    items = tuple(
        BreakingView(id=row.id, actor_id=row.actor_id, at=row.at, reason=None if cipher is None else _open(cipher, row))
        for row in rows
    )
    work.audit("see_broken_glass", case_id=case_id, subjects=[item.id for item in items])
    return Page.of(items, limit, lambda item: item.id)


async def _resource(work: Work, case_id: str) -> Resource:
    return await case_resource(work, work.actor, case_id, known=await is_known(work, case_id))


async def _let_in(work: Work, made: Breaking) -> None:
    kind = insert_for(work.dialect, glass)
    row = {"case_id": made.case_id, "actor_id": made.actor_id, "until": made.until}
    anew = kind.on_conflict_do_update(
        index_elements=[glass.c.case_id, glass.c.actor_id], set_={"until": kind.excluded.until}
    )
    await work.execute(anew, row)


async def _write_down(work: Work, made: Breaking, reason: str) -> None:
    if made.case_id not in await work.ciphers([made.case_id]):
        # Not every service has had something to keep about the case itself.
        work.create_key(made.case_id)
    box = (await work.cipher(made.case_id)).encrypt_text(_context(made.breaking_id), reason)
    row = {"id": made.breaking_id, "case_id": made.case_id, "actor_id": made.actor_id, "at": made.at, "reason": box}
    await work.execute(insert(BREAKINGS), row)


def _open(cipher: SubjectCipher, row: Any) -> str:
    return cipher.decrypt_text(_context(row.id), row.reason)


def _context(breaking_id: str) -> str:
    return f"glass_breakings.reason/{breaking_id}"


def routes(door: Door, announce: Announce) -> APIRouter:
    router = APIRouter(tags=["glass"])

    async def _break(work: Work, case_id: str, reason: str) -> GlassView:
        made = await break_glass(work, case_id, reason, announce)
        return GlassView(id=made.breaking_id, until=made.until)

    @router.post("/cases/{case_id}/break-glass", response_model=GlassView, status_code=201)
    async def break_one(case_id: Id, body: ReasonBody, call: Post) -> Response:
        return await door.act(call, lambda work: _break(work, case_id, body.reason), 201)

    @router.get("/cases/{case_id}/break-glass", response_model=Page[BreakingView])
    async def see(case_id: Id, call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: see_breakings(work, case_id, after, limit))

    return router
