"""The figures that the public reads, before and after a disclosure."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from services.notify.disclosure.store import OUTCOMES, TALLIES
from services.notify.service import blueprint
from shared.audit import AUDIT
from shared.clock import new_id
from shared.contracts.fields import Sealed
from shared.contracts.settlement import (
    CountedOutcome,
    DisclosedFigure,
    FigureRelease,
    FiguresDisclosed,
    OutcomeRecorded,
)
from tests.notify.conftest import both
from tests.notify.story import assign, consent
from tests.support.room import Room, open_room, problem, staff

IN_PUBLIC = "public_statistics"
ESCAPED, SETTLED = "helped_to_escape", "settled_in_canada"


async def outcome(
    room: Room,
    figure: Any,
    *,
    counted: bool = True,
    person_id: str | None = None,
    case_id: str | None = None,
    at: datetime | None = None,
    consenting: bool = True,
) -> str:
    """Settlement tells that a person, who consents to being counted unless known before, reached what is counted."""
    case_id = case_id or new_id()
    if person_id is None:
        person_id = new_id()
        if consenting:
            await consent(room, case_id, person_id, to=IN_PUBLIC)
    told = OutcomeRecorded(
        case_id=case_id,
        person_id=person_id,
        at=at or room.clock.now(),
        outcome=Sealed.of(person_id, CountedOutcome(figure=figure, counted=counted)),
    )
    assert await room.tell(told) is None
    return person_id


async def disclose(room: Room, figures: Sequence[tuple[Any, int, date]], *, at: datetime | None = None) -> None:
    release_id = new_id()
    release = FigureRelease(
        figures=tuple(
            DisclosedFigure(
                figure=name, value=value, definition=f"as signed: {name}", as_of=as_of, source="Our records"
            )
            for name, value, as_of in figures
        )
    )
    told = FiguresDisclosed(release_id=release_id, at=at or room.clock.now(), release=Sealed.of(release_id, release))
    assert await room.tell(told) is None


async def published(room: Room) -> bytes:
    async with room.client() as client:
        answer = await client.get("/figures")
    assert answer.status_code == 200, answer.text
    return answer.content


async def figures(room: Room) -> dict[str, dict[str, Any]]:
    async with room.client() as client:
        return {item["figure"]: item for item in (await client.get("/figures")).json()["figures"]}


@both
async def test_small_numbers_are_suppressed(room: Room) -> None:
    """Zero to four look alike; five is told."""
    empty = await published(room)
    for _ in range(4):
        await outcome(room, ESCAPED)
        assert await published(room) == empty
    await outcome(room, ESCAPED)
    told = await figures(room)
    assert told[ESCAPED] == {
        "figure": ESCAPED,
        "value": 5,
        "suppressed": False,
        "definition": "persons whose arrival outside the country of danger was confirmed",
        "as_of": "2017-04-01",
        "source": "this organisation's own records",
        "disclosed": False,
    }
    assert (told[SETTLED]["value"], told[SETTLED]["suppressed"]) == (None, True)


async def test_the_threshold_is_a_setting(tmp_path: Path) -> None:
    """An organisation may suppress more."""
    async with open_room(blueprint(suppress_below=7), tmp_path) as room:
        for _ in range(6):
            await outcome(room, SETTLED)
        assert (await figures(room))[SETTLED]["value"] is None
        await outcome(room, SETTLED)
        assert (await figures(room))[SETTLED]["value"] == 7


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_person_counts_once_as_told_last(tmp_path: Path, kind: str) -> None:
    """Told again, a person is not counted twice; told otherwise, they count no more; what was told earlier is past."""
    async with open_room(blueprint(suppress_below=1), tmp_path, kind) as room:
        await _count_and_recount(room)


async def _count_and_recount(room: Room) -> None:
    people = [await outcome(room, ESCAPED) for _ in range(6)]
    await outcome(room, ESCAPED, person_id=people[0])
    await outcome(room, SETTLED, person_id=people[0])
    assert (await figures(room))[ESCAPED]["value"] == 6
    room.clock.move(room.clock.now() + timedelta(hours=1))
    await outcome(room, ESCAPED, counted=False, person_id=people[0])
    assert (await figures(room))[ESCAPED]["value"] == 5
    await outcome(room, ESCAPED, person_id=people[0], at=room.clock.now() - timedelta(minutes=5))
    assert (await figures(room))[ESCAPED]["value"] == 5
    await outcome(room, ESCAPED, person_id=people[0])
    assert (await figures(room))[ESCAPED]["value"] == 6
    await room.tell_again()
    assert (await figures(room))[ESCAPED]["value"] == 6


@both
async def test_the_published_number_moves_by_no_less_than_five(room: Room) -> None:
    """Whoever reads every day never sees one person more or less, upward or downward, not even around a step."""
    people, read = [], []
    for _ in range(11):
        people.append(await outcome(room, ESCAPED))
        read.append((await figures(room))[ESCAPED]["value"])
    assert read == [None] * 4 + [5] * 5 + [10, 10]
    room.clock.move(room.clock.now() + timedelta(hours=1))
    read.clear()
    for person in people[:7]:
        await outcome(room, ESCAPED, counted=False, person_id=person)
        read.append((await figures(room))[ESCAPED]["value"])
    assert read == [10, 10, 10, 10, 10, 5, 5]
    for person in people[:1]:
        await outcome(room, ESCAPED, person_id=person, at=room.clock.now() + timedelta(minutes=1))
    assert (await figures(room))[ESCAPED]["value"] == 5
    for person in people[7:]:
        await outcome(room, ESCAPED, counted=False, person_id=person)
    assert (await figures(room))[ESCAPED]["value"] == 5
    await outcome(room, ESCAPED, counted=False, person_id=people[0], at=room.clock.now() + timedelta(minutes=2))
    assert (await figures(room))[ESCAPED]["value"] is None


async def test_looking_at_figures_leaves_no_trace(room: Room) -> None:
    """Of the public nothing is stored: not that somebody looked, nor what they were shown."""
    await outcome(room, ESCAPED)

    async def traces() -> list[Any]:
        return [await room.rows(select(table)) for table in (AUDIT, TALLIES, OUTCOMES)]

    before = await traces()
    for _ in range(3):
        await published(room)
    assert await traces() == before


@pytest.mark.parametrize(("signed", "shown"), [(5, None), (6, None), (9, None), (10, 5)])
async def test_a_small_difference_between_two_figures_is_suppressed(room: Room, signed: int, shown: int | None) -> None:
    """Fewer than five who escaped and did not settle, or nobody, are not told by subtraction either."""
    for _ in range(5):
        await outcome(room, SETTLED)
    await disclose(room, [(ESCAPED, signed, date(2017, 8, 31))])
    told = await figures(room)
    assert (told[SETTLED]["value"], told[SETTLED]["suppressed"]) == (shown, shown is None)
    assert told[ESCAPED]["value"] == signed


async def test_two_worlds_one_with_hidden_people_publish_the_same_bytes(tmp_path: Path) -> None:
    """Who does not count changes nothing that anybody can read, on no day and at no size."""
    worlds = []
    for name, hidden in (("without", 0), ("with", 31)):
        (tmp_path / name).mkdir()
        async with open_room(blueprint(), tmp_path / name) as room:
            read = []
            for count in range(7):
                for _ in range(hidden):
                    await outcome(room, ESCAPED, counted=False)
                    await outcome(room, SETTLED, counted=False)
                await outcome(room, ESCAPED)
                room.clock.move(room.clock.now() + timedelta(days=9 * count))
                read.append(await published(room))
            worlds.append(read)
    assert worlds[0] == worlds[1]
    assert len(set(worlds[0])) > 1


async def test_whether_a_person_counts_shows_in_no_row(room: Room) -> None:
    """Rows of who counts and who does not differ in nothing but ciphertext of one length, the tally's included."""
    await outcome(room, ESCAPED, counted=True)
    first = len((await room.rows(select(TALLIES)))[0]["counts"].box)
    for _ in range(12):
        await outcome(room, ESCAPED, counted=False)
        await outcome(room, ESCAPED, counted=True)
    rows = await room.rows(select(OUTCOMES))
    assert len({len(row["counted"].box) for row in rows}) == 1
    assert len((await room.rows(select(TALLIES)))[0]["counts"].box) == first


