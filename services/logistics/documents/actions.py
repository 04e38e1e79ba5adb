"""What can be done with papers: record them, take in an entry clearance, and open the gate when both are there.

Rule: whoever brings a paper or a clearance locks the person first, so that of two at once the second sees the first;
`person_cleared` is told once per clearance.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime

from services.logistics.documents import model, store
from services.logistics.documents.model import Document, DocumentKind, Entry, Holder
from services.logistics.travellers import actions as travellers
from services.logistics.travellers.model import Person
from shared.audit import AuditEntry
from shared.clock import new_id
from shared.contracts.fields import Sealed
from shared.contracts.logistics import PersonCleared, TravelTerms
from shared.erasures import erased_among
from shared.errors import not_found
from shared.unknown import Unseen, about, named
from shared.vault import FileKind, Incoming, Stored, files
from shared.work import Work

ENTRY_OPENS = "entry_opens"

GATE = ("take_entry_clearance", "clear_person")
"""What stands on the log about a clearance, behind the person whose it is."""

SCANS = FileKind(
    5 * 1024 * 1024,
    {"application/pdf": b"%PDF-", "image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"},
)
"""What a scan of a document can be."""


async def record(
    work: Work, person_id: str, kind: DocumentKind, issuing_country: str, number: str, valid_until: date
) -> Document:
    """Record a paper that was seen. Errors: Refusal not_found, forbidden; invalid when it is no longer valid."""
    await travellers.permit(work, "record_document", person_id)
    person = await travellers.person_of(work, person_id, lock=True)
    model.check_new(valid_until, work.now.date())
    document = Document(new_id(), kind, issuing_country, number, valid_until)
    await store.add_document(work, person_id, person.case_id, document)
    work.audit("record_document", case_id=person.case_id, subjects=[person_id, document.id])
    await _open_gate(work, person_id)
    return document


async def begin_scan(work: Work, document_id: str) -> str:
    """Under whose key a scan of the document goes. Errors: Refusal not_found, forbidden."""
    return (await _document(work, document_id, "add_scan")).person_id


async def add_scan(work: Work, document_id: str, incoming: Incoming) -> str:
    """Keep a scan of the document, in place of an earlier one; returns its id. Errors: as `begin_scan`."""
    holder = await _document(work, document_id, "add_scan")
    await files.keep(work.tx, incoming)
    await store.set_scan(work, document_id, incoming.id)
    if holder.scan_id is not None:
        await files.drop(work.tx, holder.scan_id)
    work.audit("add_scan", case_id=holder.case_id, subjects=[holder.person_id, document_id, incoming.id])
    return incoming.id


async def see_scan(work: Work, document_id: str) -> Stored:
    """Errors: Refusal not_found for who may not see the case, and when there is no scan; forbidden."""
    holder = await _document(work, document_id, "see_scan")
    if holder.scan_id is None:
        raise not_found()
    scan = await files.find(work.tx, await work.cipher(holder.person_id), holder.scan_id)
    work.audit("see_scan", case_id=holder.case_id, subjects=[holder.person_id, document_id, holder.scan_id])
    return scan


async def take_entry(
    work: Work, case_id: str, person_id: str, told_at: datetime, country: str, from_date: date, *, veiled: bool
) -> None:
    """Settlement says: cleared to enter `country` from `from_date` on. The person may be unknown here until now.

    told_at: when settlement said so, however late it is heard.
    """
    await travellers.know(work, case_id, person_id)
    person = await travellers.person_of(work, person_id, lock=True)
    entry = Entry(new_id(), person_id, person.case_id, country, from_date, veiled, None)
    await store.add_entry(work, entry, told_at)
    work.audit("take_entry_clearance", case_id=person.case_id, subjects=[person_id, entry.id])
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
    entries = (await _entries_shown(work, [person_id])).get(person_id, [])
    work.audit("see_clearance", case_id=person.case_id, subjects=[person_id])
    return entries


async def cleared(work: Work, person_ids: Collection[str], country: str) -> set[str]:
    """Who of these is cleared for `country` as far as the actor may know; for journeys."""
    entries = await _entries_shown(work, person_ids)
    return {person_id for person_id in person_ids if model.ways(entries.get(person_id, []), country)}


async def unknown(work: Work, rows: Sequence[AuditEntry]) -> Unseen:
    """What rows of the log tell of clearances hidden from the actor; of who was erased all is, from everybody."""
    entries = await store.entries_among(work, named(rows))
    veils = await travellers.veils_of(work, entries)
    hidden = {entry.id for some in entries.values() for entry in some if model.hidden(entry, veils, work.actor.id)}
    holders = {place: person for place, (person, *_) in about(rows, dict.fromkeys(GATE, slice(None))).items()}
    erased = await erased_among(work, set(holders.values()))
    return Unseen(frozenset(hidden), frozenset(place for place, person in holders.items() if person in erased))


async def with_valid_papers(work: Work, person_ids: Collection[str], day: date) -> set[str]:
    """Who of these holds a document to travel with on `day`. For journeys, which check access themselves."""
    documents = await store.documents_of(work, person_ids)
    return {person_id for person_id in person_ids if model.covers(documents.get(person_id, []), day)}


async def follow(work: Work, person_ids: Collection[str], case_id: str) -> None:
    """They are on this case from now on, with their papers and clearances. Intake decided so."""
    await store.follow(work, person_ids, case_id)


async def forget(work: Work, person_id: str) -> None:
    """Their papers and clearances are gone. Intake decided so."""
    await store.forget(work, person_id)


async def _entries_shown(work: Work, person_ids: Collection[str]) -> dict[str, list[Entry]]:
    entries, veils = await store.entries_of(work, person_ids), await travellers.veils_of(work, person_ids)
    return {
        person_id: [entry for entry in some if not model.hidden(entry, veils, work.actor.id)]
        for person_id, some in entries.items()
    }


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
    work.audit("clear_person", case_id=entry.case_id, subjects=[entry.person_id, entry.id])


async def _document(work: Work, document_id: str, action: str) -> Holder:
    await travellers.permit(work, action, await store.person_of(work, document_id) or document_id)
    return await store.holder(work, document_id)


async def _visible(work: Work, person_id: str) -> Person:
    await travellers.permit(work, "see_papers", person_id)
    return await travellers.person_of(work, person_id)
