"""How a person can be reached without harm, and the words that they are known by."""

import asyncio
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import func, select

from services.intake.database import metadata
from services.intake.people.model.safe_contact import Hours, SafeContact, attempt
from services.intake.people.store.safe_contact import CODE_WORDS, SAFE_CONTACTS
from services.intake.service import blueprint
from shared.audit import AUDIT
from shared.contracts.intake import CodeWordSaid
from shared.database import FOUNDATION
from tests.intake.conftest import REFERRAL_KEY
from tests.intake.test_way_to_a_plan import ADAM, accept, ask
from tests.logistics.scene import open_all_lanes
from tests.support.room import Room, open_room, problem, staff
from tests.support.statements import statements

SAFE_CONTACT: dict[str, Any] = {
    "channel": "signal",
    "handle": "+7 900 000-00-01",
    "hours": [
        {"days": [1, 2, 3, 4, 5], "begins": "10:00", "until": "12:00"},
        {"days": [6], "begins": "22:00", "until": "01:00"},
    ],
    "zone": "Europe/Moscow",
    "language": "ru",
    "cover_name": "Aunt Vera",
    "never_call": True,
    "somebody_else_reads": True,
    "code_word": "Grey swan",
    "duress_word": "Blue heron",
}


async def person(client: AsyncClient) -> tuple[str, str]:
    """A case with one person: the ids of both."""
    case_id = await accept(client, await ask(client), [ADAM], [])
    (one,) = (await client.get(f"/cases/{case_id}/people")).json()["people"]
    return case_id, str(one["id"])


async def agree(client: AsyncClient, person_id: str, version: int = 0, **other: Any) -> Response:
    body = {name: value for name, value in {**SAFE_CONTACT, **other}.items() if value is not ...}
    return await client.post(f"/people/{person_id}/safe-contact", json=body, headers={"If-Match": f'"{version}"'})


async def say(client: AsyncClient, person_id: str, word: str) -> Response:
    return await client.post(f"/people/{person_id}/safe-contact/code-word", json={"word": word})


async def test_contact_is_safe_in_the_hours_of_the_person_alone(room: Room) -> None:
    """By their own clock: it is Monday, 15:00 in Moscow, and the next safe hour is Tuesday, 10:00 there."""
    async with room.client(staff("intake_officer")) as client:
        _, who = await person(client)
        nothing = (await client.get(f"/people/{who}/safe-contact")).json()
        assert (nothing["contact"], nothing["version"]) == (None, 0)
        assert nothing["now"] == {"allowed": False, "why_not": ["nothing_agreed"], "safe_at": None}
        agreed = (await agree(client, who)).json()
        assert agreed["now"] == {
            "allowed": False,
            "why_not": ["outside_safe_hours"],
            "safe_at": "2017-04-04T07:00:00Z",
        }
        allowed = []
        # Tuesday 10:00, Tuesday 12:00, Sunday 00:30, which is still the night of Saturday, and Sunday 01:00, all there.
        for instant in ("04T07:00", "04T09:00", "08T21:30", "08T22:00"):
            room.clock.move(datetime.fromisoformat(f"2017-04-{instant}:00+00:00"))
            allowed.append((await client.get(f"/people/{who}/safe-contact")).json()["now"]["allowed"])
    assert allowed == [True, False, True, False]
    assert "word" not in "".join(agreed["contact"])


def test_why_an_attempt_is_refused() -> None:
    """Another channel, a call that must never come, an hour that is not theirs; what waits for them is none."""
    morning = Hours((1, 2, 3, 4, 5, 6, 7), time(9), time(10))
    kept = SafeContact("signal", "@a", (morning,), "Europe/Berlin", "de", "", never_call=True, somebody_else_reads=True)
    noon = datetime(2017, 10, 28, 12, tzinfo=UTC)
    assert attempt(kept, "phone", noon).why_not == ("other_channel", "never_call", "outside_safe_hours")
    assert attempt(kept, "sms", noon).why_not == ("other_channel", "outside_safe_hours")
    assert attempt(kept, "receipt", noon).allowed
    assert attempt(None, "signal", noon).why_not == ("nothing_agreed",)
    # In the night of 29 October the clocks of Berlin go back: nine o'clock is 07:00 UTC before and 08:00 after.
    assert attempt(kept, "signal", datetime(2017, 10, 28, 7, tzinfo=UTC)).allowed
    assert not attempt(kept, "signal", datetime(2017, 10, 29, 7, tzinfo=UTC)).allowed
    assert attempt(kept, "signal", noon).safe_at == datetime(2017, 10, 29, 8, tzinfo=UTC)
    always = SafeContact("sms", "1", (Hours((7,), time(0), time(0)),), "Europe/Berlin", "de", "", False, False)
    assert attempt(always, "sms", datetime(2017, 10, 29, 23, 30, tzinfo=UTC)).why_not == ("outside_safe_hours",)
    assert attempt(always, "sms", datetime(2017, 10, 28, 22, tzinfo=UTC)).allowed
    assert attempt(always, "sms", datetime(2017, 10, 29, 22, 59, tzinfo=UTC)).allowed


