"""Which requests go on as one: each that was merged names the one it goes with, and the case of that."""

from collections.abc import Collection

from sqlalchemy import select, update

from services.intake.requests.store.requests import REQUESTS
from shared.work import Work


async def set_root(work: Work, request_ids: Collection[str], root_id: str | None, case_id: str | None) -> None:
    """These go where `root_id` goes; None for what goes on alone."""
    gone = update(REQUESTS).where(REQUESTS.c.id.in_(request_ids))
    await work.execute(gone.values(merged_into=root_id, case_id=case_id))


async def follow_merged(work: Work, root_id: str, case_id: str | None) -> None:
    """What was merged into `root_id` becomes its case with it."""
    await work.execute(update(REQUESTS).where(REQUESTS.c.merged_into == root_id).values(case_id=case_id))


async def merged_into(work: Work, root_id: str) -> list[str]:
    query = select(REQUESTS.c.id).where(REQUESTS.c.merged_into == root_id).order_by(REQUESTS.c.id)
    return list((await work.execute(query)).scalars())


async def together_with(work: Work, request_ids: Collection[str]) -> frozenset[str]:
    """These requests, and all that go on as one with any of them."""
    stands = select(REQUESTS.c.id, REQUESTS.c.merged_into)
    named = (await work.execute(stands.where(REQUESTS.c.id.in_(request_ids)))).all()
    roots = {row.merged_into or row.id for row in named}
    merged = (await work.execute(stands.where(REQUESTS.c.merged_into.in_(roots)))).all()
    return frozenset({*roots, *(row.id for row in merged)})
