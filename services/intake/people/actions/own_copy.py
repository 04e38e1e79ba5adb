"""A person's own copy of everything that intake keeps of them, in a form that other programs read.

Rule: each slice tells what it keeps of this one person, and nothing of anybody else on their case; what others said is
left out, and every copy says so in the same words, whether there is any or not. The code word and the duress word are
in no copy: whoever takes it from them must not learn what to say.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from services.intake.people.actions.standing import permit
from services.intake.people.model.entries import held, present
from services.intake.people.store import corrections, entries, people, relatives, safe_contact
from shared.work import Work

MOST = 1000
"""How many relatives or corrections a copy holds at most."""

LEFT_OUT = (
    "What others said about you or asked for you, who they are, and what they asked us to keep to ourselves.",
    "What is written about your case as a whole while others are or were on it: it is about them too.",
    "What staff keep to themselves: confidential notes, drafts, whose turn it is, who may see what.",
    "Your code word and your duress word.",
    "The content of files: ask for each of them.",
)
"""What no copy holds; the same in all of them, so that it does not tell whether there is any."""


@dataclass(frozen=True)
class Whose:
    """Of whom a copy is. alone: nobody else ever was on their case, so what is said of the case is said of them."""

    person_id: str
    case_id: str
    alone: bool


Part = Callable[[Work, Whose], Awaitable[Any]]
"""What a slice keeps of a person, as JSON can hold it. The caller checked access."""


async def give_copy(work: Work, person_id: str, parts: Mapping[str, Part]) -> dict[str, Any]:
    """Staff make a copy for the person. parts: by slice. Errors: Refusal not_found, forbidden."""
    await permit(work, "copy_person", person_id)
    return await copy_of(work, person_id, parts)


async def copy_of(work: Work, person_id: str, parts: Mapping[str, Part]) -> dict[str, Any]:
    """The same; the caller knows that it may: a receipt is the person's own. Errors: Refusal not_found."""
    person = await people.load(work, person_id)
    work.audit("see_own_copy", case_id=person.case_id, subjects=[person_id])
    whose = Whose(person_id, person.case_id, await people.was_always_alone(work, person))
    return {**{name: await part(work, whose) for name, part in parts.items()}, "left_out": LEFT_OUT}


async def part(work: Work, whose: Whose) -> dict[str, Any]:
    """What this slice keeps: as registered, as it holds now, every entry, safe contact, family, corrections."""
    person_id = whose.person_id
    facts = await people.facts_of(work, person_id)
    known = (await entries.of(work, [person_id]))[person_id]
    words = (await safe_contact.load(work, person_id)).words
    contacts = await safe_contact.history(work, person_id)
    return {
        "registered": asdict(facts),
        "now": asdict(present(facts, known)),
        "entries": [
            {**asdict(it.entry), "ended": None if it.ended is None else asdict(it.ended)} for it in held(known)
        ],
        "safe_contact": [{"version": version, "agreed_at": at, **said} for version, at, said in contacts],
        "words_agreed": words,
        "relatives": [asdict(it) for it in (await relatives.page(work, person_id, None, MOST)).items],
        "corrections": [asdict(it) for it in (await corrections.page(work, person_id, None, MOST)).items],
    }
