"""What can be done about staff: make and change teams, name them for cases, know colleagues by name, take tokens back.

Rule: whoever is on a case is published person by person; the other services know no teams. A change of a team is told
of every case it is named for in the same transaction.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select

from services.intake.staff import model, store
from services.intake.staff.model import Assignment, Colleague, Shift, StaffTeam
from shared.access import Resource, entries_of, replace_entries
from shared.clock import new_id
from shared.contracts.intake import AccessChanged, TokensRevoked
from shared.database import Slice
from shared.errors import invalid
from shared.revoking import revoke
from shared.work import Work

_TEAMS = Resource("Teams", "all", {})
SHIFT_BEGINS, SHIFT_ENDS = "shift_begins", "shift_ends"
"""Timers of a shift; what they do stands where requests find their readers."""


async def make_team(work: Work, name: str, members: Collection[str]) -> StaffTeam:
    """Errors: Refusal forbidden."""
    work.permit("manage_teams", _TEAMS)
    team = StaffTeam(new_id(), name, tuple(sorted(set(members))), 1)
    await store.add(work, team)
    work.audit("make_team", subjects=[team.id, *team.members])
    return team


async def change_team(work: Work, team_id: str, version: int, name: str, members: Collection[str]) -> StaffTeam:
    """Rename it, replace who is in it, and with that who is on its cases.

    Errors: Refusal not_found, forbidden, stale; invalid when a case would be left with nobody.
    """
    work.permit("manage_teams", _TEAMS)
    team = await store.load(work, team_id)
    version = await work.change(store.TEAMS, team_id, version, name=name)
    await store.set_members(work, team_id, set(members))
    case_ids = await store.cases_of(work, team_id)
    await store.hold_cases(work, case_ids)
    for case_id in case_ids:
        _, recused = await entries_of(work, case_id)
        await _tell(work, case_id, recused)
    changed = replace(team, name=name, members=tuple(sorted(set(members))), version=version)
    work.audit("change_team", subjects=[team_id, *changed.members])
    return changed


async def see_teams(work: Work, after: str | None, limit: int) -> list[StaffTeam]:
    """Errors: Refusal forbidden."""
    work.permit("see_teams", _TEAMS)
    teams = await store.page(work, after, limit)
    work.audit("see_teams", subjects=[team.id for team in teams])
    return teams


async def see_team(work: Work, team_id: str) -> StaffTeam:
    """Errors: Refusal forbidden, not_found."""
    work.permit("see_teams", _TEAMS)
    team = await store.load(work, team_id)
    work.audit("see_team", subjects=[team_id])
    return team


async def hold_teams(work: Work, team_ids: Collection[str]) -> None:
    """Before their case is held: nobody changes these meanwhile. Errors: Refusal invalid for an unknown one."""
    if not await store.hold_teams(work, team_ids):
        raise invalid("unknown_team", "One of these teams does not exist.")


async def assign(work: Work, case_id: str, named: Assignment, recused: Collection[str]) -> None:
    """These are on the case from now on. The caller checked that they may, and holds the teams.

    Errors: Refusal invalid when nobody would be left.
    """
    await store.hold_cases(work, [case_id])
    await store.name(work, case_id, named)
    await _tell(work, case_id, recused)


async def release(work: Work, case_id: str) -> None:
    """The case is no more: nobody is on it. The caller decided so, and tells of it."""
    await store.hold_cases(work, [case_id])
    await store.forget_case(work, case_id)
    await replace_entries(work, case_id, (), (), work.now)


async def named_for(work: Work, case_id: str) -> Assignment:
    """For cases, which check access themselves."""
    return await store.named_for(work, case_id)


def teams_with(actor_id: str) -> Select[tuple[str]]:
    """The teams that somebody is in; for use as a subquery."""
    return store.teams_with(actor_id)


def is_named(case_id: ColumnElement[str], team_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a team is named for a case, both named by columns; as a part of a query."""
    return store.is_named(case_id, team_id)


async def named_in_person(work: Work, actor_id: str) -> list[str]:
    """The cases for which somebody is named themselves, not by a team; for cases, which check access themselves."""
    return await store.named_in_person(work, actor_id)


async def members_of(work: Work, team_ids: Collection[str]) -> frozenset[str]:
    """Everybody in one of these teams; for cases, which check access themselves."""
    return frozenset(who for members in (await store.members_of(work, team_ids)).values() for who in members)


async def revoke_tokens(work: Work, actor_id: str) -> datetime:
    """Everything that was issued to somebody until now is refused by every service within seconds.

    Returns the instant, of real time: tokens do not live on the domain clock. Errors: Refusal forbidden.
    """
    work.permit("revoke_tokens", Resource("Account", actor_id, {}))
    before = datetime.now(UTC)
    await revoke(work, actor_id, before)
    work.emit(TokensRevoked(actor_id=actor_id, at=work.now, before=before))
    return before


