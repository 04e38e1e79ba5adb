"""Figures of a sealed programme: held back, previewed, signed by two, and then said exactly."""

from datetime import UTC, datetime, timedelta
from typing import Any

from httpx import Response
from sqlalchemy import select

from services.settlement.programmes.store.outcomes import OUTCOMES
from shared.access import Actor
from shared.access.approval_rows import approvals
from shared.contracts.settlement import FiguresDisclosed, OutcomeRecorded
from tests.settlement.stories import (
    Group,
    accept,
    arrive,
    assign,
    depart,
    found_programme,
    get,
    hand_over,
    officer,
    open_case,
    post,
    tell_consent,
)
from tests.support.room import Room, problem, staff

BOTH = {"figures": ["helped_to_escape", "settled_in_canada"], "as_of": "2017-04-03", "source": "Board minutes"}


async def outcomes(room: Room) -> list[tuple[str, str, bool]]:
    """Person, figure and whether it counts, of every outcome told, in order."""
    found = []
    for told in await room.told(OutcomeRecorded):
        said = room.opened("notify", told, told.outcome)
        found.append((told.person_id, said.figure, said.counted))
    return found


async def bring_to_canada(room: Room, me: Actor, programme: str | None, people: int) -> Group:
    group = await open_case(room, me, people=people)
    if programme is not None:
        await accept(room, me, programme, group)
    await arrive(room, group, await depart(room, group))
    return group


async def settle(room: Room, me: Actor, group: Group) -> None:
    await hand_over(room, group, me, await escort_of(room, me, group))


async def escort_of(room: Room, me: Actor, group: Group) -> Actor:
    """Somebody else who is assigned, and on the lists of all programmes of `me`."""
    escort = staff("escort")
    await assign(room, group, me, escort)
    for programme in (await get(room, me, "/programmes")).json()["items"]:
        await post(room, me, f"/programmes/{programme['id']}/staff", {"actor_id": escort.id})
    return escort


async def propose(room: Room, actor: Actor, programme: str, **more: Any) -> Response:
    return await post(room, actor, f"/programmes/{programme}/disclosures", {**BOTH, **more})


async def sign(room: Room, actor: Actor, disclosure: dict[str, Any], **more: Any) -> Response:
    body = {"content_digest": disclosure["content_digest"], **more}
    return await post(room, actor, f"/disclosures/{disclosure['id']}/signatures", body)


async def listed(room: Room, me: Actor, programme: str) -> Actor:
    """A second person on the list."""
    second = staff("manager")
    await post(room, me, f"/programmes/{programme}/staff", {"actor_id": second.id})
    return second


async def test_people_of_a_sealed_programme_do_not_count_until_two_signed(room: Room) -> None:
    """Everybody is told of once and at once; the second signature tells the signed figures, and nobody's name."""
    me = officer()
    programme = await found_programme(room, me, sealed="sealed")
    through = await bring_to_canada(room, me, programme, 3)
    free = await bring_to_canada(room, me, None, 2)
    await settle(room, me, through)
    before = await outcomes(room)
    assert sorted(before) == sorted(
        [(one, "helped_to_escape", False) for one in through.person_ids]
        + [(one, "helped_to_escape", True) for one in free.person_ids]
        + [(one, "settled_in_canada", False) for one in through.person_ids]
    )

    second = await listed(room, me, programme)
    proposed = (await propose(room, me, programme)).json()
    assert proposed["state"] == "proposed"
    assert proposed["figures"] == [
        {"figure": "helped_to_escape", "value": 5, "published_before": 2},
        {"figure": "settled_in_canada", "value": 3, "published_before": 0},
    ]
    assert {"cell": "helped_to_escape outside the programme", "value": 2, "small": True} in proposed["derivable"]
    assert {"cell": "helped_to_escape but not settled_in_canada", "value": 2, "small": True} in proposed["derivable"]
    assert await room.told(FiguresDisclosed) == []

    signed = await sign(room, second, proposed)
    assert (signed.status_code, signed.json()["state"]) == (200, "published")
    assert await outcomes(room) == before
    (told,) = await room.told(FiguresDisclosed)
    release = room.opened("notify", told, told.release)
    assert [(one.figure, one.value, str(one.as_of), one.source) for one in release.figures] == [
        ("helped_to_escape", 5, "2017-04-03", "Board minutes"),
        ("settled_in_canada", 3, "2017-04-03", "Board minutes"),
    ]
    assert release.figures[0].definition == ("persons whose arrival outside the country of danger was confirmed")
    assert release.figures[1].definition == ("persons with a confirmed hand-over in Canada and an open settlement plan")
    assert told.release_id not in (programme, through.case_id)
    seen = (await get(room, me, f"/programmes/{programme}")).json()
    assert seen["sealed"] == "partly_disclosed"
    assert problem(await get(room, officer(), f"/programmes/{programme}")) == (404, "not_found")


