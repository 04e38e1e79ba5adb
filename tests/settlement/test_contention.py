"""Many officers at once, on real databases through the real application."""

import asyncio
from pathlib import Path

from services.settlement.newcomers import actions as newcomers
from services.settlement.newcomers.model import Terms
from services.settlement.programmes.actions import disclosures, submissions
from services.settlement.service import blueprint
from shared.clock import new_id
from shared.contracts.settlement import FiguresDisclosed
from shared.database import Transaction
from shared.work import Batch, Cause
from tests.settlement.stories import (
    accept,
    arrive,
    depart,
    found_programme,
    get,
    officer,
    open_case,
    post,
    quota,
    submit,
    tell_consent,
)
from tests.support.room import Room, open_room, problem, staff

CROWD = 100


async def test_of_a_hundred_for_the_last_place_one_gets_it(any_room: Room) -> None:
    """The others wait in line; what becomes free goes to exactly one of them."""
    room, me = any_room, officer()
    programme = await found_programme(room, me, places=1)
    groups = [await open_case(room, me) for _ in range(CROWD)]
    answers = await asyncio.gather(*(submit(room, me, programme, group) for group in groups))
    states = [answer.json()["state"] for answer in answers]
    assert (states.count("submitted"), states.count("waitlisted")) == (1, CROWD - 1)
    assert await quota(room, me, programme) == (1, 1, 0, CROWD - 1)

    winner = groups[states.index("submitted")]
    await tell_consent(room, winner, winner.person_ids[0], live=False)
    await room.tell_again()
    assert await quota(room, me, programme) == (1, 1, 0, CROWD - 2)


async def test_of_a_hundred_who_insist_one_gets_the_last_place(any_room: Room) -> None:
    """The others get a clear conflict and leave nothing behind."""
    room, me = any_room, officer()
    programme = await found_programme(room, me, places=1)
    groups = [await open_case(room, me) for _ in range(CROWD)]
    answers = await asyncio.gather(*(submit(room, me, programme, group, waitlist=False) for group in groups))
    lost = [problem(answer) for answer in answers if answer.status_code != 201]
    assert lost == [(409, "no_place")] * (CROWD - 1)
    assert await quota(room, me, programme) == (1, 1, 0, 0)


async def test_consent_taken_back_while_submitting_never_leaves_a_submission(any_room: Room) -> None:
    """The withdrawal waits for the submission that read the consent, and then withdraws it."""
    room, me = any_room, officer()
    programme = await found_programme(room, me)
    group = await open_case(room, me)
    read = asyncio.Event()

    async def submit_slowly(tx: Transaction) -> None:
        async with Batch.of(tx, room.tools).work(me, Cause(new_id())) as work:
            await submissions.submit(work, programme, group.case_id, group.person_ids, may_wait=True)
            read.set()
            await asyncio.sleep(0.5)

    submitting = asyncio.create_task(room.database.transact(submit_slowly))
    await read.wait()
    await tell_consent(room, group, group.person_ids[0], live=False)
    await submitting
    (found,) = (await get(room, me, f"/cases/{group.case_id}/submissions")).json()["items"]
    assert (found["state"], await quota(room, me, programme)) == ("withdrawn", (5, 0, 0, 0))


async def test_two_decisions_at_once_use_the_places_once(any_room: Room) -> None:
    """One of two who decide on the same version finds out that they were second."""
    room, me, other = any_room, officer(), officer()
    programme = await found_programme(room, me, places=2)
    group = await open_case(room, me, other)
    submitted = (await submit(room, me, programme, group)).json()
    url, body = f"/submissions/{submitted['id']}/decision", {"outcome": "accepted", "from_date": "2017-05-01"}
    both = await asyncio.gather(*(post(room, actor, url, body, version=1) for actor in (me, other)))
    assert sorted(answer.status_code for answer in both) == [200, 412]
    assert await quota(room, me, programme) == (2, 0, 1, 0)


async def test_a_place_that_is_given_does_not_wait_for_a_consent_that_is_being_taken_back(tmp_path: Path) -> None:
    """Whoever holds a person may come for a programme; so who holds the programme never waits for a person."""
    async with open_room(blueprint(), tmp_path, "postgresql") as room:
        me = officer()
        programme = await found_programme(room, me, places=0)
        group = await open_case(room, me)
        await submit(room, me, programme, group)
        taking_back, widened = asyncio.Event(), asyncio.Event()

        async def take_back_slowly(tx: Transaction) -> None:
            async with Batch.of(tx, room.tools).work(me, Cause(new_id())) as work:
                no_more = Terms(False, None)
                await newcomers.note_consent(work, group.person_ids[0], submissions.TO_GOVERNMENT, no_more)
                taking_back.set()
                await widened.wait()
                await submissions.heed_end_of_consent(work, group.person_ids[0])

        ending = asyncio.create_task(room.database.transact(take_back_slowly))
        await taking_back.wait()
        try:
            wider = await asyncio.wait_for(
                post(room, me, f"/programmes/{programme}/places", {"places": 1}, version=1), timeout=10
            )
        finally:
            widened.set()
            await ending
        assert (wider.status_code, wider.json()["held"]) == (200, 1)
        assert await quota(room, me, programme) == (1, 0, 0, 0)
        (found,) = (await get(room, me, f"/cases/{group.case_id}/submissions")).json()["items"]
        assert found["state"] == "withdrawn"


async def test_of_two_disclosures_signed_at_the_same_moment_the_second_has_moved(any_room: Room) -> None:
    """What one programme publishes moves the numbers of the other, whose signers saw others."""
    room, me, second = any_room, officer(), staff("manager")
    proposed = []
    for _ in range(2):
        programme = await found_programme(room, me, sealed="sealed")
        await post(room, me, f"/programmes/{programme}/staff", {"actor_id": second.id})
        group = await open_case(room, me)
        await accept(room, me, programme, group)
        await arrive(room, group, await depart(room, group))
        body = {"figures": ["helped_to_escape"], "as_of": "2017-04-03", "source": "Board minutes"}
        proposed.append((await post(room, me, f"/programmes/{programme}/disclosures", body)).json())
    assert [one["figures"][0]["value"] for one in proposed] == [1, 1]
    first, other = proposed
    published = asyncio.Event()

    async def sign_slowly(tx: Transaction) -> None:
        async with Batch.of(tx, room.tools).work(second, Cause(new_id())) as work:
            await disclosures.sign(work, first["id"], first["content_digest"], accept=True)
            published.set()
            await asyncio.sleep(0.5)

    signing = asyncio.create_task(room.database.transact(sign_slowly))
    await published.wait()
    url, seen = f"/disclosures/{other['id']}/signatures", {"content_digest": other["content_digest"]}
    late = await post(room, second, url, seen)
    await signing
    assert problem(late) == (409, "figures_moved")
    assert len(await room.told(FiguresDisclosed)) == 1
