"""What the other services are told of people's ways into a country.

Rule: events of a sealed programme are those of any other; only inside the sealed parts does it say less.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from shared.contracts.fields import Sealed
from shared.contracts.settlement import (
    ClearedPerson,
    EntryClearance,
    EntryCleared,
    PathwayChanged,
    PathwayPerson,
    PathwayView,
)
from shared.work import Work

Shown = Literal["pathway_open", "submitted", "accepted", "refused", "withdrawn"]


def tell_pathway(work: Work, case_id: str, person_ids: Sequence[str], state: Shown, *, veiled: bool) -> None:
    """How far these people's way into a country has come; intake learns nothing of a veiled one."""
    view = PathwayView(state=None if veiled else state)
    persons = tuple(PathwayPerson(person_id=one, view=Sealed.of(one, view)) for one in person_ids)
    work.emit(PathwayChanged(case_id=case_id, at=work.now, persons=persons))


def tell_entry(
    work: Work, case_id: str, person_ids: Sequence[str], country: str, from_date: date, *, veiled: bool
) -> None:
    """These people may enter."""
    clearance = EntryClearance(country=country, from_date=from_date, veiled=veiled)
    persons = tuple(ClearedPerson(person_id=one, clearance=Sealed.of(one, clearance)) for one in person_ids)
    work.emit(EntryCleared(case_id=case_id, at=work.now, persons=persons))
