"""Submissions through settlement's API: consent, quota, waitlist, decision, withdrawal."""

from datetime import UTC, date, datetime

import pytest

from services.settlement.newcomers import actions as newcomers
from services.settlement.newcomers.model import Purpose
from shared.access import Actor
from shared.clock import new_id
from shared.contracts.intake import CaseStateChanged
from shared.contracts.settlement import EntryCleared, PathwayChanged
from shared.work import Work
from tests.settlement.stories import (
    accept,
    assign,
    found_programme,
    get,
    officer,
    open_case,
    post,
    quota,
    submit,
    tell_consent,
)
from tests.support.room import Room, problem, staff


async def shown(room: Room) -> list[tuple[str, str | None]]:
    """Case and state of every pathway_changed, as intake reads it of the first person."""
    return [
        (told.case_id, room.opened("intake", told, told.persons[0].view).state)
        for told in await room.told(PathwayChanged)
    ]


async def test_a_submission_holds_a_place_until_it_is_decided(room: Room) -> None:
    """Submitted holds, accepted uses and clears the entry, refused frees."""
    me = officer()
    programme = await found_programme(room, me, places=3)
    pair, one = await open_case(room, me, people=2), await open_case(room, me)
    first, second = await submit(room, me, programme, pair), await submit(room, me, programme, one)
    assert (first.status_code, first.json()["state"]) == (201, "submitted")
    assert await quota(room, me, programme) == (3, 3, 0, 0)

    url = f"/submissions/{first.json()['id']}/decision"
    asked = await post(room, me, url, {"outcome": "more_information"}, version=1)
    assert (asked.json()["state"], await quota(room, me, programme)) == ("more_information", (3, 3, 0, 0))
    entry = {"outcome": "accepted", "from_date": "2017-05-01"}
    stale = await post(room, me, url, entry, version=1)
    accepted = await post(room, me, url, entry, version=2)
    assert (problem(stale), accepted.json()["from_date"]) == ((412, "stale_version"), "2017-05-01")
    url = f"/submissions/{second.json()['id']}/decision"
    assert (await post(room, me, url, {"outcome": "refused"}, version=1)).json()["state"] == "refused"
    assert await quota(room, me, programme) == (3, 0, 2, 0)

    (cleared,) = await room.told(EntryCleared)
    terms = [room.opened("logistics", cleared, person.clearance) for person in cleared.persons]
    assert [person.person_id for person in cleared.persons] == list(pair.person_ids)
    assert [(term.country, term.from_date, term.veiled) for term in terms] == [("CA", date(2017, 5, 1), False)] * 2
    expected = [(pair, "submitted"), (one, "submitted"), (pair, "accepted"), (one, "refused")]
    assert await shown(room) == [(group.case_id, state) for group, state in expected]


async def test_nobody_is_submitted_without_the_consent_of_everybody_named(room: Room) -> None:
    """One who did not consent, took it back, or whose consent expired stops the submission."""
    me = officer()
    programme = await found_programme(room, me)
    group = await open_case(room, me, people=2, consent=False)
    first, second = group.person_ids
    await tell_consent(room, group, first)
    await tell_consent(room, group, second, purpose="public_statistics")
    assert problem(await submit(room, me, programme, group)) == (409, "consent_missing")
    await tell_consent(room, group, second, live=False)
    assert problem(await submit(room, me, programme, group)) == (409, "consent_missing")
    await tell_consent(room, group, second, expires_on=date(2017, 4, 3))
    assert problem(await submit(room, me, programme, group)) == (409, "consent_missing")
    await tell_consent(room, group, second, expires_on=date(2017, 4, 4))
    assert (await submit(room, me, programme, group)).json()["state"] == "submitted"


