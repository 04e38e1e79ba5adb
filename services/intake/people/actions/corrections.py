"""What can be done about corrections: ask for one, decide on it, look.

Rule: nothing is overwritten: an accepted correction is an entry beside the original, and the wish stays as it was said.
Whose it is hears what became of it in the transaction of the decision, if they can come back by a receipt of theirs.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from services.intake.people.actions import entries
from services.intake.people.actions.standing import permit, permitted, permitted_about
from services.intake.people.model import corrections as model
from services.intake.people.model.corrections import By, Correction, Wish
from services.intake.people.model.people import Person
from services.intake.people.store import corrections as store
from services.intake.people.store import people
from shared.clock import new_id
from shared.database import Slice
from shared.work import Work

Tell = Callable[[Work, Correction], Awaitable[None]]
"""How a person hears what was decided, for the slice of threads."""


async def ask(work: Work, person_id: str, wish: Wish) -> Correction:
    """Staff write down what a person wants corrected. Errors: Refusal not_found, forbidden; invalid nothing_said."""
    await permit(work, "record_facts", person_id)
    return await ask_permitted(work, person_id, wish, "staff")


async def ask_permitted(work: Work, person_id: str, wish: Wish, by: By) -> Correction:
    """The same; the caller knows that it may: by a receipt it is the person who asks. Errors: as `ask`."""
    model.check_wish(wish)
    person = await people.load(work, person_id)
    correction = Correction(new_id(), person_id, wish, by, work.now, "open", "", None, None, 1)
    await store.add(work, correction)
    work.audit("ask_correction", case_id=person.case_id, subjects=[person_id, correction.id])
    return correction


async def decide(
    work: Work, correction_id: str, version: int, answer: str, tell: Tell, *, accept: bool, kept: bool | None
) -> Correction:
    """Accept a correction, and enter what it says, or refuse it with a reason. kept: from the other members of the
    case; None as what it corrects is.

    Errors: Refusal not_found, forbidden, stale; conflict already_decided; invalid when what it says is no such value,
    or nothing is entered that could be kept.
    """
    person = await permitted_about(work, "record_facts", store.CORRECTIONS, correction_id)
    correction = await store.load(work, correction_id)
    if correction.version == version:
        model.check_open(correction)
    model.check_keeping(correction.wish, accept=accept, kept=bool(kept))
    decided: dict[str, Any] = {
        "state": "accepted" if accept else "refused",
        "decided_by": work.actor.id,
        "decided_at": work.now,
    }
    box = await store.answered(work, correction, answer)
    version = await work.change(store.CORRECTIONS, correction_id, version, answer=box, **decided)
    if accept:
        await _enter(work, person, correction.wish, kept)
    work.audit("decide_correction", case_id=person.case_id, subjects=[person.id, correction_id])
    said = replace(correction, **decided, answer=answer, version=version)
    await tell(work, said)
    return said


async def _enter(work: Work, person: Person, wish: Wish, kept: bool | None) -> None:
    if wish.what == "other":
        return
    if kept is None:
        kept = await entries.is_kept(work, person.id, wish.what)
    since = work.now.date()
    await entries.enter_permitted(work, person.id, wish.what, wish.value, wish.why, "correction", since, kept=kept)


async def see_correction(work: Work, correction_id: str) -> Correction:
    """Errors: Refusal not_found, forbidden."""
    person = await permitted_about(work, "see_people", store.CORRECTIONS, correction_id)
    work.audit("see_corrections", case_id=person.case_id, subjects=[person.id, correction_id])
    return await store.load(work, correction_id)


async def see_corrections(work: Work, person_id: str, after: str | None, limit: int) -> Slice[Correction]:
    """Everything that was asked, oldest first. Errors: Refusal not_found, forbidden."""
    person = await permitted(work, "see_people", person_id)
    found = await store.page(work, person_id, after, limit)
    work.audit("see_corrections", case_id=person.case_id, subjects=[person_id, *(it.id for it in found.items)])
    return found


async def forget(work: Work, person_id: str) -> None:
    """Nobody corrects anything of theirs. The caller decided so."""
    await store.forget(work, person_id)
