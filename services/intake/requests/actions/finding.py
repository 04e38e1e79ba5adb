"""By what a request is found: whom it is about, who asked for them, and how either can be reached, as it is now.

Rule: whatever changes the forms in which a name or a contact is found has the walk begin again, by a migration.
"""

from services.intake.requests.model import HelpRequest, Telling
from services.intake.requests.store import requests as store
from services.intake.search import actions as search
from services.intake.search.model import About, Term
from shared.work import Work

INDEX = "index_requests"


async def be_found(work: Work, request: HelpRequest, telling: Telling) -> None:
    """Make the search find it by these. Whoever changes one of them calls it."""
    names = [telling.name]
    reached = [telling.contact, *([] if telling.safe_contact is None else [telling.safe_contact.handle])]
    other = telling.third_party
    if other is not None:
        names.append(other.name)
        reached += [other.contact, *([] if other.safe_contact is None else [other.safe_contact.handle])]
    terms = [*(Term("name", name) for name in names), *(Term("contact", handle) for handle in reached)]
    await search.index(work, About("request", request.id, request.case_id), terms)


async def index_again(work: Work, after: str) -> None:
    """The timer of the walk through all requests: for the search, and for what they are compared by."""

    async def one(work: Work, request_id: str) -> None:
        request, telling = await store.load(work, request_id)
        await be_found(work, request, telling)
        await store.image_again(work, request_id, telling)

    await search.walk(work, INDEX, await store.ids_behind(work, after, search.STEP), one)


TIMERS = {INDEX: index_again}
