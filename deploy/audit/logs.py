"""Reads audit logs from the databases of their services, a page at a time, while the services go on.

Rule: what the others heard is read before the log itself, so that every head they know is in it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import func, select

from deploy.audit.walk import Walk, Witness
from shared.audit import ABOUT, AUDIT, CHAIN, LINKS, WITNESSES, unlinked_count
from shared.audit.chain import ids_in
from shared.database import Database, Transaction, opened

T = TypeVar("T")

PAGE = 500


@dataclass(frozen=True)
class Verdict:
    """What was found in a service's log. links: how long the chain is; heard: how many heads others hold;
    unlinked: rows that the linker has not come to yet."""

    service: str
    links: int
    heard: int
    unlinked: int
    findings: tuple[str, ...]


async def verify(databases: Mapping[str, str], only: Sequence[str]) -> list[Verdict]:
    """Judge the logs of the services in `only`. databases: the address of every service's database."""
    witnesses = await _heard(databases)
    return [await _verify(service, databases[service], witnesses.get(service, [])) for service in only]


async def _heard(databases: Mapping[str, str]) -> dict[str, list[Witness]]:
    """By publisher, every head that another service holds."""
    found: dict[str, list[Witness]] = {}
    for holder, url in databases.items():
        async with opened(url) as database:
            for row in await database.transact(lambda tx: _rows(tx, select(WITNESSES))):
                witness = Witness(holder, row.chain_id, row.number, bytes(row.hash))
                found.setdefault(row.publisher, []).append(witness)
    return found


async def _verify(service: str, url: str, witnesses: Sequence[Witness]) -> Verdict:
    async with opened(url) as database:
        chain = await database.transact(lambda tx: _rows(tx, select(CHAIN.c.id)))
        walk = Walk(chain[0].id if chain else "", witnesses)
        unknown, named = 0, 0
        async for links in _pages(database):
            walk.take(links)
            wanted = _places(links)
            named += len(wanted)
            unknown += await database.transact(_missing_in_index(links, wanted))
        present = await database.transact(_length_of_index(walk.last))
        unlinked = await database.transact(lambda tx: unlinked_count(tx, everywhere=True))
    findings = walk.findings()
    if unknown and not findings:
        findings.append(f"the index lacks {unknown} places: a search would not show all")
    if (strange := present - (named - unknown)) and not findings:
        findings.append(f"the index has {strange} places that no row names: a search would show what was not")
    return Verdict(service, walk.last, len(witnesses), unlinked, tuple(findings))


async def read_rows(url: str, since: datetime | None) -> AsyncIterator[Any]:
    """Every row that has a link and was written at or after `since`, in order of the chain."""
    async with opened(url) as database:
        async for links in _pages(database):
            for link in links:
                if link.verb is not None and (since is None or link.at >= since):
                    yield link


async def _pages(database: Database) -> AsyncIterator[Sequence[Any]]:
    joined = select(LINKS.c.number, LINKS.c.hash, AUDIT).outerjoin(AUDIT, AUDIT.c.seq == LINKS.c.seq)
    last = -1
    while True:
        page = joined.where(LINKS.c.number > last).order_by(LINKS.c.number).limit(PAGE)
        links = await database.transact(lambda tx, page=page: _rows(tx, page))  # type: ignore[misc]
        if not links:
            return
        yield links
        last = links[-1].number


Place = tuple[str, int, int]
"""An id, the link of a row that names it, and the row: a place that leads to another row hides this one."""


def _places(links: Sequence[Any]) -> set[Place]:
    return {(one, link.number, link.seq) for link in links if link.verb is not None for one in _ids_in(link)}


def _missing_in_index(links: Sequence[Any], wanted: set[Place]) -> Callable[[Transaction], Awaitable[int]]:
    numbers = (links[0].number, links[-1].number)

    async def job(tx: Transaction) -> int:
        ids = sorted({one for one, _, _ in wanted})
        present: set[Place] = set()
        for first in range(0, len(ids), PAGE):
            some = ABOUT.c.about.in_(ids[first : first + PAGE])
            places = select(ABOUT.c.about, ABOUT.c.number, ABOUT.c.seq).where(some, ABOUT.c.number.between(*numbers))
            present |= {(row.about, row.number, row.seq) for row in await tx.execute(places)}
        return len(wanted - present)

    return job


def _length_of_index(last: int) -> Callable[[Transaction], Awaitable[int]]:
    """How many places it has up to a link."""

    async def job(tx: Transaction) -> int:
        query = select(func.count()).select_from(ABOUT).where(ABOUT.c.number <= last)
        return int((await tx.execute(query)).scalar_one())

    return job


def _ids_in(link: Any) -> Sequence[str]:
    try:
        return ids_in(link)
    except ValueError:
        # Somebody wrote into it; its link says so.
        return ()


async def _rows(tx: Transaction, query: Any) -> Sequence[Any]:
    return (await tx.execute(query)).all()