async def test_who_finds_no_place_waits_in_order(room: Room) -> None:
    """The first of the waitlist that fits gets what becomes free; who is too many for it keeps waiting."""
    me = officer()
    programme = await found_programme(room, me, places=2)
    groups = [await open_case(room, me, people=people) for people in (1, 1, 2, 1)]
    answers = []
    for minute, group in enumerate(groups):
        room.clock.move(datetime(2017, 4, 3, 13, minute, tzinfo=UTC))
        answers.append((await submit(room, me, programme, group)).json())
    assert [answer["state"] for answer in answers] == ["submitted", "submitted", "waitlisted", "waitlisted"]
    assert await quota(room, me, programme) == (2, 2, 0, 3)
    waiting = await post(room, me, f"/submissions/{answers[2]['id']}/decision", {"outcome": "refused"}, version=1)
    assert problem(waiting) == (409, "wrong_state")

    refusal = {"outcome": "refused"}
    await post(room, me, f"/submissions/{answers[0]['id']}/decision", refusal, version=1)
    states = [(await get(room, me, f"/submissions/{answer['id']}")).json()["state"] for answer in answers]
    assert states == ["refused", "submitted", "waitlisted", "submitted"]
    assert await quota(room, me, programme) == (2, 2, 0, 2)

    wider = await post(
        room, me, f"/programmes/{programme}/places", {"places": 4}, version=await version(room, me, programme)
    )
    assert (wider.json()["held"], wider.json()["waitlist"]) == (4, 0)
    narrower = await post(room, me, f"/programmes/{programme}/places", {"places": 3}, version=wider.json()["version"])
    assert problem(narrower) == (409, "places_taken")


async def version(room: Room, actor: Actor, programme: str) -> int:
    return int((await get(room, actor, f"/programmes/{programme}")).json()["version"])


async def test_who_will_not_wait_is_told_that_there_is_no_place(room: Room) -> None:
    """With `waitlist` false a full programme answers 409 and nothing is written."""
    me = officer()
    programme = await found_programme(room, me, places=0)
    group = await open_case(room, me)
    assert problem(await submit(room, me, programme, group, waitlist=False)) == (409, "no_place")
    assert (await get(room, me, f"/cases/{group.case_id}/submissions")).json()["items"] == []


async def test_nobody_is_put_forward_twice_to_the_same_programme(room: Room) -> None:
    """One person, one place; once refused, they may be put forward again."""
    me = officer()
    programme = await found_programme(room, me)
    group = await open_case(room, me)
    first = await submit(room, me, programme, group)
    assert problem(await submit(room, me, programme, group)) == (409, "already_submitted")
    await post(room, me, f"/submissions/{first.json()['id']}/decision", {"outcome": "refused"}, version=1)
    assert (await submit(room, me, programme, group)).status_code == 201


async def test_a_withdrawn_consent_withdraws_the_submission_at_once(room: Room) -> None:
    """One of the group takes it back: the group's places are free, and who waited moves up exactly once."""
    me = officer()
    programme = await found_programme(room, me, places=2)
    pair, waiting = await open_case(room, me, people=2), await open_case(room, me)
    submitted, queued = await submit(room, me, programme, pair), await submit(room, me, programme, waiting)
    await tell_consent(room, pair, pair.person_ids[1], live=False)
    await room.tell_again()
    await tell_consent(room, pair, pair.person_ids[0], live=False)

    states = [
        (await get(room, me, f"/submissions/{answer.json()['id']}")).json()["state"] for answer in (submitted, queued)
    ]
    assert states == ["withdrawn", "submitted"]
    assert await quota(room, me, programme) == (2, 1, 0, 0)
    expected = [(pair, "submitted"), (waiting, "pathway_open"), (pair, "withdrawn"), (waiting, "submitted")]
    assert sorted(await shown(room)) == sorted((group.case_id, state) for group, state in expected)