async def test_a_hidden_persons_outcome_is_on_no_timeline(room: Room) -> None:
    """Staff assigned to a case but not on the programme's list learn nothing from notify."""
    case_id, officer = new_id(), staff("caseworker")
    await assign(room, case_id, officer.id)
    async with room.client(officer) as client:
        before = (await client.get(f"/cases/{case_id}/timeline")).content
        await outcome(room, ESCAPED, counted=False, case_id=case_id, consenting=False)
        assert (await client.get(f"/cases/{case_id}/timeline")).content == before
    async with room.client(staff("caseworker")) as client:
        assert problem(await client.get(f"/cases/{case_id}/timeline")) == (404, "not_found")


@both
async def test_after_a_disclosure_exactly_what_was_signed_is_published(room: Room) -> None:
    """Values, definitions, dates and sources are those of the release, small or not, whatever is counted later."""
    for _ in range(5):
        await outcome(room, ESCAPED)
    await disclose(room, [(ESCAPED, 35, date(2017, 8, 31)), (SETTLED, 3, date(2017, 8, 30))])
    for _ in range(9):
        await outcome(room, SETTLED)
    told = await figures(room)
    assert told[ESCAPED] == {
        "figure": ESCAPED,
        "value": 35,
        "suppressed": False,
        "definition": "as signed: helped_to_escape",
        "as_of": "2017-08-31",
        "source": "Our records",
        "disclosed": True,
    }
    assert (told[SETTLED]["value"], told[SETTLED]["as_of"], told[SETTLED]["disclosed"]) == (3, "2017-08-30", True)


async def test_of_two_disclosures_the_later_signed_counts_in_whatever_order_they_come(room: Room) -> None:
    """Releases have keys of their own, so the bus may bring the earlier one last; an unnamed figure stays counted."""
    await disclose(room, [(ESCAPED, 35, date(2017, 8, 31))], at=datetime(2017, 9, 2, tzinfo=UTC))
    await disclose(room, [(ESCAPED, 31, date(2017, 7, 31))], at=datetime(2017, 8, 2, tzinfo=UTC))
    told = await figures(room)
    assert told[ESCAPED]["value"] == 35
    assert (told[SETTLED]["value"], told[SETTLED]["disclosed"]) == (None, False)
