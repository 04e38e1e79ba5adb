"""Two pairs of eyes: what one proposes, another decides, and it is done once."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import true
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.access import (
    Actor,
    Approval,
    approval_of,
    consume,
    decide,
    expire,
    progress_of,
    propose,
    replace_entries,
    system_actor,
)
from shared.access.approvals import State
from shared.clock import new_id
from shared.database import Database
from shared.errors import Refusal

MIRA, TOMAS, ADA, EVA = (Actor(pair * 16, "staff") for pair in ("a1", "b2", "c3", "e5"))
CASE = "f6" * 16
PERSON = "d4" * 16
ERASURE = b'{"erase":"everything"}'
MONDAY = datetime(2017, 4, 3, 9, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)


async def proposed(database: Database, needed: int = 1, case_id: str | None = None) -> str:
    return await database.transact(
        lambda tx: propose(
            tx,
            kind="erasure",
            subject_id=PERSON,
            content=ERASURE,
            by=MIRA,
            at=MONDAY,
            expires_at=TUESDAY,
            needed=needed,
            case_id=case_id,
            new_id=new_id,
        )
    )


async def sign(database: Database, approval: str, by: Actor, **other: Any) -> State:
    asked: dict[str, Any] = {"content": ERASURE, "approve": True, "at": MONDAY, **other}
    return await database.transact(lambda tx: decide(tx, approval, by=by, **asked))


async def use(database: Database, approval: str, **other: Any) -> None:
    asked: dict[str, Any] = {"kind": "erasure", "subject_id": PERSON, "content": ERASURE, "at": MONDAY, **other}
    await database.transact(lambda tx: consume(tx, approval, **asked))


async def stored(database: Database, approval: str) -> Approval:
    return await database.transact(lambda tx: approval_of(tx, approval))


async def test_somebody_else_approves(database: Database) -> None:
    """What one person proposed is approved by the signature of another."""
    approval = await proposed(database)
    assert (await stored(database, approval)).state == "open"
    assert await sign(database, approval, TOMAS, at=MONDAY + timedelta(hours=1)) == "approved"
    kept = await stored(database, approval)
    assert (kept.state, kept.decided_at, kept.used_at) == ("approved", MONDAY + timedelta(hours=1), None)


async def test_the_row_holds_a_digest_and_never_the_content(sqlite: Database) -> None:
    """What is approved may be personal, so only its SHA-256 is kept."""
    kept = await stored(sqlite, await proposed(sqlite))
    assert kept.digest == "8191952ad30f75bbbeb34326566e60b7da1462ccbd19ff4e8e4889c4e8f7fbd0"


async def test_the_proposer_cannot_decide(database: Database) -> None:
    """Nobody approves, or rejects, what she proposed herself."""
    approval = await proposed(database)
    for approve in (True, False):
        with pytest.raises(Refusal, match="conflict:same_person"):
            await sign(database, approval, MIRA, approve=approve)


async def test_no_machine_signs(sqlite: Database) -> None:
    """The second pair of eyes belongs to a person."""
    approval = await proposed(sqlite)
    for by in (system_actor("intake"), Actor("e5" * 16, "service"), Actor("f6" * 16, "channel")):
        with pytest.raises(Refusal, match="forbidden:not_a_person"):
            await sign(sqlite, approval, by)


async def test_other_content_is_not_what_was_proposed(database: Database) -> None:
    """A signature counts only for exactly the proposed bytes."""
    approval = await proposed(database)
    with pytest.raises(Refusal, match="conflict:content_changed"):
        await sign(database, approval, TOMAS, content=ERASURE + b" ")


async def test_a_proposal_expires(database: Database) -> None:
    """From the instant of expiry on nobody can decide; a moment before, one can."""
    approval = await proposed(database, needed=2)
    assert await sign(database, approval, TOMAS, at=TUESDAY - timedelta(microseconds=1)) == "open"
    with pytest.raises(Refusal, match="conflict:approval_expired"):
        await sign(database, approval, ADA, at=TUESDAY)


async def test_what_nobody_decided_in_time_is_marked(database: Database) -> None:
    """Only open proposals whose time is over become expired, and stay so."""
    late, decided = await proposed(database), await proposed(database)
    await sign(database, decided, TOMAS)

    async def ended(approval: str, at: datetime) -> bool:
        return await database.transact(lambda tx: expire(tx, approval, at)) is not None

    assert not await ended(late, TUESDAY - timedelta(seconds=1))
    assert [await ended(late, TUESDAY), await ended(late, TUESDAY), await ended(decided, TUESDAY)] == [
        True,
        False,
        False,
    ]
    assert (await stored(database, late)).state == "expired"
    assert (await stored(database, decided)).state == "approved"
    with pytest.raises(Refusal, match="conflict:approval_expired"):
        await sign(database, late, TOMAS)


async def test_nobody_signs_twice(database: Database) -> None:
    """One person's second signature is refused, so that two needed signatures are two people."""
    approval = await proposed(database, needed=2)
    assert await sign(database, approval, TOMAS) == "open"
    with pytest.raises(Refusal, match="conflict:already_signed"):
        await sign(database, approval, TOMAS)
    assert await sign(database, approval, ADA) == "approved"


