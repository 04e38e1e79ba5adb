"""Many at the same moment, on PostgreSQL and on connections of their own: exactly one act comes of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.access import Actor, consume, decide, expire, propose, replace_open
from shared.clock import new_id
from shared.database import Database
from tests.shared.access.test_approvals import ADA, ERASURE, MIRA, MONDAY, PERSON, TOMAS, TUESDAY, stored


async def _at_once(replicas: AsyncEngine, *acts: Callable[[Any], Awaitable[object]]) -> list[str]:
    """What each said, done at the same moment on connections of their own."""
    together = asyncio.Barrier(len(acts))

    async def one(act: Callable[[Any], Awaitable[object]]) -> object:
        async with replicas.begin() as tx:
            await tx.execute(text("SELECT 1"))
            await together.wait()
            return await act(tx)

    return sorted(map(str, await asyncio.gather(*(one(act) for act in acts), return_exceptions=True)))


ROUNDS = 20


async def proposed(database: Database, needed: int = 1, subject: str = PERSON) -> str:
    what = {"kind": "erasure", "subject_id": subject, "content": ERASURE, "by": MIRA, "at": MONDAY}
    return await database.transact(
        lambda tx: propose(tx, **what, expires_at=TUESDAY, needed=needed, new_id=new_id)  # type: ignore[arg-type]
    )


async def test_two_at_once_when_two_are_needed_approve_it_together(postgres: Database, replicas: AsyncEngine) -> None:
    """One of them finds it open, the other one completes it, whoever comes first."""
    for _ in range(ROUNDS):
        approval = await proposed(postgres, needed=2)
        said = await _at_once(replicas, *(_signing(approval, by) for by in (TOMAS, ADA)))
        assert said == ["approved", "open"]
        assert (await stored(postgres, approval)).state == "approved"


async def test_the_same_person_twice_at_once_counts_once(postgres: Database, replicas: AsyncEngine) -> None:
    """Two tabs of one browser are one pair of eyes."""
    for _ in range(ROUNDS):
        approval = await proposed(postgres, needed=2)
        assert await _at_once(replicas, _signing(approval, TOMAS), _signing(approval, TOMAS)) == [
            "conflict:already_signed",
            "open",
        ]
        assert (await stored(postgres, approval)).state == "open"


async def test_a_signature_and_the_expiry_at_once_are_one_or_the_other(
    postgres: Database, replicas: AsyncEngine
) -> None:
    """Either it was signed in time and never expires, or it expired and nobody signed."""
    seen = set()
    for _ in range(ROUNDS):
        approval = await proposed(postgres)
        ended = await _at_once(replicas, _signing(approval, TOMAS), lambda tx, it=approval: expire(tx, it, TUESDAY))  # type: ignore[misc]
        state = (await stored(postgres, approval)).state
        seen.add(state)
        if state == "approved":
            assert ended == ["None", "approved"]
        else:
            assert (state, ended[1]) == ("expired", "conflict:approval_expired")
    assert seen <= {"approved", "expired"}


async def test_a_yes_and_a_no_at_once_are_one_of_them(postgres: Database, replicas: AsyncEngine) -> None:
    """The second one finds it decided."""
    for _ in range(ROUNDS):
        approval = await proposed(postgres)
        said = await _at_once(replicas, _signing(approval, TOMAS), _signing(approval, ADA, approve=False))
        assert said in (["approved", "conflict:already_decided"], ["conflict:already_decided", "rejected"])


async def test_a_signature_and_a_newer_proposal_at_once_are_one_or_the_other(
    postgres: Database, replicas: AsyncEngine
) -> None:
    """What was replaced approves nothing; what was approved first is not replaced."""
    for _ in range(ROUNDS):
        subject = new_id()
        approval = await proposed(postgres, subject=subject)
        said = await _at_once(
            replicas,
            _signing(approval, TOMAS),
            lambda tx, it=subject: replace_open(tx, "erasure", it, MONDAY),  # type: ignore[misc]
        )
        assert said in (["[]", "approved"], [f"['{approval}']", "conflict:already_decided"])


def _signing(approval: str, by: Actor, *, approve: bool = True) -> Callable[[Any], Awaitable[object]]:
    return lambda tx: decide(tx, approval, content=ERASURE, by=by, approve=approve, at=MONDAY)


async def test_two_uses_at_once_are_one(postgres: Database, replicas: AsyncEngine) -> None:
    """What was approved once is done once."""
    for _ in range(ROUNDS):
        approval = await proposed(postgres)
        assert await _at_once(replicas, _signing(approval, TOMAS)) == ["approved"]
        assert await _at_once(replicas, _using(approval), _using(approval)) == ["None", "conflict:already_used"]


def _using(approval: str) -> Callable[[Any], Awaitable[object]]:
    return lambda tx: consume(tx, approval, kind="erasure", subject_id=PERSON, content=ERASURE, at=MONDAY)
