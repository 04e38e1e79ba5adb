"""What was there before a change has afterwards what the change brings."""

import runpy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import TextClause, bindparam, delete, select, text

from services.intake.service import blueprint
from shared.database import Instant, Transaction
from shared.database.migrations import migrate
from shared.timers import TIMERS
from tests.intake.conftest import REFERRAL_KEY
from tests.intake.test_way_to_a_plan import ADAM as PRINCIPAL
from tests.intake.test_way_to_a_plan import MINOR, accept, ask
from tests.notify.test_migrations import on
from tests.support.consents import TAKEN_BACK, spoken
from tests.support.databases import database_url
from tests.support.room import NOON, Room, open_room, staff

WHOLE, LEFT, ADAM, MILA, ANNA, FIRST, SECOND, WHO = (letter * 32 for letter in "12345678")

MADE = blueprint(REFERRAL_KEY).migrations


def number(name: str) -> tuple[str, str]:
    """The migration of that name, and the one before it."""
    (here,) = (path.name[:4] for path in MADE.glob(f"*_{name}.py"))
    return here, f"{int(here) - 1:04}"


def filled(statement: str, **values: Any) -> TextClause:
    boxes = {"box": b"sealed", "yes": True, "no": False, **values}
    said = text(statement).bindparams(bindparam("at", NOON, Instant)) if ":at" in statement else text(statement)
    return said.bindparams(**{name: value for name, value in boxes.items() if f":{name}" in statement})


def person(person_id: str, case_id: str, place: int) -> TextClause:
    return filled(
        "INSERT INTO people (id, case_id, place, principal, facts, version)"
        " VALUES (:id, :case, :place, :leads, :box, 1)",
        id=person_id,
        case=case_id,
        place=place,
        leads=place == 0,
    )


def request(request_id: str, case_id: str) -> TextClause:
    return filled(
        "INSERT INTO requests (id, state, channel, case_id, telling, urgency, contact, received_at, version)"
        " VALUES (:id, 'accepted', 'web', :case, :box, :box, :box, :at, 1)",
        id=request_id,
        case=case_id,
    )


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_request_of_before_is_of_who_led_its_case_from_the_beginning(kind: str, tmp_path: Path) -> None:
    """Not of who leads a case now that somebody left; downwards nothing but that goes."""
    url, (here, before) = database_url(kind, tmp_path, "intake"), number("whose_requests")
    await migrate(url, MADE, before)
    await on(
        url,
        person(ADAM, WHOLE, 0),
        person(MILA, WHOLE, 1),
        person(ANNA, LEFT, 0),
        request(FIRST, WHOLE),
        request(SECOND, LEFT),
        filled(
            "INSERT INTO audit (seq, at, actor_id, actor_kind, verb, case_id, subjects, correlation_id, denied)"
            " VALUES (1, :at, :who, 'staff', 'leave_case', :case, '[]', :who, :no)",
            who=WHO,
            case=LEFT,
        ),
        text("SELECT seq FROM audit"),
    )
    await migrate(url, MADE, here)
    whose = text("SELECT id, person_id FROM requests ORDER BY id")
    assert await on(url, whose) == [(FIRST, ADAM), (SECOND, None)]
    await migrate(url, MADE, before)
    assert await on(url, text("SELECT id FROM requests ORDER BY id")) == [(FIRST,), (SECOND,)]


async def as_before(room: Room) -> None:
    """Nobody's days are waited for; then comes the migration that changes that."""
    (path,) = MADE.glob("*_days_that_nobody_awaited.py")
    made = runpy.run_path(str(path))

    async def job(tx: Transaction) -> None:
        await tx.execute(delete(TIMERS).where(TIMERS.c.kind.in_(DAYS)))
        for statement in (made["CONSENTS"], made["PEOPLE"]):
            await tx.execute(text(statement))

    await room.database.transact(job)


DAYS = ("age_unseen", "consent_expires", "turns_18")


async def days(room: Room) -> dict[tuple[str, str], datetime]:
    """What is waited for until when, by kind and whom."""
    rows = await room.rows(select(TIMERS).where(TIMERS.c.kind.in_(DAYS)))
    return {(row["kind"], row["subject"]): row["due_at"] for row in rows}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_days_of_before_are_waited_for(kind: str, tmp_path: Path) -> None:
    """The end of a consent and the day on which somebody turns 18; nothing for who has no such day; then they come."""
    async with (
        open_room(blueprint(REFERRAL_KEY), tmp_path, kind) as room,
        room.client(staff("intake_officer")) as client,
    ):
        case_id = await accept(client, await ask(client), [PRINCIPAL, MINOR], [])
        adam, mila = [it["id"] for it in (await client.get(f"/cases/{case_id}/people")).json()["people"]]
        ends, stays = [
            (await client.post(f"/people/{adam}/consents", json=spoken(purpose, expires_on=day))).json()["id"]
            for purpose, day in (("share_with_partner", "2017-04-10"), ("share_with_government", None))
        ]
        over = (await client.post(f"/people/{adam}/consents", json=spoken("public_statistics"))).json()["id"]
        withdrawn = await client.post(f"/consents/{over}/withdrawal", json=TAKEN_BACK, headers={"If-Match": '"1"'})
        assert withdrawn.status_code == 200, withdrawn.text
        awaited = await days(room)
        await as_before(room)
        at_once = {("age_unseen", adam), ("age_unseen", mila), ("consent_expires", ends), ("consent_expires", stays)}
        assert set(await days(room)) == at_once
        await room.fire()
        assert await days(room) == awaited
        assert awaited == {
            ("consent_expires", ends): datetime(2017, 4, 10, tzinfo=UTC),
            ("turns_18", mila): datetime(2026, 5, 1, tzinfo=UTC),
        }
        await as_before(room)
        room.clock.move(datetime(2026, 5, 2, tzinfo=UTC))
        await room.link()
        await room.fire()
        assert await days(room) == {}
        live = {it["id"]: it["live"] for it in (await client.get(f"/cases/{case_id}/consents")).json()["items"]}
        assert live == {ends: False, stays: True, over: False}
        seen = (await client.get(f"/consents/{ends}")).json()["history"]
        assert [it["turn"] for it in seen] == ["given", "expired"]
        duties = (await client.get(f"/cases/{case_id}/duties")).json()["items"]
        assert [it["person_id"] for it in duties if it["kind"] == "came_of_age"] == [mila]
