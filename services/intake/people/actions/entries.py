"""What can be done with what is known of a person: enter it, end it by a later entry, read it.

Rule: for staff who work with the person alone; nothing is overwritten, and what the person keeps from the other members
is never given out about the group.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from services.intake.people.actions import minors
from services.intake.people.actions.finding import be_found
from services.intake.people.actions.standing import permit, permitted, permitted_about
from services.intake.people.actions.telling import tell_joined
from services.intake.people.model import entries as model
from services.intake.people.model.codes import CODES
from services.intake.people.model.entries import Entry, Held, Kind, Single, Source
from services.intake.people.model.people import Facts, Person, is_minor
from services.intake.people.store import entries as store
from services.intake.people.store import people
from shared.clock import new_id
from shared.database import Slice
from shared.errors import conflict
from shared.work import Work

KNOWN_ANEW = "known_anew"
"""The timer by which whoever triages a case learns that something else holds of somebody on it. Set whatever an entry
is about, so that it does not tell."""


async def enter(
    work: Work, person_id: str, kind: Kind, value: str, note: str, source: Source, since: date, *, kept: bool
) -> Held:
    """Enter what is known of somebody. Errors: Refusal not_found, forbidden; invalid as `model.check`."""
    await permit(work, "record_facts", person_id)
    return await enter_permitted(work, person_id, kind, value, note, source, since, kept=kept)


async def enter_permitted(
    work: Work, person_id: str, kind: Kind, value: str, note: str, source: Source, since: date, *, kept: bool
) -> Held:
    """As `enter`; the caller asked the policies."""
    person = await people.load(work, person_id)
    await store.hold(work, person_id)
    about = (new_id(), person_id, kind, value, note, source, since, kept)
    entry = Entry(*about, None, work.actor.id, work.now)
    model.check(entry, work.now.date())
    await store.add(work, entry)
    await _take_effect(work, person, kind)
    work.audit("enter_fact", case_id=person.case_id, subjects=[person_id, entry.id])
    return Held(entry, None)


async def end(work: Work, entry_id: str, note: str, source: Source, since: date) -> Held:
    """Enter that something holds no longer. Errors: Refusal not_found, forbidden; conflict already_ended; invalid."""
    person = await permitted_about(work, "record_facts", store.ENTRIES, entry_id)
    entry = await store.load(work, entry_id)
    by = next(iter(await store.ends_of(work, [entry_id])), None)
    about = (new_id(), person.id, entry.kind, entry.value, note, source, since, entry.kept)
    ending = model.ending(entry, by, Entry(*about, entry_id, work.actor.id, work.now))
    model.check(ending, work.now.date())
    if not await store.add(work, ending):
        raise conflict("already_ended", "This entry is over.")
    await _take_effect(work, person, entry.kind)
    work.audit("end_fact", case_id=person.case_id, subjects=[person.id, entry_id])
    return Held(entry, ending)


async def end_relationships(work: Work, person_ids: Collection[str]) -> None:
    """Who leads their group is another one: how they are related to the principal applicant is to be said anew."""
    entered = await store.of(work, person_ids)
    for person_id in sorted(entered):
        for entry in model.live(entered[person_id], "relationship"):
            since = max(entry.since, work.now.date())
            end = replace(entry, id=new_id(), note="", since=since, ends=entry.id)
            await store.add(work, replace(end, recorded_by=work.actor.id, recorded_at=work.now))


async def _take_effect(work: Work, person: Person, kind: Kind) -> None:
    """What follows from something that holds now: how they are found, how urgent it is, when they turn 18, what the
    others know."""
    await be_found(work, person.id, person.case_id)
    await work.at(work.now, KNOWN_ANEW, person.case_id)
    if kind in model.TOLD:
        facts, _ = await present_of(work, person.id)
        await minors.await_majority(work, person.id, facts.born_on)
        await people.count_on(work, person.id)
        tell_joined(work, person.case_id, None, [(await people.load(work, person.id), facts)])


async def see_entries(work: Work, person_id: str, after: str | None, limit: int) -> Slice[Held]:
    """What was entered about a person, each with its end, oldest first. Errors: Refusal not_found, forbidden."""
    person = await permitted(work, "see_people", person_id)
    found = await store.page(work, person_id, after, limit)
    ends = await store.ends_of(work, [entry.id for entry in found.items])
    work.audit("see_facts", case_id=person.case_id, subjects=[person_id])
    return Slice(tuple(model.held([*found.items, *ends])), found.next)


async def see_person(work: Work, person_id: str) -> tuple[Person, Facts, list[Entry], bool]:
    """A person as they are now, with every code that holds, and whether they are a minor.

    Errors: Refusal not_found, forbidden.
    """
    person = await permitted(work, "see_people", person_id)
    facts, entries = await present_of(work, person_id)
    codes = [entry for kind in CODES for entry in model.live(entries, kind)]
    work.audit("see_person", case_id=person.case_id, subjects=[person_id])
    return person, facts, codes, is_minor(facts.born_on, work.now.date())


async def present_of(work: Work, person_id: str) -> tuple[Facts, list[Entry]]:
    """A person's own present facts, with all entries; for the other slices and documents about this person alone.

    Errors: Refusal not_found when they were erased.
    """
    facts = await people.facts_of(work, person_id)
    entries = (await store.of(work, [person_id]))[person_id]
    return model.present(facts, entries), entries


async def live_of_case(work: Work, case_id: str) -> list[Entry]:
    """The needs and concerns that hold of who is on a case, what one keeps from the others too: for what is shown to
    staff who work with the people, and to nobody else. The caller checks that."""
    entered = await store.of(work, await people.ids_of_case(work, case_id))
    kinds: tuple[Kind, ...] = ("need", "concern")
    return [it for person_id in sorted(entered) for kind in kinds for it in model.live(entered[person_id], kind)]


async def is_kept(work: Work, person_id: str, kind: Single) -> bool:
    """Whether what holds now of a kind is kept from the other members; for a slice that checks access itself."""
    holds = model.live((await store.of(work, [person_id]))[person_id], kind)
    return bool(holds) and holds[-1].kept


async def see_papers(work: Work, person_id: str) -> tuple[str, str]:
    """Name and gender marker as the papers have them, to fill in documents. Errors: Refusal not_found, forbidden."""
    person = await permitted(work, "see_people", person_id)
    facts, _ = await present_of(work, person_id)
    work.audit("see_papers_name", case_id=person.case_id, subjects=[person_id])
    return facts.name_on_papers, facts.marker_on_papers


async def forget(work: Work, person_id: str) -> None:
    """Nothing is known of them. The caller decided so."""
    await store.forget(work, person_id)
