"""What can be done to hand a case over: offer it, accept it or not, take the offer back.

Rule: while an offer waits the giver has the case, and whoever is asked has a duty to answer; the acceptance gives it to
the taker, takes it from the giver, tells the other services and moves the giver's duties in one transaction.
"""

from services.intake.cases.actions.assignment import hold_room, refuse_full
from services.intake.cases.actions.moving import case_for
from services.intake.cases.model import assignment as model
from services.intake.cases.model.assignment import Transfer, TransferState
from services.intake.cases.store import assignment as store
from services.intake.cases.store import lifecycle
from services.intake.cases.store.lifecycle import CASES
from services.intake.duties import actions as duties
from services.intake.duties.model import Kind, Subject, Who
from services.intake.staff import actions as staff
from services.intake.staff.model import Assignment
from shared.access import entries_of
from shared.clock import new_id
from shared.database import Slice
from shared.errors import conflict, stale
from shared.work import Work

EXPIRES = "transfer_expires"
ANSWER: Kind = "answer_transfer"


async def offer(work: Work, case_id: str, taker_id: str, note: str) -> Transfer:
    """The actor offers the case to somebody who is not on it.

    Errors: Refusal not_found, forbidden; conflict already_on_the_case, cannot_take_it, still_by_team, already_offered.
    """
    case = await case_for(work, case_id, "transfer_case", lock=True)
    await _check_offer(work, case_id, taker_id)
    me, expires_at = work.actor.id, work.now + model.ANSWER_WITHIN
    transfer = Transfer(new_id(), case_id, case.code_name, me, taker_id, "pending", note, work.now, expires_at, 1)
    await store.add_transfer(work, transfer)
    await work.at(expires_at, EXPIRES, transfer.id)
    about, due_at = Subject.case(case_id), work.now + model.CALL_AFTER
    await duties.assign(work, ANSWER, about, cause=transfer.id, due_at=due_at, who=Who.asked(taker_id))
    work.audit("offer_transfer", case_id=case_id, subjects=[transfer.id, taker_id])
    return transfer


async def answer(work: Work, transfer_id: str, version: int, *, accept: bool) -> Transfer:
    """The taker accepts the case, and the giver has it no longer; or declines it.

    Errors: Refusal not_found, forbidden, stale; conflict not_pending, not_yours_to_give, caseload_full.
    """
    transfer = await _load(work, transfer_id, "answer_transfer", version)
    full = await hold_room(work, [transfer.taker_id]) if accept else []
    model.check_pending(transfer, work.now)
    await refuse_full(work, full)
    if accept:
        await _change_hands(work, transfer)
    return await _end(work, transfer, "accepted" if accept else "declined", "accept" if accept else "decline")


async def withdraw(work: Work, transfer_id: str, version: int) -> Transfer:
    """The giver keeps the case. Errors: Refusal not_found, forbidden, stale; conflict not_pending."""
    transfer = await _load(work, transfer_id, "withdraw_transfer", version)
    model.check_pending(transfer, work.now)
    return await _end(work, transfer, "withdrawn", "withdraw")


async def see_transfers(work: Work, after: str | None, limit: int) -> Slice[Transfer]:
    """What the actor gives or is offered, and waits."""
    transfers = await store.page_of_mine(work, after, limit)
    work.audit("see_transfers", subjects=[one.id for one in transfers.items])
    return transfers


async def see_transfer(work: Work, transfer_id: str) -> Transfer:
    """Errors: Refusal not_found for who is no party to it and no manager."""
    await _ask(work, transfer_id, "see_transfer")
    transfer = await store.load_transfer(work, transfer_id)
    work.audit("see_transfers", case_id=transfer.case_id, subjects=[transfer_id])
    return transfer


async def expire(work: Work, transfer_id: str) -> None:
    """The timer of an offer: nobody answered in time, and the giver keeps the case."""
    case_id = await store.expire_transfer(work, transfer_id)
    if case_id is not None:
        await duties.cancel(work, ANSWER, case_id, cause=transfer_id)
        work.audit("expire_transfer", case_id=case_id, subjects=[transfer_id])


TIMERS = {EXPIRES: expire}
"""What intake has among its timers for transfers."""


async def _check_offer(work: Work, case_id: str, taker_id: str) -> None:
    assigned, recused = await entries_of(work, case_id)
    by_team = await staff.members_of(work, (await staff.named_for(work, case_id)).teams)
    in_person = frozenset(assigned) - by_team
    model.check_offer(work.actor.id, taker_id, frozenset(assigned), in_person, taker_id in recused)
    if await store.pending(work, case_id, work.actor.id):
        raise conflict("already_offered", "You offer this case to somebody already.")


async def _change_hands(work: Work, transfer: Transfer) -> None:
    case = await lifecycle.load(work, transfer.case_id, lock=True)
    named, (_, recused) = await staff.named_for(work, case.id), await entries_of(work, case.id)
    if transfer.giver_id not in named.persons or case.state in model.ENDED:
        raise conflict("not_yours_to_give", "Who offered the case does not have it any more.")
    if transfer.taker_id in recused:
        raise conflict("cannot_take_it", "This person cannot take the case.")
    await work.change(CASES, case.id, case.version)
    persons = {*named.persons, transfer.taker_id} - {transfer.giver_id}
    await duties.hand_over(work, case.id, transfer.giver_id, transfer.taker_id)
    await staff.assign(work, case.id, Assignment(tuple(sorted(persons)), named.teams), recused)


async def _end(work: Work, transfer: Transfer, state: TransferState, verb: str) -> Transfer:
    version = await store.end_transfer(work, transfer, state)
    end = duties.cancel if state == "withdrawn" else duties.settle
    await end(work, ANSWER, transfer.case_id, cause=transfer.id)
    work.audit(f"{verb}_transfer", case_id=transfer.case_id, subjects=[transfer.id])
    return Transfer(**{**vars(transfer), "state": state, "version": version})


async def _load(work: Work, transfer_id: str, action: str, version: int) -> Transfer:
    await _ask(work, transfer_id, action)
    transfer = await store.load_transfer(work, transfer_id)
    if transfer.version != version:
        raise stale("stale_version", "Somebody changed it since you looked.")
    return transfer


async def _ask(work: Work, transfer_id: str, action: str) -> None:
    gives, takes = await store.party_of(work, transfer_id)
    case = store.TRANSFERS.c.case_id
    await work.permit_in_case(action, transfer_id, case, see="see_transfer", kind="Transfer", gives=gives, takes=takes)
