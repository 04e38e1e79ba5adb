"""How the actor stands to a request, asked before anything of it is decrypted.

Rule: what is not there is like what became a case of others.
"""

from services.intake.requests.model import HelpRequest, Telling, claiming
from services.intake.requests.store import requests as store
from services.intake.requests.store import together as together_rows
from shared.access import Resource, standing
from shared.work import Work

REQUESTS = Resource("Requests", "all", {})


async def permit(work: Work, action: str, request_id: str) -> None:
    """Go on only if the actor may do it. Errors: Refusal not_found, forbidden."""
    case_id, alone = await store.case_of(work, request_id)
    how = await standing(work, work.actor, case_id or request_id)
    work.permit(action, Resource("Request", request_id, {**how, "is_case": not alone}), see="see_request")


async def load_free(work: Work, action: str, request_id: str) -> tuple[HelpRequest, Telling]:
    """A request that the actor may change, and that no colleague works on.

    Errors: Refusal not_found, forbidden, conflict `claimed`.
    """
    await permit(work, action, request_id)
    request, telling = await store.load(work, request_id)
    claiming.check_free(request, work.actor.id, work.now)
    return request, telling


async def going_on_as(work: Work, request_id: str) -> list[str]:
    """The request and those that were merged into it; for a slice that checks access itself."""
    return [request_id, *await together_rows.merged_into(work, request_id)]
