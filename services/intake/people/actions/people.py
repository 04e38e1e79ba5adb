"""What can be done with people: register them on a case, look at them, find the case that somebody is on.

Rule: who does not work with the people of a case sees them masked; every look is on the audit log.
"""

from collections.abc import Collection, Sequence
from datetime import date

from services.intake.people.actions import corrections, entries, minors, relatives, reveals, safe_contact
from services.intake.people.actions.finding import be_found
from services.intake.people.model import entries as known_of
from services.intake.people.model import people as model
from services.intake.people.model.people import Facts, Known, Person
from services.intake.people.store import entries as entry_rows
from services.intake.people.store import people as store
from services.intake.people.store import reveals as reveal_rows
from services.intake.search import actions as search
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
        await be_found(work, person.id, case_id)
        await minors.await_majority(work, person.id, facts.born_on)
        work.audit("register_person", case_id=case_id, subjects=[person.id])
        registered.append((person, facts))
    return registered


async def add_member(work: Work, case_id: str, facts: Facts) -> Person:
    """Register somebody who belongs to the group of a case; the caller asked the policies and holds the case.

    Errors: Refusal invalid for a birth date to come.
    """
    model.check_birth(facts.born_on, work.now.date())
    person = Person(new_id(), case_id, False, 1)
    work.create_key(person.id)
    sealed = store.seal_facts(await work.cipher(person.id), person.id, facts)
    await store.add(work, person, await store.next_place(work, case_id), sealed)
    await be_found(work, person.id, case_id)
    await minors.await_majority(work, person.id, facts.born_on)
    work.audit("register_person", case_id=case_id, subjects=[person.id])
    return person


async def move(work: Work, person_ids: Collection[str], case_id: str) -> list[tuple[Person, Facts]]:
    """They are on this case from now on, with all that is known of them; two people decided so, the caller holds both
    cases."""
    await store.move(work, person_ids, case_id)
    await reveal_rows.follow(work, person_ids, case_id)
    await search.attach(work, person_ids, case_id)
    await entries.end_relationships(work, person_ids)
    return [it for it in await of_group(work, case_id) if it[0].id in person_ids]


async def make_principal(work: Work, person_id: str) -> Person:
    """Their group has no principal applicant; the caller holds its case."""
    await store.make_principal(work, person_id)
    person = await store.load(work, person_id)
    await entries.end_relationships(work, await store.ids_of_case(work, person.case_id))
    return person


async def see_group(work: Work, case_id: str) -> list[tuple[Person, Known]]:
    """The members of a case; masked for who is on the case without working with the people.

    Errors: Refusal not_found for who may not see the case.
    """
    case = await case_resource(work, work.actor, case_id)
    work.permit("see_case", case, see="see_case")
    masked = not work.tools.policies.allows(work.actor, "see_people", case)
    members = await of_group(work, case_id)
    group = [(person, model.known(facts, work.now.date(), masked=masked)) for person, facts in members]
    verb = "see_masked_people" if masked else "see_people"
    work.audit(verb, case_id=case_id, subjects=[person.id for person, _ in group])
    return group


async def of_group(work: Work, case_id: str) -> list[tuple[Person, Facts]]:
    """The members with their present facts, without what one of them keeps from the others; for the other slices."""
    members = await store.of_case(work, case_id)
    entered = await entry_rows.of(work, [person.id for person, _ in members])
    return [(person, known_of.present(facts, known_of.shown_to_group(entered[person.id]))) for person, facts in members]


async def on_a_case(work: Work, person_id: str) -> Person:
    """Somebody whom another slice acts for; it asked the policies with `permit`. Errors: Refusal not_found."""
    return await store.load(work, person_id)


async def ids_of_case(work: Work, case_id: str) -> list[str]:
    """The members of a case, for a slice that checks access itself."""
    return await store.ids_of_case(work, case_id)


async def principal_of(work: Work, case_id: str) -> str:
    """The principal applicant of a case that was just opened."""
    return (await store.of_case(work, case_id))[0][0].id


async def birthday(work: Work, person_id: str) -> date:
    """When somebody was born, for a slice that checks access itself. Errors: Refusal not_found when erased."""
    return (await store.facts_of(work, person_id)).born_on


async def adults_beside(work: Work, person_id: str, case_id: str) -> set[str]:
    """The others on a case who are of age, for a slice that checks access itself."""
    group, today = await store.of_case(work, case_id), work.now.date()
    return {person.id for person, facts in group if person.id != person_id and not model.is_minor(facts.born_on, today)}


async def case_of(work: Work, person_id: str) -> str | None:
    """The case of somebody, if they are known."""
    return await store.case_of(work, person_id)


async def former_cases(work: Work, person_id: str, case_id: str) -> tuple[str, ...]:
    """Where somebody was who is on this case now; for a slice that checks access itself."""
    return tuple(sorted(await store.left(work, person_id) - {case_id}))


async def forget(work: Work, person_id: str) -> None:
    """Nothing of them is kept, and nobody decides any more who may see it. The caller decided so."""
    await minors.forget(work, person_id)
    await reveals.forget(work, person_id)
    await safe_contact.forget(work, person_id)
    for rows in (entries, relatives, corrections):
        await rows.forget(work, person_id)
    await search.forget(work, [person_id])
    await store.forget(work, person_id)
