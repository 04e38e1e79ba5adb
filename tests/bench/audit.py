"""How long "who saw what of whom since when" takes on a log of a million rows, how fast the linker makes links, and how
fast a log is verified.

`python -m tests.bench.audit [--rows N]`; every row names a case and three of its people, of 50,000 cases.
"""

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.audit import verify
from shared.audit import AuditEntry, link_rows, write_audit
from shared.audit.search import rows_about
from shared.database import Database, Transaction
from tests.support.databases import database_url
from tests.support.ledger import Site, ask, only_database

CASES = 50_000
GROUP = 5_000
PAGE = 200
BEGIN = datetime(2017, 4, 1, tzinfo=UTC)


def entry(dice: random.Random, place: int) -> AuditEntry:
    """A row: somebody of two hundred looked at a case and three of its people, one row a minute."""
    case = dice.randrange(CASES)
    people = tuple(f"{case:024x}{person:08x}" for person in range(1, 4))
    return AuditEntry(
        BEGIN + timedelta(minutes=place),
        f"{dice.randrange(200):032x}",
        "staff",
        "see_case",
        f"{case:024x}{0:08x}",
        people,
        f"{dice.getrandbits(128):032x}",
        denied=place % 97 == 0,
    )


async def fill(database: Database, rows: int) -> None:
    dice = random.Random(0)
    for first in range(0, rows, GROUP):
        entries = [entry(dice, place) for place in range(first, min(first + GROUP, rows))]

        async def write(tx: Transaction, entries: Sequence[AuditEntry] = entries) -> None:
            await write_audit(tx, entries)

        await database.transact(write)


async def link(database: Database) -> float:
    """Rows linked per second."""
    linked, began = 0, time.perf_counter()
    while done := await database.transact(lambda tx: link_rows(tx, 500)):
        linked += done
    return linked / (time.perf_counter() - began)


async def search(database: Database, rows: int) -> tuple[float, int]:
    """The slowest of a hundred questions in seconds, and how many rows all of them found."""
    dice, slowest, found = random.Random(1), 0.0, 0
    for _ in range(100):
        person = f"{dice.randrange(CASES):024x}{dice.randrange(1, 4):08x}"
        since = BEGIN + timedelta(minutes=rows // 2)
        began = time.perf_counter()
        found += len(await ask(database, rows_about([person], since=since, after=0).limit(PAGE)))
        slowest = max(slowest, time.perf_counter() - began)
    return slowest, found


async def measure(kind: str, rows: int, folder: Path) -> str:
    site = Site("ledger", folder, database_url(kind, folder, "ledger"), "", "")
    await site.prepare()
    async with only_database(site) as database:
        await fill(database, rows)
        rate = await link(database)
        slowest, found = await search(database, rows)
    began = time.perf_counter()
    (verdict,) = await verify({"ledger": site.database_url}, ["ledger"])
    walked = rows / (time.perf_counter() - began)
    if (verdict.links, verdict.findings) != (rows, ()):
        raise AssertionError(verdict)
    told = f"slowest of 100 questions {slowest * 1000:.1f} ms ({found} rows found), {walked:,.0f} rows/s verified"
    return f"audit of {rows:,} rows on {kind}: {rate:,.0f} links/s, {told}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    for kind in ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory() as folder:
            print(asyncio.run(measure(kind, rows, Path(folder))))


if __name__ == "__main__":
    main()
