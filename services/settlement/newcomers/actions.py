"""What is done with newcomers: learn of a group, its state and its consents from intake; look at them.

Rule: people are known here only because intake told so; settlement changes nothing about them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.settlement.newcomers import model, store
from services.settlement.newcomers.model import Facts, Newcomer, Purpose, Terms
from shared.access import case_resource, replace_entries
from shared.errors import conflict, not_found
from shared.work import Work


async def ensure_keys(work: Work, subjects: Sequence[str]) -> None:
    """A key for each person or case that has none yet: whichever event speaks of them first makes it."""
    known = await work.ciphers(subjects)
    for subject in subjects:
        if subject not in known:
            work.create_key(subject)


async def know_group(work: Work, case_id: str, opened_at: datetime, group: Sequence[tuple[str, Facts]]) -> None:
    """Intake opened a case of these people."""
    await ensure_keys(work, [case_id, *(person_id for person_id, _ in group)])
    await store.add_case(work, case_id, opened_at)
    for place, (person_id, facts) in enumerate(group):
        await store.join(work, case_id, place, person_id, facts, model.FIRST)
    work.audit("know_newcomers", case_id=case_id, subjects=[person_id for person_id, _ in group])


async def join(work: Work, case_id: str, people: Sequence[tuple[str, Facts, int]]) -> list[str]:
    """Intake says who is on a case from now on, each with the number of their joining; returns whom that moved.

    Somebody who joined another one since, by a higher number, stays there.
    """
    await ensure_keys(work, [person_id for person_id, _, _ in people])
    place = await store.next_place(work, case_id)
    joined = [
        person_id
        for ahead, (person_id, facts, number) in enumerate(people)
        if await store.join(work, case_id, place + ahead, person_id, facts, number)
    ]
    work.audit("join_case", case_id=case_id, subjects=joined)
    return joined


async def note_state(work: Work, case_id: str, state: str) -> None:
    """Intake's own part of the journey went on."""
    await store.set_case_state(work, case_id, state)
    work.audit("note_case_state", case_id=case_id)


async def note_consent(work: Work, person_id: str, purpose: Purpose, terms: Terms) -> None:
    """A person gave or took back a consent. Errors: Refusal not_found for nobody whom intake told of."""
    found = await store.load(work, [person_id], lock=True)
    if not found:
        raise not_found("person_not_known")
    await store.set_consent(work, found[0], purpose, terms)
    work.audit("note_consent", case_id=found[0].case_id, subjects=[person_id])


async def check_group(work: Work, case_id: str, person_ids: tuple[str, ...]) -> None:
    """Errors: Refusal conflict when the case is closed; invalid when somebody is not on it."""
    model.check_open(await store.case_state(work, case_id))
    model.check_members(await store.load(work, person_ids), case_id, person_ids)


async def all_consent(work: Work, person_ids: Sequence[str], purpose: Purpose, *, lock: bool) -> bool:
    """Whether every one of them consents today; lock: and until this transaction ends.

    Who locks people does it before they lock any programme.
    """
    people = await store.load(work, person_ids, lock=lock)
    return len(people) == len(person_ids) and all(one.consents_to(purpose, work.now.date()) for one in people)


async def consenting(work: Work, person_ids: Sequence[str], purpose: Purpose) -> set[str]:
    """Those of `person_ids` who consent today."""
    today = work.now.date()
    return {one.id for one in await store.load(work, person_ids) if one.consents_to(purpose, today)}


async def require_consent(work: Work, person_ids: Sequence[str], purpose: Purpose) -> None:
    """They do until this transaction ends. Errors: Refusal conflict when somebody does not consent."""
    if not await all_consent(work, person_ids, purpose, lock=True):
        raise conflict("consent_missing", "Every person must consent to this purpose first.")


@dataclass(frozen=True)
class Seen:
    """The members of a case; state: intake's. masked: the one who looks does not work with the people."""

    state: str
    group: list[Newcomer]
    masked: bool


async def see_newcomers(work: Work, case_id: str) -> Seen:
    """Errors: Refusal not_found for who may not see the case."""
    case = await case_resource(work, work.actor, case_id)
    work.permit("see_case", case, see="see_case")
    masked = not work.tools.policies.allows(work.actor, "see_birth_dates", case)
    group = await store.of_case(work, case_id)
    verb = "see_masked_newcomers" if masked else "see_newcomers"
    work.audit(verb, case_id=case_id, subjects=[person.id for person in group])
    return Seen(await store.case_state(work, case_id), group, masked)


async def lock(work: Work, person_id: str) -> None:
    """Nobody relies on their consents until this transaction ends."""
    await store.lock(work, person_id)


async def case_of(work: Work, person_id: str) -> str | None:
    """The case of somebody, if they are known."""
    return await store.case_of(work, person_id)


async def forget(work: Work, person_id: str) -> None:
    """Nothing of them is kept. Intake decided so."""
    await store.forget(work, person_id)


async def forget_case(work: Work, case_id: str) -> None:
    """Nobody is left on it, and nobody sees it any more. Intake decided so."""
    await store.forget_case(work, case_id)
    await replace_entries(work, case_id, (), (), work.now)
