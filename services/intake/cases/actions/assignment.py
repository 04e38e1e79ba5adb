"""What can be done about who works on a case: name people and teams, keep away, say how many cases are enough."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from services.intake.cases.actions.moving import case_for
from services.intake.cases.model.assignment import Caps, Caseload, Declared, OverCap
from services.intake.cases.store import assignment as store
from services.intake.cases.store.lifecycle import CASES
from services.intake.staff import actions as staff
from services.intake.staff.model import Assignment
from shared.access import Resource, case_resource, entries_of
from shared.errors import conflict
from shared.work import Work

_CASELOADS = Resource("Caseloads", "all", {})
SUGGESTED = 5
"""How many who have room are named to who asks for somebody without."""


@dataclass(frozen=True)
class Team:
    """Who is named to work on a case, teams beside persons, and who must not; the version is the case's.

    assigns: whether who looks says who is named; nobody else reads why somebody keeps away or was named without room.
    """

    assigned: tuple[str, ...]
    teams: tuple[str, ...]
    recused: tuple[str, ...]
    version: int
    assigns: bool = True
    over_cap: tuple[OverCap, ...] = ()
    declared: tuple[Declared, ...] = ()


async def assign(
    work: Work, case_id: str, version: int, named: Assignment, recused: Collection[str], over_cap_reason: str = ""
) -> Team:
    """Replace who is named for a case and who is recused from it. over_cap_reason: why people without room get it.

    Errors: Refusal not_found, forbidden, stale; invalid for an unknown team, or when nobody would be left on the case;
    conflict caseload_full.
    """
    await case_for(work, case_id, "assign_staff")
    named = named.without(recused)
    await staff.hold_teams(work, named.teams)
    added = set(named.persons) - set((await staff.named_for(work, case_id)).persons)
    await _make_room(work, case_id, added, over_cap_reason)
    next_version = await work.change(CASES, case_id, version)
    await staff.assign(work, case_id, named, recused)
    work.audit("assign_staff", case_id=case_id, subjects=sorted({*named.persons, *named.teams, *recused}))
    said = await store.said_of(work, case_id)
    return Team(named.persons, named.teams, tuple(sorted(recused)), next_version, True, *said)


async def see_team(work: Work, case_id: str) -> Team:
    """Who is named for a case and recused from it; why, for who assigns. Errors: Refusal not_found, forbidden."""
    case = await case_for(work, case_id, "see_team")
    named, (_, recused) = await staff.named_for(work, case_id), await entries_of(work, case_id)
    work.audit("see_team", case_id=case_id, subjects=[*named.persons, *named.teams, *recused])
    resource = await case_resource(work, work.actor, case_id)
    assigns = work.tools.policies.allows(work.actor, "assign_staff", resource)
    said = await store.said_of(work, case_id) if assigns else ()
    return Team(named.persons, named.teams, tuple(recused), case.version, assigns, *said)


async def declare_conflict(work: Work, case_id: str, reason: str) -> None:
    """The actor keeps away from the case from now on, because they know somebody in it, or the like.

    Errors: Refusal not_found; invalid nobody_left when nobody else is on it: name somebody first.
    """
    case = await case_for(work, case_id, "declare_conflict", lock=True)
    named, (_, recused) = await staff.named_for(work, case_id), await entries_of(work, case_id)
    await store.say(work, case_id, "declared", work.actor.id, reason)
    await work.change(CASES, case_id, case.version)
    work.audit("declare_conflict", case_id=case_id, subjects=[work.actor.id])
    away = {*recused, work.actor.id}
    await staff.assign(work, case_id, named.without(away), away)


async def see_caps(work: Work) -> Caps:
    """How many cases are enough, by role. Errors: Refusal forbidden."""
    work.permit("see_caseload", _CASELOADS)
    work.audit("see_caps")
    return await store.caps(work)


async def set_caps(work: Work, caps: Caps) -> Caps:
    """Errors: Refusal forbidden, stale."""
    work.permit("set_caseload", _CASELOADS)
    work.audit("set_caps")
    return replace(caps, version=await store.set_caps(work, caps))


async def see_caseload(work: Work, actor_id: str) -> tuple[Caseload, int | None]:
    """How many open cases somebody is named for, and how many they may have. Errors: Refusal forbidden."""
    work.permit("see_caseload", _CASELOADS)
    work.audit("see_caseload", subjects=[actor_id])
    (caseload,) = await store.caseloads(work, [actor_id])
    return caseload, caseload.most(await store.caps(work))


async def set_caseload(work: Work, actor_id: str, version: int, role: str, cap: int | None) -> None:
    """Say of which role somebody is, and their own cap. Errors: Refusal forbidden, stale."""
    work.permit("set_caseload", _CASELOADS)
    await store.set_caseload(work, Caseload(actor_id, role, cap, 0, version))
    work.audit("set_caseload", subjects=[actor_id])


async def hold_room(work: Work, actor_ids: Collection[str]) -> list[Caseload]:
    """Those of these who have no room; nobody else names any of them until the transaction ends."""
    await store.hold_people(work, actor_ids)
    caps = await store.caps(work)
    return [one for one in await store.caseloads(work, actor_ids) if not one.has_room(caps)]


async def refuse_full(work: Work, full: Collection[Caseload]) -> None:
    """Errors: Refusal conflict caseload_full, which names who has room."""
    if not full:
        return
    caps, wanted = await store.caps(work), {one.role for one in full}
    others = [one for role in sorted(wanted) for one in await store.of_role(work, role, 50)]
    room = [one.id for one in others if one.has_room(caps)][:SUGGESTED]
    names = ", ".join(sorted(one.id for one in full))
    raise conflict("caseload_full", f"No room: {names}. These have room: {', '.join(room) or 'nobody'}.")


async def _make_room(work: Work, case_id: str, added: Collection[str], reason: str) -> None:
    full = await hold_room(work, added)
    if not full:
        return
    if not reason.strip():
        await refuse_full(work, full)
    await work.permit_in_case("exceed_caseload", case_id, CASES.c.id, see="assign_staff")
    for one in full:
        await store.say(work, case_id, "over_cap", one.id, reason)
    work.audit("exceed_caseload", case_id=case_id, subjects=[one.id for one in full])