async def test_two_different_people_on_the_list_sign_what_both_saw(room: Room) -> None:
    """Not the proposer, not somebody off the list, not another content, not twice."""
    me, outsider = officer(), officer()
    programme = await found_programme(room, me, sealed="sealed")
    second = await listed(room, me, programme)
    assert problem(await propose(room, second, programme)) == (403, "not_permitted")
    assert problem(await propose(room, outsider, programme)) == (404, "not_found")
    proposed = (await propose(room, me, programme)).json()
    assert (await get(room, second, f"/disclosures/{proposed['id']}")).json() == proposed
    assert problem(await sign(room, me, proposed)) == (409, "same_person")
    assert problem(await sign(room, outsider, proposed)) == (404, "not_found")
    assert problem(await sign(room, second, {**proposed, "content_digest": "0" * 64})) == (409, "content_changed")
    assert (await sign(room, second, proposed)).status_code == 200
    assert problem(await sign(room, await listed(room, me, programme), proposed)) == (409, "already_decided")
    assert len(await room.told(FiguresDisclosed)) == 1


async def test_a_rejected_or_expired_proposal_says_nothing(room: Room) -> None:
    """One rejection ends it; after a week nobody can sign any more."""
    me = officer()
    programme = await found_programme(room, me, sealed="sealed")
    second = await listed(room, me, programme)
    rejected, late = [(await propose(room, me, programme)).json() for _ in range(2)]
    assert (await sign(room, second, rejected, accept=False)).json()["state"] == "rejected"
    third = await listed(room, me, programme)
    assert problem(await sign(room, third, rejected)) == (409, "already_decided")
    begun = room.clock.now()
    room.clock.move(begun + timedelta(days=7, minutes=-1))
    assert await room.fire() == 0
    room.clock.move(begun + timedelta(days=7))
    assert problem(await sign(room, second, late)) == (409, "approval_expired")
    assert await room.told(FiguresDisclosed) == []


async def test_a_proposal_that_nobody_signed_expires_by_itself(room: Room) -> None:
    """Also when the clock jumps far; what was decided before stays as it was decided."""
    me = officer()
    programme = await found_programme(room, me, sealed="sealed")
    second = await listed(room, me, programme)
    left, decided = [(await propose(room, me, programme)).json() for _ in range(2)]
    await sign(room, second, decided, accept=False)
    room.clock.move(room.clock.now() + timedelta(days=400))
    assert await room.fire() == 2, "that of the decided one finds nothing to do"
    states = [(await get(room, me, f"/disclosures/{one['id']}")).json()["state"] for one in (left, decided)]
    assert states == ["expired", "rejected"]
    assert {row["state"] for row in await room.rows(select(approvals.c.state))} == {"expired", "rejected"}
    assert problem(await sign(room, second, left)) == (409, "approval_expired")


async def test_a_preview_whose_numbers_moved_is_not_signed(room: Room) -> None:
    """What two people sign is still true when it is published."""
    me = officer()
    programme = await found_programme(room, me, sealed="sealed")
    second = await listed(room, me, programme)
    await bring_to_canada(room, me, programme, 1)
    proposed = (await propose(room, me, programme)).json()
    await bring_to_canada(room, me, None, 1)
    assert problem(await sign(room, second, proposed)) == (409, "figures_moved")
    assert (await get(room, me, f"/disclosures/{proposed['id']}")).json()["state"] == "proposed"
    assert (await sign(room, second, (await propose(room, me, programme)).json())).status_code == 200


async def test_people_of_another_sealed_programme_are_in_no_number(room: Room) -> None:
    """One programme's disclosure tells nothing of another's people."""
    me = officer()
    programme, other = [await found_programme(room, me, sealed="sealed") for _ in range(2)]
    await bring_to_canada(room, me, programme, 2)
    hidden = await bring_to_canada(room, me, other, 3)
    second = await listed(room, me, programme)
    proposed = (await propose(room, me, programme)).json()
    assert [one["value"] for one in proposed["figures"]] == [2, 0]
    await sign(room, second, proposed)
    counted = {person_id for person_id, _, counts in await outcomes(room) if counts}
    assert counted.isdisjoint(hidden.person_ids)
    theirs = (await propose(room, me, other, figures=["helped_to_escape"])).json()
    assert theirs["figures"] == [{"figure": "helped_to_escape", "value": 5, "published_before": 2}]


