"""Notify forgets a person: they are counted no more, and their partner is told to forget; nobody comes back."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from services.notify.database import metadata
from services.notify.service import blueprint
from shared.contracts.notify import ErasureCompleted, ReferralReceived
from shared.messaging.outbox import OUTBOX
from tests.notify.conftest import both
from tests.notify.story import befriend, consent, go, open_case, queue_of
from tests.notify.test_figures import ESCAPED, IN_PUBLIC, figures, outcome
from tests.support.erasure import backed_up, cells_with, has_key, parked, person_erased, restored, shuffled_again
from tests.support.room import NOON, Room, open_room


@pytest.fixture
async def exact(tmp_path: Path) -> object:
    """A room in which every number is published."""
    async with open_room(blueprint(suppress_below=1), tmp_path) as room:
        yield room


async def value(room: Room) -> int | None:
    number: int | None = (await figures(room))[ESCAPED]["value"]
    return number


@both
async def test_queued_news_is_recalled_and_the_partner_told_to_forget(room: Room) -> None:
    """What is queued is about the person too; for who stays, sharing goes on with what happens next."""
    ally = await befriend(room)
    case_id, (gone, stays) = await open_case(room, ally, people=2)
    for person in (gone, stays):
        await consent(room, case_id, person)
    assert await queue_of(room, ally) == [("case.accepted", "queued")]
    await room.tell(person_erased(room, case_id, gone))
    await room.fire()
    await go(room, case_id, "verified")
    assert await queue_of(room, ally) == [("case.accepted", "recalled"), ("case.verified", "queued")]
    assert (await cells_with(room, metadata, gone), await has_key(room, gone)) == (set(), False)
    assert [told.person_id for told in await room.told(ErasureCompleted)] == [gone]


async def test_the_referral_goes_with_the_person(room: Room) -> None:
    """What the partner wrote is in no outbox any more, also sealed; a repeat of the webhook makes no new one."""
    ally = await befriend(room)
    case_id, (gone,) = await open_case(room, ally)
    (referred,) = await room.told(ReferralReceived)
    await room.tell(person_erased(room, case_id, gone, ends=True, referral_ids=(referred.referral_id,)))
    await room.fire()
    assert await room.told(ReferralReceived) == []
    bodies = [row["body"] for row in await room.rows(select(OUTBOX.c.body))]
    assert not [body for body in bodies if referred.document.encode() in body]


async def test_an_erased_person_is_counted_no_more(exact: Room) -> None:
    """The tally is made anew of those who are left."""
    room = exact
    people = [await outcome(room, ESCAPED) for _ in range(3)]
    assert await value(room) == 3
    await room.tell(person_erased(room, "c" * 32, people[0]))
    await room.fire()
    assert await value(room) == 2
    await outcome(room, ESCAPED, person_id=people[0], at=NOON + timedelta(days=1))
    assert (await value(room), await cells_with(room, metadata, people[0])) == (2, set())


async def test_who_does_not_consent_to_be_counted_is_in_no_figure(exact: Room) -> None:
    """Without a live consent nobody counts: not before it is given, not after it is withdrawn, nor once it expires."""
    room, case_id = exact, "c" * 32
    person = await outcome(room, ESCAPED, consenting=False, case_id=case_id)
    read = [await value(room)]
    await consent(room, case_id, person, to=IN_PUBLIC)
    read.append(await value(room))
    await consent(room, case_id, person, to=IN_PUBLIC, live=False)
    read.append(await value(room))
    await consent(room, case_id, person, to=IN_PUBLIC, until=date(2017, 4, 5))
    read.append(await value(room))
    room.clock.move(NOON + timedelta(days=2))
    await room.fire()
    read.append(await value(room))
    assert read == [None, 1, None, 1, None]


@pytest.mark.parametrize("seed", range(4))
async def test_nobody_comes_back_by_replay(exact: Room, seed: int) -> None:
    """Every event three times, in any order: the person stays gone, and the figure is that of the others."""
    people = [await outcome(exact, ESCAPED) for _ in range(3)]
    await exact.tell(person_erased(exact, "c" * 32, people[0]))
    await exact.fire()
    await shuffled_again(exact, seed)
    assert (await cells_with(exact, metadata, people[0]), await value(exact)) == (set(), 2)
    assert await parked(exact) == []


async def test_a_restored_backup_brings_nobody_back(exact: Room, tmp_path: Path) -> None:
    """The database of before the erasure with the key store of after it: the figure is that of the others again."""
    people = [await outcome(exact, ESCAPED) for _ in range(3)]
    backup = await backed_up(exact, tmp_path / "backup.db")
    await exact.tell(person_erased(exact, "c" * 32, people[0]))
    await exact.fire()
    await restored(exact, backup)
    assert (await cells_with(exact, metadata, people[0]), await has_key(exact, people[0])) == (set(), False)
    tallies = await exact.rows(metadata.tables["tallies"].select())
    opened = [exact.vault.own().decrypt_text(f"tallies.counts/{row['figure']}", row["counts"]) for row in tallies]
    assert ["000000002", "000000002"] in [one.split()[:2] for one in opened]
