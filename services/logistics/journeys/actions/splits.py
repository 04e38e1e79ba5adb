"""Splitting a group: one person proposes, another decides.

Rule: what is decided is exactly what was proposed, by the bytes; an approved split is what lets a part of the group
travel. Splits of one case are judged together, so that two of them do not leave alone whom one alone would not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, and_

from services.logistics.journeys.actions.veiling import hidden_splits, hides_split
from services.logistics.journeys.model import splits as model
from services.logistics.journeys.model.splits import Split
from services.logistics.journeys.store import splits as store
from services.logistics.travellers import actions as travellers
from services.logistics.travellers.model import ERRANDS, Group, check_members, check_open, minors
from shared.access import Actor, Approval, Resource, case_resource, with_more_than
from shared.approving import Act, propose, sign, visible
from shared.clock import new_id
from shared.errors import not_found, stale
from shared.work import Work


async def _proposed(work: Work, approval: Approval) -> Resource:
    if approval.case_id is None:
        raise not_found()
    hidden = await hides_split(work, approval.subject_id)
    return await case_resource(work, work.actor, approval.case_id, hidden=hidden)


def _near(actor: Actor, now: datetime) -> ColumnElement[bool]:
    return and_(visible(actor, now), with_more_than(actor, ERRANDS))


SPLIT = Act(
    "split",
    model.TIME_TO_DECIDE,
    "decide_split",
    "see_case",
    "/splits/{subject_id}/decision",
    _proposed,
    _near,
    hides=hides_split,
)


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
    split_id, content = new_id(), model.approved_content(case_id, apart, reason)
    approval = await propose(work, SPLIT, split_id, content, case_id=case_id, about=sorted(apart))
    split = Split(split_id, case_id, approval.id, tuple(sorted(apart)), "proposed", approval.expires_at)
    cipher = await work.cipher(case_id)
    await store.add(work, split, cipher.encrypt_text(f"splits.reason/{split_id}", reason))
    return SplitDetails(split, reason)


async def decide_split(work: Work, split_id: str, version: int, *, approve: bool) -> SplitDetails:
    """Somebody other than the proposer decides.

    Errors: Refusal not_found, forbidden, stale; conflict same_person, already_decided, approval_expired; when approving
    also minor_not_separated, nobody_remains, because of what was approved since it was proposed.
    """
    await _permit(work, "decide_split", split_id)
    split = await store.load(work, split_id)
    if version != split.version:
        raise stale("stale_version", f"You saw version {version}; the present one is {split.version}.")
    if approve and split.state == "proposed":
        group = await travellers.group_of(work, split.case_id, lock=True)
        await _check_together(work, group, split.person_ids_apart)
    reason = (await store.reasons(work, [split]))[split_id]
    content = model.approved_content(split.case_id, split.person_ids_apart, reason)
    await sign(work, SPLIT, split.approval_id, content, approve=approve)
    return SplitDetails(replace(split, state="approved" if approve else "rejected"), reason)


async def see_splits(work: Work, case_id: str, after: str | None, limit: int) -> list[SplitDetails]:
    """Errors: Refusal not_found for who may not see the case."""
    work.permit("see_case", await case_resource(work, work.actor, case_id), see="see_case")
    splits = await store.page_of_case(work, case_id, after, limit, hidden=await hidden_splits(work, case_id))
    reasons = await store.reasons(work, splits)
    work.audit("see_splits", case_id=case_id, subjects=[split.id for split in splits])
    return [SplitDetails(split, reasons[split.id]) for split in splits if split.id in reasons]


async def sides_known(work: Work, case_id: str) -> list[set[str]]:
    """Who may travel apart by approved splits that the actor may know of; for journeys."""
    return await store.approved_sides(work, case_id, hidden=await hidden_splits(work, case_id))


async def see_split(work: Work, split_id: str) -> SplitDetails:
    """Errors: Refusal not_found for who may not see the case."""
    await _permit(work, "see_case", split_id)
    split = await store.load(work, split_id)
    reasons = await store.reasons(work, [split])
    if split_id not in reasons:
        raise not_found()
    work.audit("see_split", case_id=split.case_id, subjects=[split_id])
    return SplitDetails(split, reasons[split_id])


async def _permit(work: Work, action: str, split_id: str) -> None:
    hidden = await hides_split(work, split_id)
    await work.permit_in_case(action, split_id, store.SPLITS.c.case_id, hidden=hidden)


async def _check_together(work: Work, group: Group, apart: Sequence[str]) -> None:
    """Who would remain once these are apart as well. The caller holds the case's lock."""
    gone = set(apart).union(*await sides_known(work, group.case_id))
    model.check_split(gone, group.members, minors(group, work.now.date()))
