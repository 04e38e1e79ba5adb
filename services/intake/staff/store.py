"""The tables of teams and of who was named for which case, and every query on them.

Rule: whoever changes who is on a case holds the rows of its teams and then its own row of `staffed_cases`, so that a
change of a team and an assignment that happen at once end as if one had come after the other.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Index, Integer, Select, String, Table, delete, exists, insert, select

from services.intake.database import metadata
from services.intake.staff.model import Assignment, Colleague, Shift, StaffTeam
from shared.access import Actor, staff_with
from shared.database import Instant, Slice, ident, insert_for, paged
from shared.errors import not_found
from shared.vault import Ciphertext, Encrypted
from shared.work import Work

TEAMS = Table(
    "teams",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("name", String(60), nullable=False),
    Column("version", Integer, nullable=False),
)

MEMBERS = Table(
    "team_members",
    metadata,
    Column("team_id", ident(), primary_key=True),
    Column("actor_id", ident(), primary_key=True),
)

STAFFED = Table("staffed_cases", metadata, Column("case_id", ident(), primary_key=True))

NAMED = Table(
    "assignments",
    metadata,
    Column("case_id", ident(), primary_key=True),
    Column("kind", String(8), primary_key=True),
    Column("who_id", ident(), primary_key=True),
    Index(None, "who_id"),
)

SHIFTS = Table(
    "shifts",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("actor_id", ident(), nullable=False),
    Column("begins_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("reads", Encrypted, nullable=False),
    Column("version", Integer, nullable=False),
    Index(None, "ends_at"),
)
"""reads: languages, under the service's own key; they tell of staff, and of nobody who asks."""


COLLEAGUES = Table(
    "colleagues",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("name", Encrypted, nullable=False),
    Column("version", Integer, nullable=False),
)
"""name: under the service's own key and of one length."""

PADDED = 240


def visible_to(actor: Actor, now: datetime) -> Select[Any]:
    """Every team, for who assigns staff; the instant does not matter."""
    return select(TEAMS).where(staff_with(actor, "manager", "intake_officer"))


async def page(work: Work, after: str | None, limit: int) -> list[StaffTeam]:
    """The next teams that the present actor may see, in order of their ids."""
    query = visible_to(work.actor, work.now).order_by(TEAMS.c.id).limit(limit)
    return await _opened(work, query if after is None else query.where(TEAMS.c.id > after))


async def load(work: Work, team_id: str) -> StaffTeam:
    """Errors: Refusal not_found."""
    found = await _opened(work, select(TEAMS).where(TEAMS.c.id == team_id))
    if not found:
        raise not_found()
    return found[0]


async def add(work: Work, team: StaffTeam) -> None:
    await work.execute(insert(TEAMS), {"id": team.id, "name": team.name, "version": team.version})
    await set_members(work, team.id, team.members)


async def set_members(work: Work, team_id: str, members: Collection[str]) -> None:
    """These and no others; the caller holds the row of the team."""
    await work.execute(delete(MEMBERS).where(MEMBERS.c.team_id == team_id))
    if members:
        await work.execute(insert(MEMBERS), [{"team_id": team_id, "actor_id": who} for who in sorted(members)])


async def members_of(work: Work, team_ids: Collection[str]) -> dict[str, list[str]]:
    """By team; one without members is there too."""
    found: dict[str, list[str]] = {team_id: [] for team_id in team_ids}
    query = select(MEMBERS).where(MEMBERS.c.team_id.in_(team_ids)).order_by(MEMBERS.c.actor_id)
    for row in await work.execute(query):
        found[row.team_id].append(row.actor_id)
    return found


async def hold_teams(work: Work, team_ids: Collection[str]) -> bool:
    """Nobody else changes these until the transaction ends; False when one of them does not exist."""
    query = select(TEAMS.c.id).where(TEAMS.c.id.in_(team_ids)).order_by(TEAMS.c.id).with_for_update()
    return len((await work.execute(query)).all()) == len(set(team_ids))


async def hold_cases(work: Work, case_ids: Collection[str]) -> None:
    """Nobody else changes who is on these until the transaction ends."""
    own = insert_for(work.dialect, STAFFED).on_conflict_do_nothing()
    for case_id in sorted(case_ids):
        await work.execute(own, {"case_id": case_id})
        await work.execute(select(STAFFED).where(STAFFED.c.case_id == case_id).with_for_update())


async def name(work: Work, case_id: str, named: Assignment) -> None:
    """These are named for the case and no others; the caller holds it."""
    await work.execute(delete(NAMED).where(NAMED.c.case_id == case_id))
    kinds = [*(("person", who) for who in named.persons), *(("team", who) for who in named.teams)]
    if kinds:
        await work.execute(insert(NAMED), [{"case_id": case_id, "kind": kind, "who_id": who} for kind, who in kinds])


async def forget_case(work: Work, case_id: str) -> None:
    """The caller holds it."""
    for table in (NAMED, STAFFED):
        await work.execute(delete(table).where(table.c.case_id == case_id))


