"""What is under way in an installation, and what went wrong in its order of events.

Rule: an installation is at rest when every outbox is empty, every durable has acknowledged everything, no timer is due,
nothing is queued for a partner, and every audit log is linked and told to the others; only then is its domain worth
looking at, and then nothing may wait or be parked every stream holds each event once, and every consumer has applied
each publisher's last event of every key.
"""

import asyncio
import time
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from deploy import bus
from deploy.local.clock_moves import read_clock
from deploy.local.house import SERVICES, Plan
from deploy.local.keys import seed_path
from services.notify.webhooks.store.deliveries import DELIVERIES
from shared.audit import AUDIT, CHAIN, LINKS
from shared.contracts.topology import LODESTAR, stream_of
from shared.database import Database, opened
from shared.errors import Refusal
from shared.messaging.inbox_rows import CURSORS, PARKED, WAITING
from shared.messaging.outbox import HEADS, OUTBOX
from shared.timers import TIMERS
from tests.support.world import read

PATIENCE_S = 150.0
"""Longer than the lease of a webhook whose sender was killed."""

Unrest = dict[str, int]
"""How much of what is left to do; empty at rest."""


async def at_rest(plan: Plan) -> None:
    """Return when nothing is under way; twice, because what ends may begin something. Errors: AssertionError."""
    until = time.monotonic() + PATIENCE_S
    quiet = 0
    while quiet < 2:
        left = await unrest(plan)
        quiet = 0 if left else quiet + 1
        assert time.monotonic() < until, f"still under way after {PATIENCE_S:g} s: {left}"
        await asyncio.sleep(0.3)


async def unrest(plan: Plan) -> Unrest:
    """What is under way now."""
    operator = seed_path(plan.state.keys, bus.OPERATOR)
    try:
        now = await read_clock(plan.nats.url, operator)
        streams = await bus.show(plan.nats.url, operator, LODESTAR)
    except Refusal:
        return {"bus": 1}
    readers = [durable for stream in streams for durable in stream.durables]
    left = {durable.name: durable.pending + durable.ack_pending for durable in readers}
    for service in SERVICES:
        async with opened(_database(plan, service)) as database:
            for what, statement in _work_of(service, now).items():
                left[f"{service} {what}"] = await _count(database, statement)
    return {what: count for what, count in left.items() if count}


def _work_of(service: str, now: datetime) -> dict[str, Any]:
    work = {
        "unpublished": _counting(OUTBOX).where(OUTBOX.c.published_at.is_(None)),
        "due": _counting(TIMERS).where(TIMERS.c.due_at <= now),
        "unlinked": _counting(AUDIT).where(AUDIT.c.seq.not_in(select(LINKS.c.seq))),
        "untold": _counting(LINKS).where(LINKS.c.number > select(CHAIN.c.told).scalar_subquery()),
    }
    if service == "notify":
        work["queued"] = _counting(DELIVERIES).where(DELIVERIES.c.state == "queued")
    return work


async def disorder(plan: Plan) -> list[str]:
    """What the order of events left behind in an installation at rest; must be empty."""
    streams = await bus.show(plan.nats.url, seed_path(plan.state.keys, bus.OPERATOR), LODESTAR)
    held = {stream.name: stream.messages for stream in streams}
    found: list[str] = []
    heads: dict[str, dict[str, int]] = {}
    cursors: dict[tuple[str, str], dict[str, int]] = {}
    for service in SERVICES:
        async with opened(_database(plan, service)) as database:
            waiting = await read(database, select(WAITING))
            parked = await read(database, select(PARKED.c.subject, PARKED.c.reason))
            found += [f"{service}: {row['publisher']} {row['revision']} waits" for row in waiting]
            found += [f"{service}: {row['subject'].rsplit('.', 1)[0]} parked, {row['reason']}" for row in parked]
            heads[service] = {row["key"]: row["revision"] for row in await read(database, select(HEADS))}
            for row in await read(database, select(CURSORS)):
                cursors.setdefault((service, row["publisher"]), {})[row["key"]] = row["revision"]
    behind = [
        f"{durable.name} is not where {durable.publisher} is"
        for durable in LODESTAR.durables
        if cursors.get((durable.consumer, durable.publisher), {}) != heads[durable.publisher]
    ]
    lost = [
        f"{stream_of(service)} holds {held[stream_of(service)]} events of {sum(keys.values())}"
        for service, keys in heads.items()
        if held[stream_of(service)] != sum(keys.values())
    ]
    return [*found, *behind, *lost]


def _database(plan: Plan, service: str) -> str:
    return plan.environment(service)["LODESTAR_DATABASE_URL"]


def _counting(table: Any) -> Any:
    return select(func.count().label("count")).select_from(table)


async def _count(database: Database, statement: Any) -> int:
    return int((await read(database, statement))[0]["count"])
