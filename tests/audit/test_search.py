"""Who saw what of whom since when, as an auditor asks a service."""

import json
import random
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql, sqlite

from shared.access import Actor, Resource
from shared.audit import write_audit
from shared.audit.search import rows_about
from shared.clock import new_id
from shared.contracts.intake import AccessChanged
from shared.database import Transaction
from shared.errors import Refusal
from shared.work import Batch, Cause, Work
from tests.bench import audit as bench
from tests.support.room import NOON, Room, problem, staff

CASE, OTHER_CASE, PERSON, TWIN = (digit * 32 for digit in "1234")
AUDITOR = staff("auditor")


async def note(room: Room, actor: Actor, verb: str, case_id: str | None = None, subjects: Iterable[str] = ()) -> None:
    async def job(tx: Transaction) -> None:
        async with Batch.of(tx, room.tools).work(actor, Cause(new_id())) as work:
            work.audit(verb, case_id=case_id, subjects=subjects)

    await room.database.transact(job)


async def asked(room: Room, actor: Actor = AUDITOR, **query: Any) -> dict[str, Any]:
    async with room.client(actor) as client:
        answer = await client.get("/audit", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def verbs(room: Room, actor: Actor = AUDITOR, **query: Any) -> list[str]:
    return [row["verb"] for row in (await asked(room, actor, **query))["items"]]


async def test_rows_are_found_by_whom_they_are_about_and_since_when(room: Room) -> None:
    """By person, by case, by both, and only what came later; every field is told."""
    reader = staff("caseworker")
    await note(room, reader, "see_person", CASE, [PERSON])
    await note(room, reader, "see_list", None, [PERSON, TWIN, PERSON])
    room.clock.move(NOON + timedelta(hours=1))
    await note(room, reader, "change_person", CASE, [TWIN])
    await note(room, reader, "see_case", OTHER_CASE)
    await room.link()
    assert await verbs(room, subject=PERSON) == ["see_person", "see_list"]
    assert await verbs(room, case_id=CASE) == ["see_person", "change_person"]
    assert await verbs(room, subject=TWIN, case_id=CASE) == ["change_person"]
    assert await verbs(room, subject=TWIN, since=(NOON + timedelta(hours=1)).isoformat()) == ["change_person"]
    assert await verbs(room, subject=new_id()) == []
    assert (await verbs(room))[:4] == ["see_person", "see_list", "change_person", "see_case"]
    (row,) = (await asked(room, subject=OTHER_CASE))["items"]
    assert len(row.pop("correlation_id")) == 32
    assert row == {
        "at": "2017-04-03T13:00:00Z",
        "actor_id": reader.id,
        "actor_kind": "staff",
        "verb": "see_case",
        "case_id": OTHER_CASE,
        "subjects": [],
        "denied": False,
    }


async def test_a_refused_look_is_found_and_marked(room: Room) -> None:
    """Also when the resource was a case, which stands among the subjects then."""
    curious = staff("caseworker")

    async def look(work: Work) -> None:
        work.permit("see_case", Resource("Case", CASE, {"assigned": False, "recused": False}), see="see_case")

    async def job(tx: Transaction) -> None:
        async with Batch.of(tx, room.tools).work(curious, Cause(new_id())) as work:
            await look(work)

    with pytest.raises(Refusal, match="not_found"):
        await room.database.transact(job)
    await room.link()
    (row,) = (await asked(room, case_id=CASE))["items"]
    assert (row["verb"], row["actor_id"], row["denied"]) == ("see_case", curious.id, True)


async def test_pages_follow_each_other_and_their_cursors_count_nothing(room: Room) -> None:
    """Every row once, in order; a cursor is not readable, and one of another service is refused."""
    for number in range(5):
        await note(room, staff(), f"look_{number}", CASE)
        await note(room, staff(), "see_elsewhere", OTHER_CASE)
    await room.link()
    seen, after = [], None
    while True:
        page = await asked(room, case_id=CASE, limit=2, **({} if after is None else {"after": after}))
        seen += [row["verb"] for row in page["items"]]
        if page["next"] is None:
            break
        after = page["next"]
    assert seen == [f"look_{number}" for number in range(5)]
    assert after is not None
    async with room.client(AUDITOR) as client:
        for wrong in ("4", after[:-8] + after[-4:] + after[-8:-4], "a" * 60):
            answer = await client.get("/audit", params={"case_id": CASE, "after": wrong})
            assert problem(answer) == (422, "cursor_unreadable")


async def test_only_auditors_read_the_log_and_every_look_is_on_it(room: Room) -> None:
    """Whoever else asks is refused; both stand on the log."""
    async with room.client(staff("manager", "operator", "partner_manager")) as client:
        assert problem(await client.get("/audit", params={"case_id": CASE})) == (403, "not_permitted")
    await asked(room, subject=PERSON, case_id=CASE)
    await room.link()
    told = (await asked(room))["items"]
    assert [(row["verb"], row["denied"], row["case_id"], row["subjects"]) for row in told] == [
        ("see_audit", True, None, ["all"]),
        ("see_audit", False, CASE, [PERSON]),
    ]


async def test_an_auditor_sees_nothing_of_a_case_that_they_must_keep_away_from(room: Room) -> None:
    """The rows are not there, not even as a number."""
    friend = staff("auditor")
    await room.tell(AccessChanged(case_id=CASE, at=NOON, assigned=(), recused=(friend.id,)))
    await note(room, staff(), "see_person", CASE, [PERSON])
    await note(room, staff(), "see_person", OTHER_CASE, [PERSON])
    await room.link()
    assert await verbs(room, friend, case_id=CASE) == []
    assert await verbs(room, friend, subject=PERSON) == ["see_person"]
    assert (await asked(room, friend, subject=PERSON))["items"][0]["case_id"] == OTHER_CASE
    assert await verbs(room, subject=PERSON) == ["see_person", "see_person"]


async def test_a_question_is_answered_through_the_index(room: Room) -> None:
    """Of ten thousand rows those about one person are found, and neither database reads the others for it."""
    entries = [bench.entry(random.Random(place), place) for place in range(10_000)]
    await room.database.transact(lambda tx: write_audit(tx, entries))
    await room.link()
    person = entries[7].subjects[0]
    query = rows_about([person], since=entries[7].at, after=0).limit(50)
    found = [json.loads(row["subjects"]) for row in await room.rows(query)]
    assert found
    assert all(person in subjects for subjects in found)
    how, dialect = ("EXPLAIN QUERY PLAN", sqlite.dialect())
    if room.database.dialect == "postgresql":
        how, dialect = ("EXPLAIN", postgresql.dialect())
    sql = str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    plan = "\n".join(str(row) for row in await room.rows(text(f"{how} {sql}")))
    assert "audit_about" in plan
    assert "SCAN " not in plan
    assert "Seq Scan" not in plan
