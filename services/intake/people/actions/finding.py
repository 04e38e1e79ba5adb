"""By what a person is found: the names they have and how they can be reached, as they are now."""

from services.intake.people.model.entries import present
from services.intake.people.store import entries, people
from services.intake.people.store import safe_contact as store
from services.intake.search import actions as search
from services.intake.search.model import About, Term
from shared.work import Work

INDEX = "index_people"


async def be_found(work: Work, person_id: str, case_id: str) -> None:
    """Make the search find them by their present names and handle. Whoever changes one of these calls it."""
    facts = present(await people.facts_of(work, person_id), (await entries.of(work, [person_id]))[person_id])
    contact = (await store.load(work, person_id)).contact
    names = [Term("name", facts.name_in_use), Term("name", facts.name_on_papers)]
    handles = [] if contact is None else [Term("contact", contact.handle)]
    await search.index(work, About("person", person_id, case_id), [*names, *handles])


async def index_again(work: Work, after: str) -> None:
    """The timer of the walk through all people."""

    async def one(work: Work, person_id: str) -> None:
        case_id = await people.case_of(work, person_id)
        if case_id is not None:
            await be_found(work, person_id, case_id)

    await search.walk(work, INDEX, await people.ids_behind(work, after, search.STEP), one)


TIMERS = {INDEX: index_again}
