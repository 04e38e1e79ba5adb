"""What can be done about who a person is: ask for it, sign it, look.

Rule: who they are is revealed by custodians, to the one who asked only, for a while; every look is on the audit log.
"""

from dataclasses import replace

from services.intake.duties import actions as duties
from services.intake.duties.model import Who
from services.intake.people.actions.entries import present_of
from services.intake.people.actions.standing import permit, permitted
from services.intake.people.model import reveals as model
from services.intake.people.model.people import Known, Person, known
from services.intake.people.model.reveals import Reveal, RevealTerms
from services.intake.people.store import people
from services.intake.people.store import reveals as store
from shared.approving import Act, propose, sign, visible_or_with
from shared.approving import replace as end_open
from shared.clock import new_id
from shared.work import Work

REVEAL = Act(
    "reveal",
    model.ASKED_FOR,
    "sign_reveal",
    "see_reveal",
    "/reveals/{subject_id}/signatures",
    near=visible_or_with("custodian"),
    waiting=duties.Unsigned(Who.role("custodian")),
)


async def ask_reveal(work: Work, person_id: str, reason: str, terms: RevealTerms) -> Reveal:
    """Ask custodians to reveal to the actor, and nobody else, who a person is. Errors: Refusal not_found, forbidden."""
    person = await permitted(work, "ask_reveal", person_id)
    reveal_id, me = new_id(), work.actor.id
    content, about = model.asked(reveal_id, person_id, me, reason), [person_id]
    approval = await propose(work, REVEAL, reveal_id, content, case_id=person.case_id, needed=terms.needed, about=about)
    asked = Reveal(reveal_id, person_id, person.case_id, approval.id, me, "proposed", approval.expires_at, None)
    await store.add(work, asked, reason)
    return asked


async def sign_reveal(work: Work, reveal_id: str, terms: RevealTerms, *, approve: bool) -> tuple[Reveal, str]:
    """A custodian agrees, or rejects; when enough have agreed, the one who asked may look for a while.

    Errors: Refusal not_found, forbidden; conflict same_person, already_signed, already_decided, approval_expired.
    """
    await work.permit_in_case("sign_reveal", reveal_id, store.REVEALS.c.case_id, see="see_reveal")
    reveal, reason = await store.load(work, reveal_id)
    content = model.asked(reveal_id, reveal.person_id, reveal.asked_by, reason)
    signed = await sign(work, REVEAL, reveal.approval_id, content, approve=approve, about=[reveal.person_id])
    if signed.state == "approved":
        return await store.show_until(work, reveal, work.now + terms.shown_for), reason
    return replace(reveal, state=model.reveal_state(signed.state, None, work.now)), reason


async def see_reveal(work: Work, reveal_id: str) -> tuple[Reveal, str]:
    """Who asked, for whom and why. Errors: Refusal not_found."""
    await work.permit_in_case("see_reveal", reveal_id, store.REVEALS.c.case_id, see="see_reveal")
    reveal, reason = await store.load(work, reveal_id)
    work.audit("see_reveal", case_id=reveal.case_id, subjects=[reveal_id, reveal.person_id])
    return reveal, reason


async def see_identity(work: Work, person_id: str) -> tuple[Person, Known]:
    """Who a person is, for the one to whom custodians revealed it, until that is over.

    Errors: Refusal not_found; forbidden for everybody else who may see the case.
    """
    reveal = await store.revealed_to(work, person_id, work.actor.id)
    await permit(work, "see_identity", person_id, revealed=reveal is not None)
    person = await people.load(work, person_id)
    facts, _ = await present_of(work, person_id)
    work.audit("see_identity", case_id=person.case_id, subjects=[person_id, *([reveal.id] if reveal else [])])
    return person, known(facts, work.now.date(), masked=False)


async def forget(work: Work, person_id: str) -> None:
    """Nobody decides any more who may see them. The caller decided so."""
    for reveal_id in await store.ids_of(work, person_id):
        await end_open(work, REVEAL, reveal_id)
    await store.forget(work, person_id)