async def named_for(work: Work, case_id: str) -> Assignment:
    query = select(NAMED.c.kind, NAMED.c.who_id).where(NAMED.c.case_id == case_id).order_by(NAMED.c.who_id)
    rows = (await work.execute(query)).all()
    persons, teams = (tuple(row.who_id for row in rows if row.kind == kind) for kind in ("person", "team"))
    return Assignment(persons, teams)


async def cases_of(work: Work, team_id: str) -> list[str]:
    """The cases for which the team is named, in order of their ids."""
    query = select(NAMED.c.case_id).where(NAMED.c.kind == "team", NAMED.c.who_id == team_id)
    return list((await work.execute(query.order_by(NAMED.c.case_id))).scalars())


def teams_with(actor_id: str) -> Select[tuple[str]]:
    return select(MEMBERS.c.team_id).where(MEMBERS.c.actor_id == actor_id)


def is_named(case_id: ColumnElement[str], team_id: ColumnElement[Any]) -> ColumnElement[bool]:
    return exists().where(NAMED.c.case_id == case_id, NAMED.c.kind == "team", NAMED.c.who_id == team_id)


async def named_in_person(work: Work, actor_id: str) -> list[str]:
    """The cases for which somebody is named themselves."""
    query = select(NAMED.c.case_id).where(NAMED.c.kind == "person", NAMED.c.who_id == actor_id)
    return list((await work.execute(query.order_by(NAMED.c.case_id))).scalars())


async def _opened(work: Work, query: Select[Any]) -> list[StaffTeam]:
    rows: Sequence[Any] = (await work.execute(query)).all()
    members = await members_of(work, [row.id for row in rows])
    return [StaffTeam(row.id, row.name, tuple(members[row.id]), row.version) for row in rows]


async def add_shift(work: Work, shift: Shift) -> None:
    languages = " ".join(shift.languages).ljust(64)
    row = {
        "id": shift.id,
        "actor_id": shift.actor_id,
        "begins_at": shift.begins_at,
        "ends_at": shift.ends_at,
        "reads": work.vault.own().encrypt_text(f"shifts.reads/{shift.id}", languages),
        "version": shift.version,
    }
    await work.execute(insert(SHIFTS), row)


async def load_shift(work: Work, shift_id: str) -> Shift:
    """Errors: Refusal not_found."""
    row = (await work.execute(select(SHIFTS).where(SHIFTS.c.id == shift_id))).one_or_none()
    if row is None:
        raise not_found()
    return _shift(work, row)


async def on_duty(work: Work) -> list[Shift]:
    """The shifts of who is on duty now."""
    now = SHIFTS.c.begins_at <= work.now, SHIFTS.c.ends_at > work.now
    rows = (await work.execute(select(SHIFTS).where(*now).order_by(SHIFTS.c.id))).all()
    return [_shift(work, row) for row in rows]


async def page_of_shifts(work: Work, after: str | None, limit: int) -> Slice[Shift]:
    """Shifts that are not over, the first to begin first."""
    coming = select(SHIFTS).where(SHIFTS.c.ends_at > work.now)
    query = paged(coming, [SHIFTS.c.begins_at, SHIFTS.c.id], after, limit, among=select(SHIFTS))
    rows = (await work.execute(query)).all()
    return Slice.of(rows, limit, [_shift(work, row) for row in rows])


def _shift(work: Work, row: Any) -> Shift:
    languages = work.vault.own().decrypt_text(f"shifts.reads/{row.id}", row.reads).split()
    return Shift(row.id, row.actor_id, row.begins_at, row.ends_at, tuple(languages), row.version)


async def add_colleague(work: Work, colleague: Colleague) -> bool:
    """False when there is one under this id."""
    row = {"id": colleague.id, "name": _name_box(work, colleague.id, colleague.name), "version": colleague.version}
    added = insert_for(work.dialect, COLLEAGUES).on_conflict_do_nothing()
    return (await work.execute(added, row)).rowcount == 1


async def load_colleague(work: Work, actor_id: str) -> Colleague:
    """Errors: Refusal not_found."""
    row = (await work.execute(select(COLLEAGUES).where(COLLEAGUES.c.id == actor_id))).one_or_none()
    if row is None:
        raise not_found()
    return _colleague(work, row)


async def rename_colleague(work: Work, actor_id: str, version: int, name: str) -> int:
    """Errors: Refusal stale, not_found."""
    return await work.change(COLLEAGUES, actor_id, version, name=_name_box(work, actor_id, name))


async def page_of_colleagues(work: Work, after: str | None, limit: int) -> list[Colleague]:
    """In order of their ids."""
    query = select(COLLEAGUES).order_by(COLLEAGUES.c.id).limit(limit)
    rows = await work.execute(query if after is None else query.where(COLLEAGUES.c.id > after))
    return [_colleague(work, row) for row in rows]


def _name_box(work: Work, actor_id: str, name: str) -> Ciphertext:
    return work.vault.own().encrypt(f"colleagues.name/{actor_id}", name.encode().ljust(PADDED))


def _colleague(work: Work, row: Any) -> Colleague:
    raw = work.vault.own().decrypt(f"colleagues.name/{row.id}", row.name)
    return Colleague(row.id, raw.rstrip().decode(), row.version)
