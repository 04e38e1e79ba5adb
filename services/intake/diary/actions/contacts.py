"""What can be done about contact with somebody on a case: try it as it is safe, and read what was tried."""

from collections.abc import Collection
from datetime import datetime

from services.intake.diary.model import contacts as model
from services.intake.diary.model.contacts import Result, Tried
from services.intake.diary.store import contacts as store
from services.intake.people.actions import people, safe_contact
from services.intake.people.actions.standing import permit
from services.intake.people.model.safe_contact import Channel
from shared.clock import new_id
from shared.database import Slice
from shared.work import Work


async def attempt(work: Work, person_id: str, channel: Channel, result: Result, note: str) -> Tried:
    """Write down a contact that was tried now. Errors: Refusal not_found, forbidden; conflict contact_unsafe."""
    await permit(work, "write_note", person_id)
    person = await people.on_a_case(work, person_id)
    model.check_safe(await safe_contact.may_contact(work, person_id, channel))
    tried = Tried(new_id(), person_id, person.case_id, channel, result, note, work.actor.id, work.now)
    await store.add(work, tried)
    work.audit("try_contact", case_id=person.case_id, subjects=[person_id, tried.id])
    return tried


async def see_attempts(work: Work, person_id: str, after: str | None, limit: int) -> Slice[Tried]:
    """Errors: Refusal not_found for who may not see the case; forbidden for who does not work with its people."""
    await permit(work, "see_people", person_id)
    person = await people.on_a_case(work, person_id)
    found = await store.page(work, person_id, after, limit)
    work.audit("see_contacts", case_id=person.case_id, subjects=[person_id, *(tried.id for tried in found.items)])
    return found


async def tried(work: Work, case_id: str) -> list[tuple[datetime, bool]]:
    """When anybody on a case was tried and whether they were reached, oldest first; for a slice that checks access."""
    return [(one.at, one.result == "reached") for one in await store.of_case(work, case_id)]


async def follow(work: Work, person_ids: Collection[str], to_case_id: str) -> None:
    await store.follow(work, person_ids, to_case_id)


async def forget(work: Work, person_id: str) -> None:
    await store.forget(work, person_id=person_id)


async def forget_case(work: Work, case_id: str) -> None:
    await store.forget(work, case_id=case_id)
