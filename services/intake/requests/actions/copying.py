"""What a person's own copy holds of requests for help: what they asked themselves.

Rule: what somebody else asked for them is the asker's word, and left out whole.
"""

from dataclasses import asdict
from typing import Any

from services.intake.people.actions import Whose
from services.intake.requests.model.asking import HelpRequest, Telling
from services.intake.requests.model.contacting import Tried
from services.intake.requests.store import contacts, history, own, requests
from shared.work import Work


async def own_of(work: Work, whose: Whose) -> list[str]:
    """The requests that they made, as far as is known; for a slice that checks access itself."""
    return [request.id for request, _ in await _own(work, whose)]


async def asker_of(work: Work, request_id: str) -> str | None:
    """The person who asked for themselves by this request, once they are on a case; for a slice that checks access
    itself. Nobody for one that was merged into another: it may have been somebody else of the case who asked."""
    request, _ = await requests.load(work, request_id)
    return await own.person_of(work, request_id) if request.asked_by == "self" else None


async def copy_of(work: Work, whose: Whose) -> list[dict[str, Any]]:
    """What they told, what came of it, and how they were tried, for their own copy. The caller checked access."""
    return [await _told(work, request, telling) for request, telling in await _own(work, whose)]


async def _own(work: Work, whose: Whose) -> list[tuple[HelpRequest, Telling]]:
    """Of what was merged into theirs only what cannot be of another: when nobody else ever was on the case."""
    found = await own.of_person(work, whose.person_id, merged=whose.alone)
    return [(request, telling) for request, telling in found if request.asked_by == "self"]


async def _told(work: Work, request: HelpRequest, telling: Telling) -> dict[str, Any]:
    said = asdict(telling)
    del said["third_party"]
    return {
        **{name: getattr(request, name) for name in ("channel", "language", "urgency", "received_at", "state")},
        **said,
        "screenings": [
            {"outcome": it.outcome, "reason": it.reason, "answer": it.answer, "at": it.at}
            for it in await history.screenings_of(work, request.id)
        ],
        "contacts": [_contact(it) for it in await contacts.of_request(work, request.id) if it.whom == "person"],
    }


def _contact(tried: Tried) -> dict[str, Any]:
    note = "" if tried.result == "somebody_else_answered" else tried.note
    return {"channel": tried.channel, "result": tried.result, "note": note, "at": tried.at}