async def test_who_is_recused_by_now_counts_for_nothing(database: Database) -> None:
    """A signature of before is one less, also where it is shown; what they proposed can only be rejected."""
    one, other = await proposed(database, 2, CASE), await proposed(database, 2, CASE)
    assert await sign(database, one, TOMAS) == "open"
    assert await counted(database, one) == 1
    await database.transact(lambda tx: replace_entries(tx, CASE, [ADA.id], [TOMAS.id], MONDAY))
    assert await counted(database, one) == 0
    assert await sign(database, one, ADA) == "open"
    assert await sign(database, one, EVA) == "approved"
    await database.transact(lambda tx: replace_entries(tx, CASE, [ADA.id], [MIRA.id], MONDAY))
    with pytest.raises(Refusal, match="conflict:proposer_recused"):
        await sign(database, other, ADA)
    assert await sign(database, other, ADA, approve=False) == "rejected"


async def counted(database: Database, approval: str) -> int:
    """How many have agreed, as it is shown."""
    found = await database.transact(lambda tx: progress_of(tx, approval, true()))
    assert found is not None
    return found.signed


async def test_one_rejection_ends_it(database: Database) -> None:
    """After a rejection further approvals change nothing."""
    approval = await proposed(database, needed=2)
    assert await sign(database, approval, TOMAS, approve=False) == "rejected"
    with pytest.raises(Refusal, match="conflict:already_decided"):
        await sign(database, approval, ADA)
    with pytest.raises(Refusal, match="conflict:not_approved"):
        await use(database, approval)


async def test_an_unknown_approval_is_not_found(database: Database) -> None:
    """An id that was never given out is not found, whoever asks."""
    with pytest.raises(Refusal, match="not_found:not_found"):
        await sign(database, "0" * 32, TOMAS)
    with pytest.raises(Refusal, match="not_found:not_found"):
        await use(database, "0" * 32)


async def test_an_approval_is_used_once(database: Database) -> None:
    """The approved act is done once, then the approval is spent."""
    approval = await proposed(database)
    await sign(database, approval, TOMAS)
    await use(database, approval, at=MONDAY + timedelta(hours=2))
    assert (await stored(database, approval)).used_at == MONDAY + timedelta(hours=2)
    with pytest.raises(Refusal, match="conflict:already_used"):
        await use(database, approval)


async def test_an_approval_is_used_only_for_what_was_approved(database: Database) -> None:
    """Neither open, nor for other bytes, another act or another subject, nor after its time, does it count."""
    approval = await proposed(database)
    with pytest.raises(Refusal, match="conflict:not_approved"):
        await use(database, approval)
    await sign(database, approval, TOMAS)
    with pytest.raises(Refusal, match="conflict:content_changed"):
        await use(database, approval, content=b"{}")
    with pytest.raises(Refusal, match="not_found"):
        await use(database, approval, kind="identity_reveal")
    with pytest.raises(Refusal, match="not_found"):
        await use(database, approval, subject_id="0" * 32)
    with pytest.raises(Refusal, match="conflict:approval_expired"):
        await use(database, approval, at=TUESDAY)
    await use(database, approval)


async def test_of_many_who_decide_one_ends_it(sqlite: Database) -> None:
    """However many people decide through the one lane of SQLite, exactly one signature ends the approval."""
    approval = await proposed(sqlite)
    signing = (sign(sqlite, approval, Actor(new_id(), "staff")) for _ in range(50))
    answers = await asyncio.gather(*signing, return_exceptions=True)
    assert Counter(map(str, answers)) == {"approved": 1, "conflict:already_decided": 49}


@pytest.mark.parametrize(("needed", "open_after"), [(1, {}), (3, {"open": 2})])
async def test_fifty_decide_at_once_and_one_ends_it(
    postgres: Database, replicas: AsyncEngine, needed: int, open_after: dict[str, int]
) -> None:
    """Of fifty people who decide at the same moment, each on a connection of her own, exactly one ends the approval."""
    approval = await proposed(postgres, needed)

    async def decided() -> State:
        async with replicas.begin() as tx:
            by = Actor(new_id(), "staff")
            return await decide(tx, approval, content=ERASURE, by=by, approve=True, at=MONDAY)

    answers = await asyncio.gather(*(decided() for _ in range(50)), return_exceptions=True)
    refused = 50 - needed
    assert Counter(map(str, answers)) == {"approved": 1, "conflict:already_decided": refused, **open_after}


async def test_fifty_use_it_at_once_and_one_does(postgres: Database, replicas: AsyncEngine) -> None:
    """Of fifty acts that want the approval at the same moment, one gets it."""
    approval = await proposed(postgres)
    await sign(postgres, approval, TOMAS)

    async def used() -> None:
        async with replicas.begin() as tx:
            await consume(tx, approval, kind="erasure", subject_id=PERSON, content=ERASURE, at=MONDAY)

    answers = await asyncio.gather(*(used() for _ in range(50)), return_exceptions=True)
    assert Counter(map(str, answers)) == {"None": 1, "conflict:already_used": 49}
