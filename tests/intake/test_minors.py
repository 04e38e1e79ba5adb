"""Minors: the day on which they turn 18 is noticed, and changes who speaks for them."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from httpx import AsyncClient

from services.intake.people.model.people import comes_of_age, is_minor
from shared.contracts.intake import PeopleJoined
from tests.intake.test_entries import enter
from tests.intake.test_way_to_a_plan import ADAM, MINOR, accept, ask
from tests.support.room import Room, staff


@pytest.mark.parametrize(
    ("born_on", "of_age_on"),
    [
        ("2000-02-29", "2018-03-01"),  # 2018 has no 29 February
        ("2000-02-28", "2018-02-28"),
        ("1999-03-01", "2017-03-01"),
        ("2002-02-28", "2020-02-28"),  # 2020 has one, which is not theirs
        ("2000-12-31", "2018-12-31"),
    ],
)
def test_the_day_on_which_somebody_turns_18(born_on: str, of_age_on: str) -> None:
    """Worked out by hand; the day before they are a minor, from the day on they are not."""
    day = date.fromisoformat(of_age_on)
    assert comes_of_age(date.fromisoformat(born_on)) == day
    before = day.replace(day=day.day - 1) if day.day > 1 else date(day.year, day.month - 1, 28)
    assert [is_minor(date.fromisoformat(born_on), it) for it in (before, day)] == [True, False]


async def duties(client: AsyncClient, case_id: str) -> list[dict[str, Any]]:
    return list((await client.get(f"/cases/{case_id}/duties")).json()["items"])


async def test_turning_18_is_a_duty_for_who_is_assigned(room: Room) -> None:
    """A leap-day birth: on 28 February 2018 nothing happens, on 1 March a duty stands, due within two weeks; an adult
    has none, and it comes once."""
    leap = {**MINOR, "born_on": "2000-02-29"}
    async with room.client(staff("intake_officer")) as client:
        case_id = await accept(client, await ask(client), [ADAM, leap], [])
        _, mila = (await client.get(f"/cases/{case_id}/people")).json()["people"]
        assert mila["minor"] is True
        room.clock.move(datetime(2018, 2, 28, 23, 59, tzinfo=UTC))
        assert await room.fire() == 0
        room.clock.move(datetime(2018, 3, 1, tzinfo=UTC))
        assert await room.fire() == 1
        (duty,) = await duties(client, case_id)
        assert (duty["kind"], duty["person_id"], duty["due_at"]) == ("came_of_age", mila["id"], "2018-03-15T00:00:00Z")
        assert (await client.get(f"/people/{mila['id']}")).json()["minor"] is False
        assert await room.fire() == 0


async def test_a_corrected_birth_date_moves_the_day(room: Room) -> None:
    """Whoever was taken for 17 and is 16 turns 18 a year later, and the other services hear the right date."""
    async with room.client(staff("intake_officer")) as client:
        case_id = await accept(client, await ask(client), [ADAM, {**MINOR, "born_on": "2000-05-01"}], [])
        _, mila = (await client.get(f"/cases/{case_id}/people")).json()["people"]
        await enter(client, mila["id"], "born_on", "2001-05-01", source="document")
        room.clock.move(datetime(2018, 5, 2, tzinfo=UTC))
        await room.fire()
        assert await duties(client, case_id) == []
        room.clock.move(datetime(2019, 5, 1, tzinfo=UTC))
        await room.fire()
        assert [it["kind"] for it in await duties(client, case_id)] == ["came_of_age"]
    (told,) = await room.told(PeopleJoined)
    facts = room.opened("logistics", told, told.people[0].facts)
    assert (told.case_id, facts.born_on, facts.number) == (case_id, date(2001, 5, 1), 2)
