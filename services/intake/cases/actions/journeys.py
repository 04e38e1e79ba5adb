"""What the other services' news do to people's journeys, and the board that shows them.

Rule: news behind a veil are kept as they come; whoever may look behind it sees them, everybody else the last state
before.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select

from services.intake.cases.model import journeys as model
from services.intake.cases.model.journeys import Later, LaterFacet, News, Place
from services.intake.cases.store import journeys as store
from services.intake.people import actions as people
from shared.audit import AuditEntry
from shared.unknown import Unseen, about
from shared.veil import Veil
from shared.work import Work


@dataclass(frozen=True)
class BoardRow:
    """Where a person stands, and what they wait for."""

    person_id: str
    case_id: str
    code_name: str
    state: str
    blocked_by: tuple[str, ...]


async def see_board(work: Work, after: str | None, limit: int) -> list[BoardRow]:
    """Where everybody stands whose case the actor may see."""
    found = await store.board_rows(work, after, limit)
    veils = await store.VEILS.of_cases(work, {place.case_id for place, _ in found})
    rows = [_row(work, place, later, veils[place.case_id]) for place, later in found]
    work.audit("see_board", subjects=[row.person_id for row in rows])
    return rows


async def copy_of(work: Work, whose: people.Whose) -> dict[str, Any]:
    """How far a person has come, as the board shows it to the one who makes the copy. The caller checked access.

    Not facet by facet: that a bed was left tells of a journey behind a veil.
    """
    place, later = await store.of_person(work, whose.person_id)
    veils = (await store.VEILS.of_cases(work, [place.case_id]))[place.case_id]
    row = _row(work, place, later, veils)
    return {"state": row.state, "blocked_by": row.blocked_by}


def _row(work: Work, place: Place, later: Later, veils: Collection[Veil]) -> BoardRow:
    facets = place.seen(later.seen_by(work.actor.id, veils))
    state, waits = model.state_of(facets), model.blocked_by(facets)
    return BoardRow(place.person_id, place.case_id, place.code_name, state, waits)


async def follow_shelter(work: Work, person_ids: Collection[str], state: str) -> None:
    """Logistics told of the beds of people."""
    await store.set_shelter(work, state, person_ids)


async def follow_later(work: Work, facet: LaterFacet, told: Mapping[str, News]) -> None:
    """Another service told how far people have come on their later journey, perhaps behind a veil."""
    for person_id, later in (await store.lock_later(work, told)).items():
        await store.set_later(work, person_id, later.after(facet, told[person_id]))


async def veiled_cases(work: Work, case_ids: Collection[str]) -> set[str]:
    """Of these cases those on which somebody's later journey is veiled; for what is told to the public."""
    veils = await store.VEILS.of_cases(work, case_ids)
    return {case_id for case_id, some in veils.items() if any(veil.veiled for veil in some)}


async def hiding_cases(work: Work, case_ids: Collection[str]) -> set[str]:
    """Of these cases those on which somebody's later journey is behind a veil that the actor may not look behind."""
    veils = await store.VEILS.of_cases(work, case_ids)
    return {case_id for case_id, some in veils.items() if any(veil.hides_from(work.actor.id) for veil in some)}


async def veils_over(work: Work, asked: Select[Any]) -> list[tuple[Any, Veil | None]]:
    """What one id names, with the veils on its case, at the same cost whether it is there; for the other slices."""
    return await store.VEILS.over(work, asked, "case_id")


async def acts_behind(work: Work, case_id: str) -> bool:
    """Whether what the actor does now about the people of a case is behind a veil that they may look behind."""
    veils = (await store.VEILS.of_cases(work, [case_id]))[case_id]
    return any(veil.covers(work.actor.id, work.now) for veil in veils)


async def unknown(work: Work, rows: Sequence[AuditEntry]) -> Unseen:
    """The rows by which somebody was veiled whose later journey the actor may not look at."""
    return Unseen(places=await store.VEILS.hiding(work, about(rows, {"change_sight": slice(1, None)})))


async def change_sight(work: Work, case_id: str, person_ids: Collection[str], veil: Veil) -> None:
    """Settlement says who may look at the later journey of these people from now on."""
    cipher = await work.cipher(case_id)
    for person_id in person_ids:
        await store.VEILS.draw(work, cipher, case_id, person_id, veil)
    # Without the case: its timeline would tell staff that there is something to look behind.
    work.audit("change_sight", subjects=[case_id, *person_ids])
