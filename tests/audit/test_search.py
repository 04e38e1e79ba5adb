"""Who saw what of whom since when, as an auditor asks a service."""

import json
import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Select, text
from sqlalchemy.dialects import postgresql, sqlite

from shared.access import Actor, Resource
from shared.audit import AuditEntry, write_audit
from shared.audit.search import rows_about
from shared.clock import new_id
from shared.contracts.intake import AccessChanged
from shared.database import Transaction
from shared.database.migrations import migrate
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


async def log_of(room: Room, many: int) -> list[AuditEntry]:
    """That many rows, one a minute, and all of them linked."""
    entries = [bench.entry(random.Random(place), place) for place in range(many)]
    await room.database.transact(lambda tx: write_audit(tx, entries))
    await room.link()
    return entries


async def plan_of(room: Room, query: Select[Any]) -> str:
    how, dialect = ("EXPLAIN QUERY PLAN", sqlite.dialect())
    if room.database.dialect == "postgresql":
        how, dialect = ("EXPLAIN", postgresql.dialect())
        await room.database.transact(lambda tx: tx.execute(text("ANALYZE audit_links, audit")))
    sql = str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    return "\n".join(str(row) for row in await room.rows(text(f"{how} {sql}")))


async def test_a_question_is_answered_through_the_index(room: Room) -> None:
    """Of ten thousand rows those about one person are found, and neither database reads the others for it."""
    entries = await log_of(room, 10_000)
    person = entries[7].subjects[0]
    query = rows_about([person], since=entries[7].at, after=0).limit(50)
    found = [json.loads(row["subjects"]) for row in await room.rows(query)]
    assert found
    assert all(person in subjects for subjects in found)
    plan = await plan_of(room, query)
    assert "audit_about" in plan
    assert "SCAN " not in plan
    assert "Seq Scan" not in plan


@pytest.mark.parametrize("place", [10, 9_900])
async def test_a_question_by_time_alone_begins_where_the_index_says(room: Room, place: int) -> None:
    """Of ten thousand rows those since an instant are found, early or late in the log, and neither database reads what
    was written before it."""
    entries = await log_of(room, 10_000)
    query = rows_about([], since=entries[place].at, after=0).limit(50)
    found = [row["at"] for row in await room.rows(query)]
    assert found == [entry.at for entry in entries[place : place + 50]]
    plan = await plan_of(room, query)
    assert "ix_audit_links_latest" in plan
    assert "SCAN audit" not in plan
    assert "Seq Scan" not in plan


async def test_by_time_alone_a_row_that_came_late_is_found_and_a_clock_ahead_hides_none(room: Room) -> None:
    """Rows are not linked in the order of their instants: whatever was written since is found, as the chain has it."""
    hours = (1, 9, 2, 3, 12, 4)
    entries = [replace(bench.entry(random.Random(hour), 0), at=NOON + timedelta(hours=hour)) for hour in hours]
    for entry in entries:
        await room.database.transact(lambda tx, it=entry: write_audit(tx, [it]))  # type: ignore[misc]
        await room.link()
    for since, wanted in ((0, hours), (3, (9, 3, 12, 4)), (4, (9, 12, 4)), (10, (12,)), (13, ())):
        query = rows_about([], since=NOON + timedelta(hours=since), after=0)
        assert [row["at"] for row in await room.rows(query)] == [NOON + timedelta(hours=hour) for hour in wanted]


async def test_links_of_before_are_found_by_time_after_an_upgrade_and_a_downgrade(room: Room) -> None:
    """The migration fills what earlier releases did not write, and the linker what one wrote beside it."""
    entries = await log_of(room, 20)
    (step,) = room.blueprint.migrations.glob("*_audit_times.py")
    await migrate(room.url, room.blueprint.migrations, f"{int(step.name[:4]) - 1:04d}")
    await migrate(room.url, room.blueprint.migrations)
    late = rows_about([], since=entries[15].at, after=0)
    assert [row["at"] for row in await room.rows(late)] == [entry.at for entry in entries[15:]]
    await room.database.transact(lambda tx: tx.execute(text("UPDATE audit_links SET latest = NULL WHERE number > 17")))
    more = bench.entry(random.Random(20), 20)
    await room.database.transact(lambda tx: write_audit(tx, [more]))
    await room.link()
    assert [row["at"] for row in await room.rows(late)] == [entry.at for entry in (*entries[15:], more)]