async def test_who_no_longer_consents_does_not_move_up(room: Room) -> None:
    """A consent that expired while waiting gives no place; the next in line gets it."""
    me = officer()
    programme = await found_programme(room, me, places=1)
    holder, expiring, patient = [await open_case(room, me) for _ in range(3)]
    await tell_consent(room, expiring, expiring.person_ids[0], expires_on=date(2017, 5, 1))
    first = (await submit(room, me, programme, holder)).json()
    for minute, group in enumerate((expiring, patient)):
        room.clock.move(datetime(2017, 4, 4, 12, minute, tzinfo=UTC))
        await submit(room, me, programme, group)
    room.clock.move(datetime(2017, 5, 1, 0, 0, tzinfo=UTC))
    await post(room, me, f"/submissions/{first['id']}/decision", {"outcome": "refused"}, version=1)
    (submission,) = (await get(room, me, f"/cases/{patient.case_id}/submissions")).json()["items"]
    assert submission["state"] == "submitted"


async def test_who_waits_is_asked_for_consent_only_when_there_is_a_place(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long waitlist is not gone through for one place, and not at all for none."""
    me = officer()
    programme = await found_programme(room, me, places=1)
    answers = []
    for minute, people in enumerate((1, 2, 1, 1)):
        room.clock.move(datetime(2017, 4, 3, 13, minute, tzinfo=UTC))
        answers.append((await submit(room, me, programme, await open_case(room, me, people=people))).json())
    asked: list[tuple[str, ...]] = []
    ask = newcomers.all_consent

    async def counted(work: Work, person_ids: tuple[str, ...], purpose: Purpose, *, lock: bool) -> bool:
        asked.append(tuple(person_ids))
        return await ask(work, person_ids, purpose, lock=lock)

    monkeypatch.setattr(newcomers, "all_consent", counted)
    places = f"/programmes/{programme}/places"
    same = await post(room, me, places, {"places": 1}, version=await version(room, me, programme))
    assert (same.status_code, asked) == (200, [])
    await post(room, me, f"/submissions/{answers[0]['id']}/decision", {"outcome": "refused"}, version=1)
    assert asked == [tuple(answers[2]["person_ids"])]


async def test_the_end_of_one_way_leaves_a_person_as_far_as_the_other_has_come(room: Room) -> None:
    """Intake is told of the farthest way that stands; how a way ended, only when it was the last."""
    me = officer()
    full, wide = await found_programme(room, me, places=0), await found_programme(room, me)
    group = await open_case(room, me)
    first, waiting = (await submit(room, me, wide, group)).json(), (await submit(room, me, full, group)).json()
    await post(room, me, f"/submissions/{first['id']}/decision", {"outcome": "refused"}, version=1)
    again = (await submit(room, me, wide, group)).json()
    await post(room, me, f"/submissions/{waiting['id']}/withdrawal", version=1)
    entry = {"outcome": "accepted", "from_date": "2017-05-01"}
    await post(room, me, f"/submissions/{again['id']}/decision", entry, version=1)
    other = (await submit(room, me, full, group)).json()
    await post(room, me, f"/submissions/{other['id']}/withdrawal", version=1)
    assert [state for _, state in await shown(room)] == [
        "submitted",
        "submitted",
        "pathway_open",
        "submitted",
        "submitted",
        *["accepted"] * 3,
    ]


async def test_who_has_their_own_way_stays_accepted_whatever_a_programme_says(room: Room) -> None:
    """Also each for themselves when a group is told of, and never because of a sealed programme."""
    me = officer()
    programme, sealed = await found_programme(room, me), await found_programme(room, me, sealed="sealed")
    group = await open_case(room, me, people=2)
    way = {"kind": "visa_free", "country": "DE", "from_date": "2017-04-20", "person_ids": [group.person_ids[0]]}
    assert (await post(room, me, f"/cases/{group.case_id}/pathways", way)).status_code == 201
    await submit(room, me, sealed, group)
    submitted = (await submit(room, me, programme, group)).json()
    await post(room, me, f"/submissions/{submitted['id']}/decision", {"outcome": "refused"}, version=1)
    views = [
        [room.opened("intake", told, person.view).state for person in told.persons]
        for told in await room.told(PathwayChanged)
    ]
    assert views == [["accepted"], [None, None], ["accepted", "submitted"], ["accepted", "refused"]]


async def test_a_late_writer_hears_that_they_are_late_before_any_other_rule(room: Room) -> None:
    """412 says: look again; 409 would say that the thing cannot be done."""
    me = officer()
    programme = await found_programme(room, me, places=1)
    submitted = (await submit(room, me, programme, await open_case(room, me))).json()
    url = f"/submissions/{submitted['id']}"
    refused = await post(room, me, f"{url}/decision", {"outcome": "refused"}, version=1)
    for late in (
        await post(room, me, f"{url}/decision", {"outcome": "refused"}, version=1),
        await post(room, me, f"{url}/withdrawal", version=1),
        await post(room, me, f"/programmes/{programme}/places", {"places": 0}, version=1),
    ):
        assert problem(late) == (412, "stale_version")
    present = await post(room, me, f"{url}/withdrawal", version=refused.json()["version"])
    assert problem(present) == (409, "wrong_state")


async def test_an_expired_consent_withdraws_by_itself(room: Room) -> None:
    """On the day of expiry, unless the consent was given anew."""
    me = officer()
    programme = await found_programme(room, me, places=2)
    lapsed, renewed = await open_case(room, me), await open_case(room, me)
    for group in (lapsed, renewed):
        await tell_consent(room, group, group.person_ids[0], expires_on=date(2017, 5, 1))
        await submit(room, me, programme, group)
    await tell_consent(room, renewed, renewed.person_ids[0])
    room.clock.move(datetime(2017, 7, 1, tzinfo=UTC))
    assert await room.fire() == 1
    states = [
        (await get(room, me, f"/cases/{group.case_id}/submissions")).json()["items"][0]["state"]
        for group in (lapsed, renewed)
    ]
    assert (states, await quota(room, me, programme)) == (["withdrawn", "submitted"], (2, 1, 0, 0))


async def test_what_a_government_decided_stays_when_consent_ends(room: Room) -> None:
    """It cannot be recalled: the place stays used, and that is on the audit log."""
    me = officer()
    programme = await found_programme(room, me, places=1)
    group = await open_case(room, me)
    accepted = await accept(room, me, programme, group)
    await tell_consent(room, group, group.person_ids[0], live=False)
    assert await quota(room, me, programme) == (1, 0, 1, 0)
    url = f"/submissions/{accepted.json()['id']}"
    assert (await get(room, me, url)).json()["state"] == "accepted"
    assert problem(await post(room, me, f"{url}/withdrawal", version=accepted.json()["version"])) == (
        409,
        "wrong_state",
    )


async def test_an_officer_withdraws_what_is_undecided(room: Room) -> None:
    """The place is free again, and the person may take another way."""
    me = officer()
    programme = await found_programme(room, me, places=1)
    group = await open_case(room, me)
    submitted = (await submit(room, me, programme, group)).json()
    way = {"kind": "own_travel", "country": "DE", "from_date": "2017-04-20", "person_ids": list(group.person_ids)}
    url = f"/cases/{group.case_id}/pathways"
    assert problem(await post(room, me, url, way)) == (409, "submission_is_live")
    withdrawn = await post(room, me, f"/submissions/{submitted['id']}/withdrawal", version=1)
    assert (withdrawn.json()["state"], await quota(room, me, programme)) == ("withdrawn", (1, 0, 0, 0))
    opened = await post(room, me, url, way)
    assert opened.status_code == 201
    assert (await get(room, me, url)).json()["items"] == [opened.json()]
    (cleared,) = await room.told(EntryCleared)
    terms = room.opened("logistics", cleared, cleared.persons[0].clearance)
    assert (terms.country, terms.from_date, terms.veiled) == ("DE", date(2017, 4, 20), False)
    assert [state for _, state in await shown(room)] == ["submitted", "withdrawn", "accepted"]


async def test_a_closed_case_is_not_put_forward(room: Room) -> None:
    """Until intake reopens it."""
    me = officer()
    programme = await found_programme(room, me)
    group = await open_case(room, me)
    await room.tell(CaseStateChanged(case_id=group.case_id, at=room.clock.now(), state="closed"))
    assert problem(await submit(room, me, programme, group)) == (409, "case_closed")
    await room.tell(CaseStateChanged(case_id=group.case_id, at=room.clock.now(), state="reopened"))
    assert (await submit(room, me, programme, group)).status_code == 201


@pytest.mark.parametrize(
    ("roles", "code"),
    [(("programme_manager",), (403, "not_permitted")), (("coordinator",), (403, "not_permitted"))],
)
async def test_only_programme_officers_submit(room: Room, roles: tuple[str, ...], code: tuple[int, str]) -> None:
    """Others on the case may know of it but not do it."""
    me = officer()
    other = staff(*roles)
    programme = await found_programme(room, me)
    group = await open_case(room, me, other)
    assert problem(await submit(room, other, programme, group)) == code


async def test_who_is_not_assigned_or_recused_learns_nothing_of_the_case(room: Room) -> None:
    """For them it does not exist, nor does what was submitted for it."""
    me, stranger, recused = officer(), officer(), officer()
    programme = await found_programme(room, me)
    group = await open_case(room, me)
    await assign(room, group, me, recused, recused=(recused,))
    submitted = (await submit(room, me, programme, group)).json()
    for actor in (stranger, recused):
        assert problem(await submit(room, actor, programme, group)) == (404, "not_found")
        for url in (f"/submissions/{submitted['id']}", f"/cases/{group.case_id}/submissions"):
            assert problem(await get(room, actor, url)) == (404, "not_found")
        url = f"/submissions/{submitted['id']}/decision"
        assert problem(await post(room, actor, url, {"outcome": "refused"}, version=1)) == (404, "not_found")
        way = {"kind": "visa_free", "country": "DE", "from_date": "2017-04-20", "person_ids": list(group.person_ids)}
        assert problem(await post(room, actor, f"/cases/{group.case_id}/pathways", way)) == (404, "not_found")


async def test_a_submission_names_people_of_its_case(room: Room) -> None:
    """Somebody else's person, or nobody's, is refused."""
    me = officer()
    programme = await found_programme(room, me)
    here, there = await open_case(room, me), await open_case(room, me)
    for wrong in (there.person_ids[0], new_id()):
        body = {"case_id": here.case_id, "person_ids": [wrong]}
        answer = await post(room, me, f"/programmes/{programme}/submissions", body)
        assert problem(answer) == (422, "not_of_this_case")


@pytest.mark.parametrize(
    ("told", "code", "state", "free"),
    [
        ({"state": "planned", "standing": "suspended"}, "case_suspended", "submitted", 2),
        ({"state": "planned", "standing": "supported"}, "case_supported", "withdrawn", 3),
        ({"state": "closed"}, "case_closed", "withdrawn", 3),
    ],
)
async def test_a_case_that_rests_or_ends(room: Room, told: dict[str, str], code: str, state: str, free: int) -> None:
    """Suspended keeps its place and begins nothing new; supported in place or closed gives it back; then it goes on."""
    me = officer()
    programme, group = await found_programme(room, me, places=3), await open_case(room, me)
    submission = (await submit(room, me, programme, group)).json()
    at = room.clock.now()
    assert await room.tell(CaseStateChanged(case_id=group.case_id, at=at, **told)) is None  # type: ignore[arg-type]
    await room.tell_again()
    assert problem(await submit(room, me, programme, group)) == (409, code)
    assert (await get(room, me, f"/submissions/{submission['id']}")).json()["state"] == state
    total, held, _, _ = await quota(room, me, programme)
    assert total - held == free
    going_on = CaseStateChanged(case_id=group.case_id, at=at, state="planned", standing="going_on")
    assert await room.tell(going_on) is None
    again = await submit(room, me, programme, group)
    assert again.status_code == (201 if state == "withdrawn" else 409), again.text
