"""What can be done about a verdict: propose it, decide on it, decide as head reviewer.

Rule: a verdict counts once a second person agreed, or, where the model asks for a second instance, a head reviewer as
well; nobody has two of these parts.
"""

from dataclasses import dataclass

from services.intake.cases.actions.moving import case_for, move
from services.intake.cases.model import verification as model
from services.intake.cases.model.lifecycle import Case, check_seen
from services.intake.cases.model.verification import Evidence, HeadCause, Proposal, Terms
from services.intake.cases.store import verdicts as store
from services.intake.cases.store.verification import evidence as load_evidence
from services.intake.duties import actions as duties
from services.intake.duties.model import HEAD_REVIEW_WITHIN, Who
from shared.access import approval_of
from shared.access.approvals import digest_of
from shared.approving import Act, propose, replace, sign
from shared.errors import conflict
from shared.work import Work

SAMPLE = "verdicts.sample"

VERIFICATION = Act(
    "verification",
    model.REVIEW_WITHIN,
    "decide_verification",
    "see_case",
    "/cases/{case_id}/verification/decision",
    barred=store.took_part,
    waiting=duties.ON_CASE,
)
HEAD_REVIEW = Act(
    "head_review",
    model.REVIEW_WITHIN,
    "decide_head_review",
    "see_case",
    "/cases/{case_id}/verification/head-review",
    barred=store.proposed_or_took_part,
    waiting=duties.Unsigned(Who.on_case(), "head_review", HEAD_REVIEW_WITHIN),
)


@dataclass(frozen=True)
class Opinion:
    """What somebody says to a proposed verdict, and why."""

    approve: bool
    reason: str


async def propose_verdict(work: Work, case_id: str, version: int, terms: Terms) -> Proposal:
    """Ask a second person to agree to a verdict on everything found; it takes the place of one that waits.

    Errors: Refusal not_found, forbidden, stale; conflict wrong_state, nothing_to_decide, nothing_new,
    verification_incomplete, with_head_reviewer.
    """
    case = await case_for(work, case_id, "verify_case", lock=True)
    evidence = await load_evidence(work, case_id)
    check_seen(case, version)
    model.check_proposal(case, terms, evidence, await store.round_of(work, case_id))
    await _leave_to_head(work, case_id, evidence)
    for act in (VERIFICATION, HEAD_REVIEW):
        await replace(work, act, case_id)
    content = model.reviewed(terms, evidence)
    approval = await propose(work, VERIFICATION, case_id, content, case_id=case_id, about=evidence.ids)
    await store.add(work, approval, terms)
    return Proposal(approval.id, case_id, terms, work.actor.id, approval.expires_at)


async def decide_verification(
    work: Work, case_id: str, version: int, approval_id: str, opinion: Opinion, *, sample_percent: int
) -> Case:
    """Somebody who had no part in it agrees to the verdict, or not; it counts, or goes to a head reviewer.

    Errors: Refusal not_found, forbidden, stale; conflict same_person, content_changed, already_decided,
    approval_expired.
    """
    case = await case_for(work, case_id, "decide_verification", lock=True)
    proposal = await store.proposed(work, case_id, approval_id)
    evidence = await load_evidence(work, case_id)
    model.check_decider(work.actor.id, evidence.people)
    check_seen(case, version)
    content = model.reviewed(proposal.terms, evidence)
    await sign(work, VERIFICATION, approval_id, content, approve=opinion.approve)
    drawn = model.drawn(work.vault.blind(SAMPLE, approval_id).image, sample_percent)
    cause = model.head_cause(proposal.terms, agreed=opinion.approve, sampled=drawn)
    if cause is None:
        return await _settle(work, case, version, proposal)
    await _ask_head(work, proposal, evidence, cause, opinion)
    return case


async def decide_head_review(work: Work, case_id: str, version: int, approval_id: str, opinion: Opinion) -> Case:
    """A head reviewer, who had no part in it before, has the proposed verdict count, or the case verified further.

    Errors: as `decide_verification`.
    """
    case = await case_for(work, case_id, "decide_head_review", lock=True)
    check_seen(case, version)
    asked = await store.with_head(work, case_id, approval_id)
    proposal, evidence = asked.proposal, await load_evidence(work, case_id)
    model.check_decider(work.actor.id, {*evidence.people, proposal.proposed_by})
    content = model.head_reviewed(proposal.id, proposal.terms, evidence)
    await sign(work, HEAD_REVIEW, approval_id, content, approve=opinion.approve)
    return await _settle(work, case, version, proposal) if opinion.approve else case


async def _leave_to_head(work: Work, case_id: str, evidence: Evidence) -> None:
    """What a head reviewer was asked is not asked of another reviewer, unless there is something new."""
    asked = await store.open_head_review(work, case_id)
    if asked is None:
        return
    content = model.head_reviewed(asked.proposal.id, asked.proposal.terms, evidence)
    if (await approval_of(work, asked.id)).digest == digest_of(content):
        raise conflict("with_head_reviewer", "A head reviewer was asked; record what is new, or wait.")


async def _ask_head(work: Work, proposal: Proposal, evidence: Evidence, cause: HeadCause, opinion: Opinion) -> None:
    content = model.head_reviewed(proposal.id, proposal.terms, evidence)
    await replace(work, HEAD_REVIEW, proposal.case_id)
    asked = await propose(work, HEAD_REVIEW, proposal.case_id, content, case_id=proposal.case_id)
    said = {"agreed": opinion.approve, "reason": opinion.reason}
    await store.hand_to_head(work, proposal, asked.id, cause, said)


async def _settle(work: Work, case: Case, version: int, proposal: Proposal) -> Case:
    await store.finish(work, proposal)
    return await move(work, case, version, proposal.terms.verdict, None)