async def test_one_figure_alone_is_previewed_with_what_is_public_of_the_other(room: Room) -> None:
    """Who subtracts the public count from the signed figure learns a number: the signers see it before."""
    me = officer()
    programme = await found_programme(room, me, sealed="sealed")
    await bring_to_canada(room, me, programme, 3)
    await settle(room, me, await bring_to_canada(room, me, None, 1))
    proposed = (await propose(room, me, programme, figures=["helped_to_escape"])).json()
    assert proposed["figures"] == [{"figure": "helped_to_escape", "value": 4, "published_before": 1}]
    assert {"cell": "helped_to_escape but not settled_in_canada", "value": 3, "small": True} in proposed["derivable"]


async def test_whether_a_person_counts_is_not_told_by_the_size_of_what_is_stored(room: Room) -> None:
    """Whoever reads the database without its keys cannot list who came through a sealed programme."""
    me = officer()
    programme = await found_programme(room, me, sealed="sealed")
    await bring_to_canada(room, me, programme, 1)
    await bring_to_canada(room, me, None, 1)
    second = await listed(room, me, programme)

    async def sizes() -> set[int]:
        return {len(row["counted"].box) for row in await room.rows(select(OUTCOMES.c.counted))}

    assert {counts for _, _, counts in await outcomes(room)} == {True, False}
    before = await sizes()
    assert len(before) == 1
    assert (await sign(room, second, (await propose(room, me, programme)).json())).status_code == 200
    assert await sizes() == before


async def test_only_the_figures_signed_for_are_opened(room: Room) -> None:
    """The other figure stays as it was, also for who reaches it later."""
    me = officer()
    programme = await found_programme(room, me, sealed="sealed")
    group = await bring_to_canada(room, me, programme, 1)
    second = await listed(room, me, programme)
    await sign(room, second, (await propose(room, me, programme, figures=["helped_to_escape"])).json())
    await settle(room, me, group)
    later = await bring_to_canada(room, me, programme, 1)
    assert (await outcomes(room))[1:] == [
        (group.person_ids[0], "settled_in_canada", False),
        (later.person_ids[0], "helped_to_escape", True),
    ]
    room.clock.move(datetime(2017, 4, 4, tzinfo=UTC))
    again = (await propose(room, me, programme, as_of="2017-04-04")).json()
    assert {"cell": "helped_to_escape since the last disclosure", "value": 1, "small": True} in again["derivable"]


async def test_a_disclosure_counts_what_was_reached_by_its_day(room: Room) -> None:
    """Who arrives after the as-of date is not in the figure."""
    me = officer()
    programme = await found_programme(room, me, sealed="sealed")
    await bring_to_canada(room, me, programme, 2)
    room.clock.move(datetime(2017, 4, 4, tzinfo=UTC))
    await bring_to_canada(room, me, programme, 1)
    for day, value in (("2017-04-03", 2), ("2017-04-04", 3)):
        proposed = (await propose(room, me, programme, as_of=day, figures=["helped_to_escape"])).json()
        assert [one["value"] for one in proposed["figures"]] == [value]
    assert problem(await propose(room, me, programme, as_of="2017-04-05")) == (422, "as_of_in_future")


async def test_an_open_programme_has_nothing_to_disclose(room: Room) -> None:
    """Its people count as they come."""
    me = officer()
    programme = await found_programme(room, me)
    assert problem(await propose(room, me, programme)) == (409, "not_sealed")
    group = await bring_to_canada(room, me, programme, 1)
    assert await outcomes(room) == [(group.person_ids[0], "helped_to_escape", True)]


async def test_who_does_not_consent_to_be_counted_is_in_no_signed_figure(room: Room) -> None:
    """Of five one never consented and one takes it back before the second signature: that moves what was proposed."""
    me = officer()
    programme = await found_programme(room, me, sealed="sealed")
    through = await bring_to_canada(room, me, programme, 5)
    second = await listed(room, me, programme)
    await tell_consent(room, through, through.person_ids[0], live=False, purpose="public_statistics")
    figures = {"figures": ["helped_to_escape"]}
    proposed = (await propose(room, me, programme, **figures)).json()
    assert [figure["value"] for figure in proposed["figures"]] == [4]
    await tell_consent(room, through, through.person_ids[1], live=False, purpose="public_statistics")
    assert problem(await sign(room, second, proposed)) == (409, "figures_moved")
    again = (await propose(room, me, programme, **figures)).json()
    assert [figure["value"] for figure in again["figures"]] == [3]
    assert (await sign(room, second, again)).json()["state"] == "published"
