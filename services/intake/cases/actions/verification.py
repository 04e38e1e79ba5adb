"""What can be done to verify a case: record findings with their files, record interviews, look at all of it.

Rule: whoever decides must have seen everything, so the version of the case goes on with each piece.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.intake.cases.actions.moving import case_for
from services.intake.cases.model import verification as model
from services.intake.cases.model.verification import (
    Decided,
    Evidence,
    EvidenceFile,
    Finding,
    HeadReview,
    Interview,
    Item,
    Proposal,
    Talk,
)
from services.intake.cases.store import verdicts
from services.intake.cases.store import verification as store
from services.intake.cases.store.lifecycle import CASES
from services.intake.people import actions as people
from shared.access import entries_of
from shared.clock import new_id
from shared.database import Slice
from shared.errors import conflict, invalid
from shared.vault import FileKind, Incoming, Stored, files
from shared.work import Work

FILES = FileKind(
    5 * 1024 * 1024,
    {"application/pdf": b"%PDF-", "image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"},
)
"""What a file of an item can be."""

MOST_FILES = 20


@dataclass(frozen=True)
class Verification:
    """How far it has come; decided: the verdicts that counted, oldest first; version: of the case."""

    evidence: Evidence
    decided: Sequence[Decided]
    proposal: Proposal | None
    head_review: HeadReview | None
    version: int


async def record_item(work: Work, case_id: str, finding: Finding) -> Item:
    """Record what a check showed.

    Errors: Refusal not_found, forbidden; conflict when decided or too much; invalid for somebody not on the case.
    """
    number = await _begin(work, case_id, finding.person_id)
    item = Item(new_id(), finding, work.actor.id, number)
    await store.add_item(work, case_id, item)
    work.audit("record_verification_item", case_id=case_id, subjects=[item.id])
    return item


async def record_interview(work: Work, case_id: str, talk: Talk) -> Interview:
    """Record what somebody of the case said, and who asked. Errors: as `record_item`; invalid for who asked or when."""
    if talk.by == "us" and talk.interviewer_id is None:
        talk = replace(talk, interviewer_id=work.actor.id)
    number = await _begin(work, case_id, talk.person_id)
    assigned, _ = await entries_of(work, case_id)
    model.check_talk(talk, work.now, assigned)
    interview = Interview(new_id(), talk, work.actor.id, number)
    await store.add_interview(work, case_id, interview)
    work.audit("record_interview", case_id=case_id, subjects=[interview.id, talk.person_id])
    return interview


async def begin_file(work: Work, item_id: str) -> str:
    """Under whose key a file of the item goes. Errors: Refusal not_found, forbidden."""
    await work.permit_in_case("verify_case", item_id, store.ITEMS.c.case_id)
    return (await store.whose(work, item_id)).subject


async def add_file(work: Work, item_id: str, incoming: Incoming) -> EvidenceFile:
    """Keep a file with the item. Errors: as `begin_file`; conflict when decided, or when there are enough."""
    await work.permit_in_case("verify_case", item_id, store.ITEMS.c.case_id)
    whose = await store.whose(work, item_id)
    await _begin(work, whose.case_id, None)
    if await store.count_files(work, item_id) >= MOST_FILES:
        raise conflict("too_many_files", f"An item has at most {MOST_FILES} files.")
    await files.keep(work.tx, incoming)
    file = EvidenceFile(incoming.id, incoming.digest, work.actor.id)
    await store.add_file(work, whose, file)
    work.audit("add_verification_file", case_id=whose.case_id, subjects=[item_id, file.id])
    return file


async def see_file(work: Work, file_id: str) -> Stored:
    """Errors: Refusal not_found for who may not see the case, and when there is no such file."""
    await work.permit_in_case("see_case", file_id, store.ITEM_FILES.c.case_id)
    whose = await store.whose(work, await store.item_of(work, file_id))
    file = await files.find(work.tx, await work.cipher(whose.subject), file_id)
    work.audit("see_verification_file", case_id=whose.case_id, subjects=[whose.item_id, file_id])
    return file


async def see_items(work: Work, case_id: str, after: str | None, limit: int) -> Slice[Item]:
    """What was found. Errors: Refusal not_found for who may not see the case."""
    await case_for(work, case_id, "see_case")
    items = await store.page_of_items(work, case_id, after, limit)
    work.audit("see_verification_items", case_id=case_id, subjects=[item.id for item in items.items])
    return items


async def see_interviews(work: Work, case_id: str, after: str | None, limit: int) -> Slice[Interview]:
    """What was said. Errors: Refusal not_found; forbidden for who does not work on the verification."""
    await case_for(work, case_id, "see_interviews")
    interviews = await store.page_of_interviews(work, case_id, after, limit)
    work.audit("see_interviews", case_id=case_id, subjects=[it.id for it in interviews.items])
    return interviews


async def see_verification(work: Work, case_id: str) -> Verification:
    """How far the verification has come, and what waits for somebody. Errors: Refusal not_found."""
    case = await case_for(work, case_id, "see_case")
    evidence = await store.evidence(work, case_id)
    work.audit("see_verification", case_id=case_id, subjects=evidence.ids)
    proposal, head_review = await verdicts.open_proposal(work, case_id), await verdicts.open_head_review(work, case_id)
    return Verification(evidence, await verdicts.decided(work, case_id), proposal, head_review, case.version)


async def _begin(work: Work, case_id: str, person_id: str | None) -> int:
    """The case goes on for one more piece; returns the number of the round."""
    case = await case_for(work, case_id, "verify_case")
    model.check_recording(case, await store.count(work, case_id))
    if person_id is not None and person_id not in await people.ids_of_case(work, case_id):
        raise invalid("not_on_this_case", "This person is not on the case.")
    await work.change(CASES, case_id, case.version)
    return await verdicts.round_of(work, case_id)
