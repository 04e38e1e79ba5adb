"""The audit log for auditors: who did or saw what, about whom, since when. The same in all services.

Rule: a look at the log is on the log. Rows that name what an auditor may not know are left out, and neither a number
nor a cursor tells that they are there.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel
from sqlalchemy import Select

from shared.access import Resource
from shared.audit import AuditEntry
from shared.audit.search import rows_about
from shared.contracts.fields import Id
from shared.errors import Refusal, invalid
from shared.unknown import ASKS_THE_LOG, Unknown, Unseen, in_vain, nothing, read, recusals
from shared.vault import Ciphertext
from shared.web.bodies import Limit
from shared.web.calls import Look
from shared.web.door import Door
from shared.work import Work

_LOG = Resource("AuditLog", "all", {})
_CONTEXT = "audit.after"

After = Annotated[str | None, Query(max_length=400, pattern="^[A-Za-z0-9_=-]+$", description="`next` of a page.")]
Since = Annotated[AwareDatetime | None, Query(description="Rows written at or after this instant.")]


class AuditRow(BaseModel):
    """Somebody did or saw something: `subjects` are the ids of what was touched or shown; a denied one saw nothing."""

    at: datetime
    actor_id: str
    actor_kind: str
    verb: str
    case_id: str | None
    subjects: tuple[str, ...]
    correlation_id: str
    denied: bool


class AuditPage(BaseModel):
    """Rows in order of the chain; `next` is the value for `after`, null at the end."""

    items: tuple[AuditRow, ...]
    next: str | None


async def see_audit(
    work: Work,
    unknown: Unknown,
    subject: str | None,
    case_id: str | None,
    since: datetime | None,
    after: str | None,
    limit: int,
) -> AuditPage:
    """Errors: Refusal forbidden; invalid when `after` is no cursor of this service."""
    work.permit("see_audit", _LOG)
    ids = [one for one in (subject, case_id) if one is not None]
    (begin, seen), away = _opened(work, after), await recusals(work)

    async def unseen(work: Work, rows: Sequence[AuditEntry]) -> Unseen:
        return Unseen(away) | await unknown(work, rows)

    def behind(place: int | None) -> Select[Any]:
        return rows_about(ids, since=since, after=begin if place is None else place)

    found = await read(work, behind, unseen, limit, ids)
    seen = seen or not all(in_vain(row) for _, row in found)
    # Named twice is what something was found of: who asks in vain says nothing of what there is.
    times = 0 if subject is None else 1 + seen
    work.audit(ASKS_THE_LOG, case_id=case_id, subjects=[subject or ""] * times)
    following = _sealed(work, found[-1][0], seen=seen) if len(found) == limit else None
    return AuditPage(items=tuple(_view(row) for _, row in found), next=following)


def _view(row: AuditEntry) -> AuditRow:
    return AuditRow(**{name: getattr(row, name) for name in AuditRow.model_fields})


def _sealed(work: Work, place: int, *, seen: bool) -> str:
    """A cursor that does not say how many rows lie before it. seen: whether anything was found so far."""
    return urlsafe_b64encode(work.vault.own().encrypt(_CONTEXT, b"%016d%d" % (place, seen)).box).decode()


def _opened(work: Work, after: str | None) -> tuple[int, bool]:
    if after is None:
        return 0, False
    try:
        raw = work.vault.own().decrypt(_CONTEXT, Ciphertext(urlsafe_b64decode(after)))
        return int(raw[:-1]), raw[-1:] == b"1"
    except (Refusal, ValueError) as error:
        raise invalid("cursor_unreadable", "Send `after` as a page gave it.") from error


def routes(door: Door, unknown: Unknown = nothing) -> APIRouter:
    """unknown: what an auditor of this service may not know, besides the cases that they are recused from."""
    router = APIRouter(tags=["audit"])

    @router.get("/audit", response_model=AuditPage)
    async def audit(
        call: Look,
        subject: Id | None = None,
        case_id: Id | None = None,
        since: Since = None,
        after: After = None,
        limit: Limit = 50,
    ) -> Response:
        return await door.look(call, lambda work: see_audit(work, unknown, subject, case_id, since, after, limit))

    return router
