"""From commit to commit, through the real bus."""

import asyncio

from tests.support.ledger import Count, Site, applied_count, at_work, entry_ids, judge


async def eventually(reached, *, timeout_s: float = 20) -> None:
    """Wait until `reached()` is true."""
    async with asyncio.timeout(timeout_s):
        while not await reached():
            await asyncio.sleep(0.02)


async def test_everything_written_is_applied_once(sites: tuple[Site, Site]) -> None:
    """What was committed at one service is committed at the other, once, on both databases."""
    async with at_work(sites[0]) as ledger, at_work(sites[1]) as mirror:
        entries = entry_ids(500)
        await asyncio.gather(*(ledger.write(entry) for entry in entries))

        async def all_applied() -> bool:
            return await applied_count(mirror.database) == 500 and await ledger.unpublished() == 0

        await eventually(all_applied)
        assert await judge(ledger.database, mirror.database, set(entries)) == Count(0, 0, 0)
