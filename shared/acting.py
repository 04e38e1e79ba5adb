"""A part of some work that is done for somebody else than who began it, such as rows of a list that they bring in.

Rule: the policies are asked about them, the log names them, and the part is undone alone when it is refused.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.access import Actor
from shared.work import Work


@asynccontextmanager
async def acting(work: Work, actor: Actor) -> AsyncIterator[None]:
    """Do the block for `actor`; when it raises, nothing of it is kept but what was refused."""
    before = work.actor
    told, written = len(work.outgoing), len(work.entries)
    minted, later = len(work.keys), len(work.deferred)
    work.actor = actor
    try:
        async with work.tx.savepoint():
            yield
    except BaseException:
        refused = [entry for entry in work.entries[written:] if entry.denied]
        del work.outgoing[told:], work.entries[written:], work.keys[minted:], work.deferred[later:]
        work.entries += refused
        raise
    finally:
        work.actor = before
