"""What the approvals of each kind are about, as the one who decides must see it, and how they say yes or no.

Rule: nobody decides here on what this page cannot show; a decision carries what was seen (a version or a digest), so
that one about something else is refused by its service.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services.desk.clients.service import Waiting
from services.desk.pages.testimony import TEXTS, pieces
from services.desk.pages.visit import Visit


@dataclass(frozen=True)
class Content:
    """facts: for the part of the page that shows it. version, digest: of what is shown, where the service asks."""

    facts: Mapping[str, Any]
    version: int | None = None
    digest: str = ""


@dataclass(frozen=True)
class Kind:
    """One kind. part: the template that shows its content. body: what the service is sent, from the
    approval, yes or no, and the digest that was seen."""

    part: str
    content: Callable[[Visit, Waiting], Awaitable[Content]]
    body: Callable[[Waiting, bool, str], Mapping[str, Any]]


async def _verification(visit: Visit, waiting: Waiting) -> Content:
    case_id, intake = waiting.case_id or "", visit.intake
    seen = await intake.verification(case_id)
    items, interviews = await intake.items(case_id), await intake.interviews(case_id)
    facts = {"items": items, "interviews": interviews, "proposal": seen.proposal, "head_review": seen.head_review}
    return Content({**facts, "claims": seen.claims}, version=seen.version)


async def _case_plan(visit: Visit, waiting: Waiting) -> Content:
    planned = await visit.casework.plan(waiting.case_id or "")
    return Content({"plan": planned.draft}, version=planned.version)


async def _split(visit: Visit, waiting: Waiting) -> Content:
    split = await visit.logistics.split(waiting.subject_id)
    people = (await visit.intake.people(split.case_id)).people
    names = {person.id: person.name_in_use or person.id for person in people}
    apart = [names.get(person_id, person_id) for person_id in split.person_ids_apart]
    return Content({"apart": apart, "reason": split.reason}, version=split.version)


async def _family_move(visit: Visit, waiting: Waiting) -> Content:
    move = await visit.intake.move(waiting.subject_id)
    people = (await visit.intake.people(move.case_id)).people
    names = {person.id: person.name_in_use or person.id for person in people}
    leave = [names.get(person_id, person_id) for person_id in move.person_ids]
    return Content({"move": move, "names": leave, "all": names}, version=move.version)


async def _disclosure(visit: Visit, waiting: Waiting) -> Content:
    disclosure = await visit.settlement.disclosure(waiting.subject_id)
    return Content({"disclosure": disclosure}, digest=disclosure.content_digest)


async def _reveal(visit: Visit, waiting: Waiting) -> Content:
    return Content({"reveal": await visit.intake.reveal(waiting.subject_id)})


async def _erasure(visit: Visit, waiting: Waiting) -> Content:
    erasure = await visit.intake.erasure(waiting.subject_id)
    return Content({"erasure": erasure}, version=erasure.version)


async def _freezing(visit: Visit, waiting: Waiting) -> Content:
    draft = await visit.reports.draft(waiting.subject_id)
    return Content({"draft": draft}, version=draft.version)


async def _unmasking(visit: Visit, waiting: Waiting) -> Content:
    masking = await visit.testimony.masking(waiting.subject_id)
    shown = {which: pieces(getattr(masking, which), masking.spans, which) for which in TEXTS}
    return Content({"masking": masking, "shown": shown})


async def _hold(visit: Visit, waiting: Waiting) -> Content:
    hold = await visit.diary.hold(waiting.subject_id)
    return Content({"hold": hold}, version=hold.version)


async def _deletion(_: Visit, waiting: Waiting) -> Content:
    return Content({"request_id": waiting.subject_id})


KINDS: Mapping[tuple[str, str], Kind] = {
    ("intake", "verification"): Kind(
        "verification.html", _verification, lambda one, yes, _: {"approval_id": one.id, "approve": yes}
    ),
    ("intake", "head_review"): Kind(
        "verification.html", _verification, lambda one, yes, _: {"approval_id": one.id, "approve": yes}
    ),
    ("intake", "case_plan"): Kind(
        "case_plan.html", _case_plan, lambda one, yes, _: {"approval_id": one.id, "approve": yes}
    ),
    ("intake", "family_move"): Kind("family_move.html", _family_move, lambda _, yes, __: {"approve": yes}),
    ("intake", "reveal"): Kind("reveal.html", _reveal, lambda _, yes, __: {"approve": yes}),
    ("intake", "erasure"): Kind("erasure.html", _erasure, lambda _, yes, __: {"approve": yes}),
    ("intake", "freezing"): Kind("freezing.html", _freezing, lambda _, yes, __: {"approve": yes}),
    ("intake", "unmasking"): Kind("unmasking.html", _unmasking, lambda _, yes, __: {"approve": yes}),
    ("intake", "lift_hold"): Kind("hold.html", _hold, lambda one, yes, _: {"approval_id": one.id, "approve": yes}),
    ("intake", "delete_request"): Kind(
        "deletion.html", _deletion, lambda one, yes, _: {"approval_id": one.id, "approve": yes}
    ),
    ("logistics", "split"): Kind("split.html", _split, lambda _, yes, __: {"approve": yes}),
    ("settlement", "disclosure"): Kind(
        "disclosure.html", _disclosure, lambda _, yes, digest: {"content_digest": digest, "accept": yes}
    ),
}
"""By service and kind."""
