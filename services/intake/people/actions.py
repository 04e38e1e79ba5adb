"""What can be done with people: register them on a case, look at them, find the case that somebody is on."""

from collections.abc import Sequence

from services.intake.people import model, store
from services.intake.people.model import Facts, Person
from shared.access import case_resource
from shared.clock import new_id
from shared.work import Work


async def register(work: Work, case_id: str, group: Sequence[Facts]) -> list[tuple[Person, Facts]]:
    """Register the people of a new case, the principal applicant first.

    Errors: Refusal invalid when the group cannot be a case.
    """
    model.check_group([facts.born_on for facts in group], work.now.date())
    registered = []
    for place, facts in enumerate(group):
        person = Person(new_id(), case_id, place == 0, 1)
        work.create_key(person.id)
        cipher = await work.cipher(person.id)
        await store.add(work, person, place, store.seal_facts(cipher, person.id, facts))
        work.audit("register_person", case_id=case_id, subjects=[person.id])
        registered.append((person, facts))
    return registered


async def see_group(work: Work, case_id: str) -> list[tuple[Person, Facts]]:
    """The members of a case. Errors: Refusal not_found for who may not see the case."""
    work.permit("see_case", await case_resource(work, work.actor, case_id), see="see_case")
    group = await store.of_case(work, case_id)
    work.audit("see_people", case_id=case_id, subjects=[person.id for person, _ in group])
    return group


async def on_a_case(work: Work, person_id: str) -> Person:
    """Somebody whom another slice acts for; it asks the policies about their case. Errors: Refusal not_found."""
    return await store.load(work, person_id)