async def test_a_profile_is_agreed_in_versions(room: Room) -> None:
    """A conflicting edit is refused with what is there; the words stay unless new ones are agreed; nonsense is not."""
    async with room.client(staff("intake_officer")) as client:
        _, who = await person(client)
        assert (await agree(client, who)).json()["version"] == 1
        late = await agree(client, who, handle="@other")
        assert problem(late) == (412, "stale_version")
        assert late.json()["present"]["contact"]["handle"] == SAFE_CONTACT["handle"]
        again = await agree(client, who, 1, handle="@new", code_word=..., duress_word=...)
        assert (again.json()["contact"]["handle"], again.json()["words_agreed"]) == ("@new", True)
        assert (await say(client, who, "grey SWAN")).json()["matches"]
        refused = [
            await agree(client, who, 2, zone="Europe/Nowhere"),
            await agree(client, who, 2, channel="phone"),
            await agree(client, who, 2, duress_word="grey  swan"),
            await agree(client, who, 2, duress_word=...),
        ]
        assert [problem(it)[0] for it in refused] == [422] * 4
    kept = await room.rows(select(SAFE_CONTACTS.c.version).order_by(SAFE_CONTACTS.c.version))
    assert [row["version"] for row in kept] == [1, 2]


async def test_two_who_agree_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL, in transactions of their own: one is written, the other is told that it is stale."""
    monkeypatch.setattr("shared.database.engine.GROUP", 1)
    async with open_room(blueprint(REFERRAL_KEY), tmp_path, "postgresql") as room:
        async with room.client(staff("intake_officer")) as client:
            _, who = await person(client)
            await open_all_lanes(room)
            answers = await asyncio.gather(*(agree(client, who, handle=f"@{number}") for number in range(4)))
        assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]


async def everything(room: Room) -> dict[str, int]:
    """How many rows each table has."""
    tables = [*metadata.tables.values(), *FOUNDATION.tables.values()]
    return {it.name: (await room.rows(select(func.count().label("n")).select_from(it)))[0]["n"] for it in tables}


async def test_a_duress_word_looks_like_the_code_word_and_notify_alone_hears_it(room: Room) -> None:
    """The answer, the statements, the rows, the timeline and the size of the event are the same, and not for a word
    that was never agreed."""
    async with room.client(staff("intake_officer")) as client:
        case_id, who = await person(client)
        assert problem(await say(client, who, "Grey swan")) == (409, "no_words")
        await agree(client, who)
        seen = []
        for word in ("grey swan", " BLUE heron", "red fox"):
            before = await everything(room)
            with statements() as said:
                answer = await say(client, who, word)
            written = {table: count - before[table] for table, count in (await everything(room)).items()}
            told = (await room.told(CodeWordSaid))[-1]
            timeline = (await client.get(f"/cases/{case_id}/timeline")).json()["happenings"][-1]
            seen.append(
                (
                    answer.status_code,
                    {**answer.json(), "id": ""},
                    tuple(said),
                    written,
                    len(told.word.parts["notify"].box),
                    timeline["what"],
                )
            )
            assert told.hearing_id == answer.json()["id"]
    assert seen[0] == seen[1]
    assert (seen[0][1]["matches"], seen[2][1]["matches"]) == (True, False)
    assert seen[2][2:] == seen[0][2:]
    heard = [room.opened("notify", it, it.word).duress for it in await room.told(CodeWordSaid)]
    assert heard == [False, True, False]


async def test_who_may_reach_somebody(room: Room) -> None:
    """Who works with the person sees how; who is merely on the case, or nobody to it, does not; every look is written
    down."""
    officer, reviewer = staff("intake_officer"), staff("reviewer")
    async with room.client(officer) as client, room.client(reviewer) as other:
        case_id = await accept(client, await ask(client), [ADAM], [reviewer.id])
        (one,) = (await client.get(f"/cases/{case_id}/people")).json()["people"]
        url = f"/people/{one['id']}/safe-contact"
        assert problem(await other.get(url)) == (403, "not_permitted")
        assert problem(await agree(other, one["id"])) == (403, "not_permitted")
        async with room.client(staff("intake_officer")) as stranger:
            assert problem(await stranger.get(url)) == (404, "not_found")
        await client.get(url)
    looks = await room.rows(select(AUDIT.c.actor_id).where(AUDIT.c.verb == "see_safe_contact"))
    assert [row["actor_id"] for row in looks] == [officer.id]
    assert await room.rows(select(CODE_WORDS.c.person_id)) == []
