"""The deliveries table and every query on it. Instants of attempts and leases are real time, all others domain time."""

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Index,
    Integer,
    Select,
    String,
    Table,
    UniqueConstraint,
    func,
    insert,
    or_,
    select,
    update,
)

from services.notify.database import metadata
from services.notify.webhooks.model import IN_THE_WAY, SHARING_ENDED, Delivery
from shared.access import Actor, visible_cases
from shared.database import Instant, ident
from shared.errors import not_found
from shared.work import Work

DELIVERIES = Table(
    "deliveries",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("partner_id", ident(), nullable=False),
    Column("case_id", ident(), nullable=False),
    Column("place", Integer, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("webhook_id", ident(), nullable=False, unique=True),
    Column("sequence", Integer),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("first_attempt_at", Instant),
    Column("next_attempt_at", Instant),
    Column("lease", ident()),
    Column("leased_until", Instant),
    Column("settled_at", Instant),
    Column("version", Integer, nullable=False),
    UniqueConstraint("partner_id", "case_id", "place"),
    Index(None, "case_id"),
    Index(None, "state", "next_attempt_at"),
)

_COLUMNS = [DELIVERIES.c[field.name] for field in fields(Delivery)]
_NEWS = DELIVERIES.c.kind != SHARING_ENDED


def visible_to(actor: Actor, now: datetime) -> Select[Any]:
    """The deliveries that the actor may see: those about the cases they may see."""
    return select(*_COLUMNS).where(DELIVERIES.c.case_id.in_(visible_cases(actor, now)))


async def add(work: Work, delivery: Delivery) -> None:
    await work.execute(insert(DELIVERIES), vars(delivery))


async def load(work: Work, delivery_id: str) -> Delivery:
    """Errors: Refusal not_found."""
    row = (await work.execute(select(*_COLUMNS).where(DELIVERIES.c.id == delivery_id))).mappings().one_or_none()
    if row is None:
        raise not_found()
    return Delivery(**row)


async def page_of_case(work: Work, case_id: str, after: str | None, limit: int) -> list[Delivery]:
    return await _page(work, visible_to(work.actor, work.now).where(DELIVERIES.c.case_id == case_id), after, limit)


async def page_of_partner(work: Work, partner_id: str, after: str | None, limit: int) -> list[Delivery]:
    return await _page(work, select(*_COLUMNS).where(DELIVERIES.c.partner_id == partner_id), after, limit)


async def release(work: Work, case_id: str) -> list[str]:
    """Let what was held go; returns the ids."""
    held = DELIVERIES.c.state == "held"
    return await _settle(work, (DELIVERIES.c.case_id == case_id) & held, state="queued")


async def recall(work: Work, case_id: str) -> list[str]:
    """Take back what has not arrived; returns the ids."""
    open_news = _NEWS & DELIVERIES.c.state.in_(IN_THE_WAY)
    return await _settle(work, (DELIVERIES.c.case_id == case_id) & open_news, state="recalled", settled_at=work.now)


async def recall_one(work: Work, delivery_id: str) -> None:
    await _settle(work, DELIVERIES.c.id == delivery_id, state="recalled", settled_at=work.now)


async def knows(work: Work, partner_id: str, case_id: str) -> bool:
    """Whether something may have reached the partner since it was last told that the sharing ended."""
    of_case = (DELIVERIES.c.partner_id == partner_id) & (DELIVERIES.c.case_id == case_id)
    ended = select(func.coalesce(func.max(DELIVERIES.c.place), 0)).where(of_case, ~_NEWS).scalar_subquery()
    told = select(DELIVERIES.c.id).where(of_case, _NEWS, DELIVERIES.c.attempts > 0, DELIVERIES.c.place > ended)
    return (await work.execute(told.limit(1))).first() is not None


async def standing(work: Work, case_id: str) -> dict[str, int]:
    """How much news of the case was recalled for good, had left or may have, and how often its end was told."""
    of_case = DELIVERIES.c.case_id == case_id
    counted = {
        "recalled": _NEWS & (DELIVERIES.c.state == "recalled") & (DELIVERIES.c.attempts == 0),
        "delivered": _NEWS & (DELIVERIES.c.attempts > 0),
        "told_to_forget": ~_NEWS,
    }
    columns = [func.count().filter(which).label(name) for name, which in counted.items()]
    return dict((await work.execute(select(*columns).where(of_case))).mappings().one())


async def next_due(
    work: Work,
    real_now: datetime,
    shared: Table,
    active: Select[tuple[str]],
    frozen: Select[tuple[str]],
    full: Collection[str],
) -> Delivery | None:
    """A delivery whose turn has come, locked together with its row of `shared`; nobody else is sending it.

    What was recalled on its way is in the way too, until its attempt is over. frozen: cases of
    which only the end of the sharing may be told. full: partners of `active` to leave out.
    """
    earlier = DELIVERIES.alias("earlier")
    overtaken = select(earlier.c.id).where(
        earlier.c.partner_id == DELIVERIES.c.partner_id,
        earlier.c.case_id == DELIVERIES.c.case_id,
        earlier.c.place < DELIVERIES.c.place,
        earlier.c.state.in_(IN_THE_WAY) | ((earlier.c.state == "recalled") & (earlier.c.leased_until > real_now)),
    )
    of_it = (shared.c.partner_id == DELIVERIES.c.partner_id) & (shared.c.case_id == DELIVERIES.c.case_id)
    due = (
        select(*_COLUMNS)
        .join(shared, of_it)
        .where(
            DELIVERIES.c.state == "queued",
            or_(DELIVERIES.c.next_attempt_at.is_(None), DELIVERIES.c.next_attempt_at <= real_now),
            or_(DELIVERIES.c.leased_until.is_(None), DELIVERIES.c.leased_until <= real_now),
            DELIVERIES.c.partner_id.in_(active),
            DELIVERIES.c.partner_id.not_in(full),
            ~overtaken.exists(),
            or_(~_NEWS, DELIVERIES.c.case_id.not_in(frozen)),
        )
        .order_by(DELIVERIES.c.attempts, DELIVERIES.c.occurred_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = (await work.execute(due)).mappings().one_or_none()
    return None if row is None else Delivery(**row)


async def change_leased(work: Work, delivery_id: str, lease: str, **values: Any) -> bool:
    """End the lease, and change what is not settled; False when the lease or the delivery was over before."""
    leased = (DELIVERIES.c.id == delivery_id) & (DELIVERIES.c.lease == lease)
    ended = {"lease": None, "leased_until": None}
    if await _settle(work, leased & (DELIVERIES.c.state == "queued"), **values, **ended):
        return True
    await work.execute(update(DELIVERIES).where(leased).values(ended))
    return False


async def arrived(work: Work, delivery_id: str) -> bool:
    """Whatever was decided meanwhile: it is at the partner's. False when that was known."""
    unknown = (DELIVERIES.c.id == delivery_id) & (DELIVERIES.c.state != "delivered")
    ended = {"settled_at": work.now, "lease": None, "leased_until": None}
    return bool(await _settle(work, unknown, state="delivered", **ended))


async def begin(work: Work, delivery: Delivery, sequence: int, lease: str, real_now: datetime, until: datetime) -> None:
    """Lease a delivery for one attempt."""
    values = {
        "sequence": sequence,
        "attempts": delivery.attempts + 1,
        "first_attempt_at": delivery.first_attempt_at or real_now,
        "lease": lease,
        "leased_until": until,
    }
    await _settle(work, DELIVERIES.c.id == delivery.id, **values)


async def _settle(work: Work, which: Any, **values: Any) -> list[str]:
    changed = update(DELIVERIES).where(which).values(**values, version=DELIVERIES.c.version + 1)
    return list((await work.execute(changed.returning(DELIVERIES.c.id))).scalars())


async def _page(work: Work, query: Select[Any], after: str | None, limit: int) -> list[Delivery]:
    page = query.order_by(DELIVERIES.c.id).limit(limit)
    rows = await work.execute(page if after is None else page.where(DELIVERIES.c.id > after))
    return [Delivery(**row) for row in rows.mappings()]
