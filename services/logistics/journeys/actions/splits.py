"""Splitting a group: one person proposes, another decides.

Rule: what is decided is exactly what was proposed, by the bytes; an approved split is what lets a part of the group
travel. Splits of one case are judged together, so that two of them do not leave alone whom one alone would not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.logistics.journeys.model import splits as model
from services.logistics.journeys.model.splits import Split, SplitState
from services.logistics.journeys.store import splits as store
from services.logistics.travellers import actions as travellers
from services.logistics.travellers.model import Group, check_members, check_open, minors
from shared.access import case_resource, consume, decide, expire_due, propose
from shared.clock import new_id
from shared.work import Work

SPLIT_EXPIRY = "split_expiry"
KIND = "split_group"


@dataclass(frozen=True)
class SplitDetails:
    """A split with its reason, decrypted."""

    split: Split
    reason: str


async def propose_split(work: Work, case_id: str, apart: Sequence[str], reason: str) -> SplitDetails:
    """Ask a second person to let these travel apart.

    Errors: Refusal not_found, forbidden; invalid for people of other cases; conflict minor_not_separated,
    nobody_remains, case_closed.
    """
    work.permit("propose_split", await case_resource(work, work.actor, case_id), see="see_case")
    group = await travellers.group_of(work, case_id, lock=True)
    check_open(group)
    check_members(group, apart)
    await _check_together(work, group, apart)
    split_id, expires_at = new_id(), work.now + model.TIME_TO_DECIDE
    approval_id = await propose(
        work,
        kind=KIND,
        subject_id=split_id,
        content=model.approved_content(case_id, apart, reason),
        by=work.actor,
        at=work.now,
        expires_at=expires_at,
        new_id=new_id,
    )
    split = Split(split_id, case_id, approval_id, tuple(sorted(apart)), "proposed", expires_at, 1)
    cipher = await work.cipher(case_id)
    await store.add(work, split, cipher.encrypt_text(f"splits.reason/{split_id}", reason))
    await work.at(expires_at, SPLIT_EXPIRY, split_id)
    work.audit("propose_split", case_id=case_id, subjects=[split_id, *split.person_ids_apart])
    return SplitDetails(split, reason)


async def decide_split(work: Work, split_id: str, version: int, *, approve: bool) -> SplitDetails:
    """Somebody other than the proposer decides.

    Errors: Refusal not_found, forbidden, stale; conflict same_person, already_decided, approval_expired; when approving
    also minor_not_separated, nobody_remains, because of what was approved since it was proposed.
    """
    split = await store.load(work, split_id)
    work.permit("decide_split", await case_resource(work, work.actor, split.case_id), see="see_case")
    model.check_proposed(split)
    if approve:
        group = await travellers.group_of(work, split.case_id, lock=True)
        await _check_together(work, group, split.person_ids_apart)
    reason = (await store.reasons(work, [split]))[split_id]
    content = model.approved_content(split.case_id, split.person_ids_apart, reason)
    await decide(work, split.approval_id, content=content, by=work.actor, approve=approve, at=work.now)
    if approve:
        await consume(work, split.approval_id, kind=KIND, subject_id=split_id, content=content, at=work.now)
    decided = await _end(work, replace(split, version=version), "approved" if approve else "rejected")
    work.audit("approve_split" if approve else "reject_split", case_id=split.case_id, subjects=[split_id])
    return SplitDetails(decided, reason)


async def expire(work: Work, split_id: str) -> None:
    """The timer of a proposal: nobody decided in time."""
    split = await store.load(work, split_id)
    await expire_due(work, work.now)
    if split.state == "proposed" and split.expires_at <= work.now:
        await _end(work, split, "expired")
        work.audit("expire_split", case_id=split.case_id, subjects=[split_id])


async def see_splits(work: Work, case_id: str, after: str | None, limit: int) -> list[SplitDetails]:
    """Errors: Refusal not_found for who may not see the case."""
    work.permit("see_case", await case_resource(work, work.actor, case_id), see="see_case")
    splits = await store.page_of_case(work, case_id, after, limit)
    reasons = await store.reasons(work, splits)
    work.audit("see_splits", case_id=case_id, subjects=[split.id for split in splits])
    return [SplitDetails(split, reasons[split.id]) for split in splits if split.id in reasons]


async def _check_together(work: Work, group: Group, apart: Sequence[str]) -> None:
    """Who would remain once these are apart as well. The caller holds the case's lock."""
    gone = set(apart).union(*await store.approved_sides(work, group.case_id))
    model.check_split(gone, group.members, minors(group, work.now.date()))


async def _end(work: Work, split: Split, state: SplitState) -> Split:
    return replace(split, state=state, version=await work.change(store.SPLITS, split.id, split.version, state=state))
