"""Whose a request is that became a case: its principal applicant, wherever they are on a case later."""

from collections.abc import Collection

from sqlalchemy import or_, select, update

from services.intake.requests.model.asking import HelpRequest, Telling
from services.intake.requests.store.requests import REQUESTS, opened
from shared.work import Work


async def of_person(work: Work, person_id: str, *, merged: bool) -> list[tuple[HelpRequest, Telling]]:
    """Oldest first; who was erased has none. merged: with what was merged into theirs."""
    theirs = REQUESTS.c.person_id == person_id
    if merged:
        theirs = or_(theirs, REQUESTS.c.merged_into.in_(select(REQUESTS.c.id).where(theirs)))
    query = select(REQUESTS).where(theirs).order_by(REQUESTS.c.received_at, REQUESTS.c.id)
    rows = (await work.execute(query)).all()
    ciphers = await work.ciphers([row.id for row in rows])
    return [opened(ciphers[row.id], row) for row in rows if row.id in ciphers]


async def person_of(work: Work, request_id: str) -> str | None:
    return (await work.execute(select(REQUESTS.c.person_id).where(REQUESTS.c.id == request_id))).scalar_one_or_none()


async def forget(work: Work, person_ids: Collection[str]) -> None:
    """Of what stays nothing says any more that it is theirs."""
    await work.execute(update(REQUESTS).where(REQUESTS.c.person_id.in_(person_ids)).values(person_id=None))
