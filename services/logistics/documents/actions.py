"""What can be done with papers: record them, take in an entry clearance, and open the gate when both are there.

Rule: whoever brings a paper or a clearance locks the person first, so that of two at once the second sees the first;
`person_cleared` is told once per clearance.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime

from services.logistics.documents import model, store
from services.logistics.documents.model import Document, DocumentKind, Entry
from services.logistics.travellers import actions as travellers
from services.logistics.travellers.model import Person
from shared.access import case_resource
from shared.clock import new_id
from shared.contracts.fields import Sealed
from shared.contracts.logistics import PersonCleared, TravelTerms
from shared.work import Work

ENTRY_OPENS = "entry_opens"


async def record(
    work: Work, person_id: str, kind: DocumentKind, issuing_country: str, number: str, valid_until: date
) -> Document:
    """Record a paper that was seen. Errors: Refusal not_found, forbidden; invalid when it is no longer valid."""
    person = await travellers.person_of(work, person_id, lock=True)
    work.permit("record_document", await case_resource(work, work.actor, person.case_id), see="see_case")
    model.check_new(valid_until, work.now.date())
    document = Document(new_id(), kind, issuing_country, number, valid_until)
    await store.add_document(work, person_id, person.case_id, document)
    work.audit("record_document", case_id=person.case_id, subjects=[person_id, document.id])
    await _open_gate(work, person_id)
    return document


async def take_entry(
    work: Work, case_id: str, person_id: str, told_at: datetime, country: str, from_date: date, *, veiled: bool
) -> None:
    """Settlement says: cleared to enter `country` from `from_date` on. The person may be unknown here until now.

    told_at: when settlement said so, however late it is heard.
    """
    await travellers.know(work, case_id, person_id)
    await travellers.person_of(work, person_id, lock=True)
    entry = Entry(new_id(), person_id, case_id, country, from_date, veiled, None)
    await store.add_entry(work, entry, told_at)
    work.audit("take_entry_clearance", case_id=case_id, subjects=[person_id])
    if model.opens_at(entry) > work.now:
        await work.at(model.opens_at(entry), ENTRY_OPENS, entry.id)
    await _open_gate(work, person_id)


async def open_entry(work: Work, entry_id: str) -> None:
    """The timer of a clearance: its day has come."""
    person_id = await store.person_of_entry(work, entry_id)
    await travellers.person_of(work, person_id, lock=True)
    await _open_gate(work, person_id)


async def see_documents(work: Work, person_id: str, after: str | None, limit: int) -> list[Document]:
    """Errors: Refusal not_found for who may not see the case."""
    person = await _visible(work, person_id)
    documents = await store.page_of_person(work, person_id, after, limit)
    work.audit("see_documents", case_id=person.case_id, subjects=[person_id, *(it.id for it in documents)])
    return documents


async def see_clearance(work: Work, person_id: str) -> list[Entry]:
    """Where the person may enter, and whether their papers are there too. Errors: Refusal not_found."""
    person = await _visible(work, person_id)
    entries = (await store.entries_of(work, [person_id])).get(person_id, [])
    work.audit("see_clearance", case_id=person.case_id, subjects=[person_id])
    return entries


async def veils(work: Work, person_ids: Collection[str], country: str) -> dict[str, bool]:
    """Who of these is cleared for `country`, and whether their travel is veiled: it is when any way in is.

    For journeys, which check access themselves.
    """
    entries = await store.entries_of(work, person_ids)
    cleared = {person_id: model.ways(entries.get(person_id, []), country) for person_id in person_ids}
    return {person_id: any(way.veiled for way in ways) for person_id, ways in cleared.items() if ways}


async def with_valid_papers(work: Work, person_ids: Collection[str], day: date) -> set[str]:
    """Who of these holds a document to travel with on `day`. For journeys, which check access themselves."""
    documents = await store.documents_of(work, person_ids)
    return {person_id for person_id in person_ids if model.covers(documents.get(person_id, []), day)}


async def _open_gate(work: Work, person_id: str) -> None:
    entries = (await store.entries_of(work, [person_id])).get(person_id, [])
    documents = (await store.documents_of(work, [person_id])).get(person_id, [])
    for entry in entries:
        due = entry.cleared_at is None and model.opens_at(entry) <= work.now
        if due and model.covers(documents, entry.from_date) and await store.mark_cleared(work, entry.id):
            _tell(work, replace(entry, cleared_at=work.now))


def _tell(work: Work, entry: Entry) -> None:
    terms = Sealed.of(entry.person_id, TravelTerms(veiled=entry.veiled))
    work.emit(PersonCleared(case_id=entry.case_id, person_id=entry.person_id, at=work.now, terms=terms))
    work.audit("clear_person", case_id=entry.case_id, subjects=[entry.person_id])


async def _visible(work: Work, person_id: str) -> Person:
    person = await travellers.person_of(work, person_id)
    work.permit("see_papers", await case_resource(work, work.actor, person.case_id), see="see_case")
    return person
