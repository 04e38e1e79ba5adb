"""What the other services are told of people's ways into a country, and of the far end.

Rule: events of a sealed programme are those of any other; only inside the sealed parts does it say less.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from services.settlement.programmes.model import submissions as model
from services.settlement.programmes.model.submissions import Shown
from services.settlement.programmes.store import pathways, submissions
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
)
from shared.work import Work

Settling = Literal["in_reception", "settling"]


async def tell_pathway(work: Work, case_id: str, person_ids: Sequence[str], state: Shown, *, veiled: bool) -> None:
    """One way of these people came as far as `state`; intake learns how far each has come, of a veiled way nothing."""
    shown = {} if veiled else await _shown(work, person_ids, state)
    persons = tuple(
        PathwayPerson(person_id=one, view=Sealed.of(one, PathwayView(state=shown.get(one)))) for one in person_ids
    )
    work.emit(PathwayChanged(case_id=case_id, at=work.now, persons=persons))


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
    return tuple(
        SettlingPerson(person_id=one, view=Sealed.of(one, SettlingView(state=None if one in veiled else state)))
        for one, state in states.items()
    )


async def _shown(work: Work, person_ids: Sequence[str], state: Shown) -> dict[str, Shown]:
    standing = await submissions.standing(work, person_ids)
    for person_id in await pathways.with_way(work, person_ids):
        standing[person_id].add("accepted")
    return {person_id: model.shown(ways, state) for person_id, ways in standing.items()}