async def introduce(work: Work, name: str) -> Colleague:
    """The actor says by which name colleagues know them; one that they have stays. Errors: Refusal forbidden."""
    work.permit("see_colleagues", Resource("Colleague", work.actor.id, {"own": True}))
    told = Colleague(work.actor.id, name, 1)
    if await store.add_colleague(work, told):
        work.audit("introduce_colleague", subjects=[told.id])
        return told
    return await store.load_colleague(work, work.actor.id)


async def rename(work: Work, actor_id: str, version: int, name: str) -> Colleague:
    """Give a colleague another name. Errors: Refusal not_found, forbidden, stale."""
    work.permit("rename_colleague", Resource("Colleague", actor_id, {"own": actor_id == work.actor.id}))
    version = await store.rename_colleague(work, actor_id, version, name)
    work.audit("rename_colleague", subjects=[actor_id])
    return Colleague(actor_id, name, version)


async def see_colleagues(work: Work, after: str | None, limit: int) -> list[Colleague]:
    """Everybody who was introduced. Errors: Refusal forbidden."""
    work.permit("see_colleagues", Resource("Colleague", "all", {"own": False}))
    found = await store.page_of_colleagues(work, after, limit)
    work.audit("see_colleagues", subjects=[one.id for one in found])
    return found


async def see_colleague(work: Work, actor_id: str) -> Colleague:
    """Errors: Refusal forbidden, not_found."""
    work.permit("see_colleagues", Resource("Colleague", actor_id, {"own": actor_id == work.actor.id}))
    found = await store.load_colleague(work, actor_id)
    work.audit("see_colleagues", subjects=[actor_id])
    return found


async def plan_shift(
    work: Work, actor_id: str, begins_at: datetime, ends_at: datetime, languages: Collection[str]
) -> Shift:
    """Somebody will be on duty. Errors: Refusal forbidden; invalid."""
    work.permit("plan_shift", Resource("Roster", "all", {"own": actor_id == work.actor.id}))
    model.check_shift(begins_at, ends_at, work.now)
    shift = Shift(new_id(), actor_id, begins_at, ends_at, tuple(sorted(set(languages))), 1)
    await store.add_shift(work, shift)
    await work.at(begins_at, SHIFT_BEGINS, shift.id)
    await work.at(ends_at, SHIFT_ENDS, shift.id)
    work.audit("plan_shift", subjects=[shift.id, actor_id])
    return shift


async def end_shift(work: Work, shift_id: str, version: int) -> Shift:
    """It ends now, or never begins. Errors: Refusal not_found, forbidden, stale; conflict when it is over."""
    work.permit("see_roster", Resource("Roster", "all", {}))
    shift = await store.load_shift(work, shift_id)
    work.permit("plan_shift", Resource("Roster", "all", {"own": shift.actor_id == work.actor.id}))
    model.check_ending(shift, work.now)
    next_version = await work.change(store.SHIFTS, shift_id, version, ends_at=work.now)
    await work.cancel(SHIFT_BEGINS, shift_id)
    await work.at(work.now, SHIFT_ENDS, shift_id)
    work.audit("end_shift", subjects=[shift_id, shift.actor_id])
    return replace(shift, ends_at=work.now, version=next_version)


async def see_roster(work: Work, after: str | None, limit: int) -> Slice[Shift]:
    """Who is on duty and will be. Errors: Refusal forbidden."""
    work.permit("see_roster", Resource("Roster", "all", {}))
    shifts = await store.page_of_shifts(work, after, limit)
    work.audit("see_roster", subjects=[shift.id for shift in shifts.items])
    return shifts


async def see_shift(work: Work, shift_id: str) -> Shift:
    """Errors: Refusal forbidden, not_found."""
    work.permit("see_roster", Resource("Roster", "all", {}))
    shift = await store.load_shift(work, shift_id)
    work.audit("see_roster", subjects=[shift_id])
    return shift


async def read_on_duty(work: Work) -> frozenset[str]:
    """The languages that somebody on duty reads; for a slice that checks access itself."""
    return model.read(await store.on_duty(work), work.now)


async def read_by(work: Work, actor_id: str) -> frozenset[str]:
    """The languages that somebody reads who is on duty; none when they are not."""
    return model.read([shift for shift in await store.on_duty(work) if shift.actor_id == actor_id], work.now)


async def _tell(work: Work, case_id: str, recused: Collection[str]) -> None:
    named = await store.named_for(work, case_id)
    members = await store.members_of(work, named.teams)
    assigned = sorted(model.assigned(named, members, recused))
    await replace_entries(work, case_id, assigned, recused, work.now)
    work.emit(AccessChanged(case_id=case_id, at=work.now, assigned=tuple(assigned), recused=tuple(sorted(recused))))
    work.audit("change_access", case_id=case_id, subjects=[*assigned, *recused])
