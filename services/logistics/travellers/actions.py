"""What intake tells of a case and its people, and looking at it.

Rule: a key is made once, when its person or case is first heard of, whichever service tells of them first.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from services.logistics.travellers import model, store
from services.logistics.travellers.model import Consent, Facts, Group, Person
from shared.access import case_resource, replace_entries
from shared.work import Work


@dataclass(frozen=True)
class Member:
    """A member of a group as the staff see them; consents: the purposes that are live today."""

    id: str
    facts: Facts
    minor: bool
    consents: tuple[str, ...]


async def open_case(work: Work, case_id: str, at: datetime, members: Mapping[str, Facts]) -> None:
    """Intake opened a case: these people travel together."""
    if await store.add_case(work, case_id, at):
        work.create_key(case_id)
    for person_id, facts in members.items():
        await know(work, case_id, person_id)
        await store.set_facts(work, await work.cipher(person_id), person_id, facts)
    work.audit("open_case", case_id=case_id, subjects=members)


async def know(work: Work, case_id: str, person_id: str) -> None:
    """Somebody is heard of, perhaps for the first time."""
    if await store.add_person(work, person_id, case_id):
        work.create_key(person_id)


async def change_case_state(work: Work, case_id: str, state: str) -> None:
    await store.set_state(work, case_id, state)
    work.audit("change_case_state", case_id=case_id)


async def change_access(
    work: Work, case_id: str, assigned: Collection[str], recused: Collection[str], at: datetime
) -> None:
    """From now on these may see the case, and no others."""
    await replace_entries(work, case_id, assigned, recused, at)
    work.audit("change_access", case_id=case_id, subjects=[*assigned, *recused])


async def note_consent(work: Work, case_id: str, person_id: str, consent: Consent) -> None:
    """A person gave, narrowed or withdrew a consent."""
    await know(work, case_id, person_id)
    await store.put_consent(work, await work.cipher(person_id), person_id, consent)
    work.audit("note_consent", case_id=case_id, subjects=[person_id])


async def group_of(work: Work, case_id: str, *, lock: bool = False) -> Group:
    """For the other slices, which check access themselves; lock: held until the transaction ends.

    Errors: Refusal not_found when intake has not told of the case.
    """
    state = await store.state_of(work, case_id, lock=lock)
    return Group(case_id, state, await store.members(work, case_id))


async def person_of(work: Work, person_id: str, *, lock: bool = False) -> Person:
    """For the other slices, which check access themselves. Errors: Refusal not_found."""
    return await store.load(work, person_id, lock=lock)


async def see_group(work: Work, case_id: str) -> tuple[Group, list[Member]]:
    """Errors: Refusal not_found for who may not see the case."""
    work.permit("see_case", await case_resource(work, work.actor, case_id), see="see_case")
    group = await group_of(work, case_id)
    said = await store.consents(work, group.members)
    today = work.now.date()
    minors = model.minors(group, today)
    members = [
        Member(person_id, facts, person_id in minors, model.live_purposes(said.get(person_id, []), today))
        for person_id, facts in group.members.items()
    ]
    work.audit("see_travellers", case_id=case_id, subjects=group.members)
    return group, members
