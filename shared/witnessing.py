"""Services bear witness to each other's audit logs: each tells the head of its chain, and keeps what it hears.

Rule: neither telling nor hearing writes an audit row, or heads would follow heads for ever. Heads are sealed to the
services that read them: how much is looked at in a service is nobody else's business.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from shared.access import system_actor
from shared.audit.chain import CHAIN, Head, head
from shared.audit.witnesses import KEEP_HEAD, heard
from shared.clock import new_id
from shared.contracts.audit import AuditHead
from shared.contracts.envelope import Event
from shared.contracts.fields import Sealed
from shared.contracts.topology import Topology
from shared.database import Transaction
from shared.work import Batch, Cause, Tools, Work

HEAD = "audit_head_reached"


def head_event(topology: Topology, service: str) -> type[Event] | None:
    """The event by which `service` tells its head, where it has one."""
    return next((event for event in topology.publishes[service] if event.name == HEAD), None)


async def tell_head(tx: Transaction, tools: Tools, kind: Any, every_s: float) -> float | None:
    """Tell the head of the chain if it moved and the last was told `every_s` real seconds ago.

    Returns after how many seconds there will be something to tell, None when there is nothing. The caller holds the
    chain, as `link_rows` leaves it.
    """
    now = datetime.now(UTC)
    end = await head(tx)
    last = (await tx.execute(select(CHAIN.c.told, CHAIN.c.told_at))).one()
    if end.number == last.told:
        return None
    left: float = (last.told_at + timedelta(seconds=every_s) - now).total_seconds()
    if left > 0:
        return left
    async with Batch.of(tx, tools).work(system_actor(tools.service), Cause(new_id())) as work:
        value = AuditHead(number=end.number, hash=end.hash.hex())
        work.emit(kind(chain_id=end.chain_id, at=work.now, head=Sealed.of(end.chain_id, value)))
        await work.execute(update(CHAIN).values(told=end.number, told_at=now))
    return None


async def hear_head(work: Work, event: Any) -> None:
    """Keep the head that another service told."""
    said: AuditHead = work.open(event.head)
    kept = Head(event.chain_id, said.number, bytes.fromhex(said.hash))
    await work.run(KEEP_HEAD, heard(event.publisher, kept, work.now))
