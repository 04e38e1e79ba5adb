"""What can be done about relatives outside: write down what a person told of them, change it, end it, look.

Rule: nothing that was told is overwritten: what is told anew is a row beside it, and whoever may read the one may read
the other.
"""

from dataclasses import replace

from services.intake.people.actions.standing import permitted, permitted_about
from services.intake.people.model import relatives as model
from services.intake.people.model.relatives import Ended, Kin, Relative, Telling
from services.intake.people.store import relatives as store
from shared.clock import new_id
from shared.database import Slice
from shared.work import Work


async def add_relative(work: Work, person_id: str, kin: Kin) -> Relative:
    """Errors: Refusal not_found, forbidden."""
    person = await permitted(work, "record_facts", person_id)
    relative = Relative(new_id(), person_id, kin, work.actor.id, work.now, (), None, 1)
    await store.add(work, relative)
    work.audit("add_relative", case_id=person.case_id, subjects=[person_id, relative.id])
    return relative


async def change_relative(work: Work, relative_id: str, version: int, kin: Kin) -> Relative:
    """Something else holds of them from now on; what was told before stays to be read.

    Errors: Refusal not_found, forbidden, stale; conflict already_ended.
    """
    person = await permitted_about(work, "record_facts", store.RELATIVES, relative_id)
    relative = await store.load(work, relative_id)
    if relative.version == version:
        model.check_stands(relative)
    telling = Telling(kin, work.actor.id, work.now)
    version = await store.tell_anew(work, relative, version, telling)
    work.audit("change_relative", case_id=person.case_id, subjects=[person.id, relative_id])
    return model.told(relative, telling, version)


async def end_relative(work: Work, relative_id: str, version: int, why: str) -> Relative:
    """They are no relative outside any more, for a reason; what was told of them stays, and nobody contacts them.

    Errors: as `change_relative`.
    """
    person = await permitted_about(work, "record_facts", store.RELATIVES, relative_id)
    relative = await store.load(work, relative_id)
    if relative.version == version:
        model.check_stands(relative)
    ended = Ended(why, work.actor.id, work.now)
    version = await store.end(work, relative, version, ended)
    work.audit("end_relative", case_id=person.case_id, subjects=[person.id, relative_id])
    return replace(relative, ended=ended, version=version)


async def see_relative(work: Work, relative_id: str) -> Relative:
    """Errors: Refusal not_found, forbidden."""
    person = await permitted_about(work, "see_people", store.RELATIVES, relative_id)
    work.audit("see_relatives", case_id=person.case_id, subjects=[person.id, relative_id])
    return await store.load(work, relative_id)


async def see_relatives(work: Work, person_id: str, after: str | None, limit: int) -> Slice[Relative]:
    """Those outside any case, also who no longer is, oldest first. Errors: Refusal not_found, forbidden."""
    person = await permitted(work, "see_people", person_id)
    found = await store.page(work, person_id, after, limit)
    work.audit("see_relatives", case_id=person.case_id, subjects=[person_id, *(it.id for it in found.items)])
    return found


async def forget(work: Work, person_id: str) -> None:
    """Nothing of their family is known. The caller decided so."""
    await store.forget(work, person_id)
