"""What the other services are told of people's ways into a country, and of the far end.

Rule: events of a sealed programme are those of any other; only inside the sealed parts does it say less. Who may look
at what is veiled is told for every programme, by case, when people are accepted and when its list or its seal changes.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from services.settlement.programmes.model import submissions as model
from services.settlement.programmes.model.programmes import Sight, sight
from services.settlement.programmes.model.submissions import Shown, Submission
from services.settlement.programmes.store import pathways, programmes, submissions
from shared.contracts.fields import Sealed
from shared.contracts.settlement import (
    ClearedPerson,
    EntryClearance,
    EntryCleared,
    PathwayChanged,
    PathwayPerson,
    PathwayView,
    SettlingPerson,
    SettlingView,
    SightChanged,
)
from shared.contracts.settlement import Sight as ToldSight
from shared.veils import filled
from shared.work import Work

Settling = Literal["in_reception", "settling"]


async def tell_pathway(work: Work, case_id: str, person_ids: Sequence[str], state: Shown, *, veiled: bool) -> None:
    """One way of these people came as far as `state`; intake learns how far each has come, of a veiled way nothing."""
    shown = {} if veiled else await _shown(work, person_ids, state)
    behind: Literal["accepted"] | None = "accepted" if veiled and state == "accepted" else None
    views = {one: PathwayView(state=shown.get(one), behind=behind) for one in person_ids}
    persons = tuple(PathwayPerson(person_id=one, view=Sealed.of(one, view)) for one, view in views.items())
    work.emit(PathwayChanged(case_id=case_id, at=work.now, persons=persons))


async def tell_sight(work: Work, submission: Submission) -> None:
    """Who may look at the later journey of people whom a programme accepted, as its list and its seal are now."""
    ways = await submissions.ways_in(work, submission.person_ids)
    lists = await programmes.lists(work, {programme_id for theirs in ways.values() for programme_id in theirs})
    people: dict[Sight, list[str]] = {}
    for person_id in submission.person_ids:
        people.setdefault(sight(ways[person_id], lists), []).append(person_id)
    for seen, person_ids in people.items():
        may_look = filled(work, submission.case_id, seen.may_look)
        told = Sealed.of(submission.case_id, ToldSight(veiled=seen.veiled, may_look=may_look))
        work.emit(SightChanged(case_id=submission.case_id, at=work.now, person_ids=tuple(person_ids), sight=told))


def tell_entry(
    work: Work, case_id: str, person_ids: Sequence[str], country: str, from_date: date, *, veiled: bool
) -> None:
    """These people may enter."""
    clearance = EntryClearance(country=country, from_date=from_date, veiled=veiled)
    persons = tuple(ClearedPerson(person_id=one, clearance=Sealed.of(one, clearance)) for one in person_ids)
    work.emit(EntryCleared(case_id=case_id, at=work.now, persons=persons))


async def far_end(work: Work, states: Mapping[str, Settling]) -> tuple[SettlingPerson, ...]:
    """Where people are at the far end, as intake may show it."""
    veiled = await submissions.veiled(work, list(states))
    views = {
        one: SettlingView(state=None, behind=state) if one in veiled else SettlingView(state=state)
        for one, state in states.items()
    }
    return tuple(SettlingPerson(person_id=one, view=Sealed.of(one, view)) for one, view in views.items())


async def _shown(work: Work, person_ids: Sequence[str], state: Shown) -> dict[str, Shown]:
    standing = await submissions.standing(work, person_ids)
    for person_id in await pathways.with_way(work, person_ids):
        standing[person_id].add("accepted")
    return {person_id: model.shown(ways, state) for person_id, ways in standing.items()}
