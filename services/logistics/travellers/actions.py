"""What intake tells of a case and its people, and looking at it.

Rule: a key is made once, when its person or case is first heard of, whichever service tells of them first.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Select

from services.logistics.travellers import model, store
from services.logistics.travellers.model import Consent, Facts, Group, Person
from shared.access import case_resource, replace_entries
from shared.audit import AuditEntry
from shared.contracts.heeding import Heeded
from shared.contracts.logistics import ConsentAcknowledged
from shared.heeding import answer
from shared.unknown import about
from shared.vault import SubjectCipher
from shared.veil import Veil
from shared.work import Work


@dataclass(frozen=True)
class Member:
    """A member of a group as the staff see them.

    born_on: None for who does not work with the people. consents: the purposes that are live today.
    """

    id: str
    principal: bool
    born_on: date | None
    country_of_danger: str
    minor: bool
    consents: tuple[str, ...]


async def open_case(work: Work, case_id: str, at: datetime, members: Mapping[str, Facts]) -> None:
    """Intake opened a case: these people travel together."""
    await store.add_case(work, case_id, at)
    await _case_cipher(work, case_id)
    for person_id, facts in members.items():
        await know(work, case_id, person_id)
        await store.join(work, person_id, case_id, facts, model.FIRST)
    work.audit("open_case", case_id=case_id, subjects=members)


async def join(work: Work, case_id: str, people: Mapping[str, tuple[Facts, int]]) -> list[str]:
    """Intake says who is on a case from now on, each with the number of their joining; returns whom that moved.

    Somebody who joined another one since, by a higher number, stays there.
    """
    joined = []
    for person_id, (facts, number) in people.items():
        await know(work, case_id, person_id)
        if await store.join(work, person_id, case_id, facts, number):
            joined.append(person_id)
    await store.VEILS.follow(work, await _case_cipher(work, case_id), case_id, joined)
    work.audit("join_case", case_id=case_id, subjects=joined)
    return joined


async def know(work: Work, case_id: str, person_id: str) -> None:
    """Somebody is heard of, perhaps for the first time."""
    if await store.add_person(work, person_id, case_id):
        work.create_key(person_id)


async def change_case_state(work: Work, case_id: str, state: str) -> None:
    await store.set_state(work, case_id, state)
    work.audit("change_case_state", case_id=case_id)


async def change_access(
    work: Work, case_id: str, assigned: Collection[str], recused: Collection[str], at: datetime
) -> None:
    """From now on these may see the case, and no others."""
    await replace_entries(work, case_id, assigned, recused, at)
    work.audit("change_access", case_id=case_id, subjects=[*assigned, *recused])


async def change_sight(
    work: Work, case_id: str, person_ids: Collection[str], at: datetime, *, veiled: bool, may_look: Collection[str]
) -> None:
    """Settlement says who may look at the later journey of these people from now on."""
    for person_id in person_ids:
        veil = Veil(veiled, frozenset(may_look), at)
        await store.VEILS.draw(work, await _case_cipher(work, case_id), case_id, person_id, veil)
    # Without the case: its timeline would tell staff that there is something to look behind.
    work.audit("change_sight", subjects=[case_id, *person_ids])


async def veils_of(work: Work, person_ids: Collection[str]) -> dict[str, Veil]:
    """By person: who may look at their later journey; for the other slices."""
    return await store.VEILS.of(work, person_ids)


async def veils_over(
    work: Work, asked: Select[Any], by: Literal["person_id", "case_id"]
) -> list[tuple[Any, Veil | None]]:
    """What one id names, with the veils that may hide it, at the same cost if nothing is there; for other slices."""
    return await store.VEILS.over(work, asked, by)


async def sight_of(work: Work, rows: Sequence[AuditEntry]) -> frozenset[int]:
    """The places of the rows by which somebody was veiled whose later journey the actor may not look at."""
    return await store.VEILS.hiding(work, about(rows, {"change_sight": slice(1, None)}))


async def veils_on(work: Work, case_ids: Collection[str]) -> dict[str, list[Veil]]:
    """By case: the veils of its people; for the other slices."""
    return await store.VEILS.of_cases(work, case_ids)


async def note_consent(work: Work, case_id: str, person_id: str, consent: Consent) -> None:
    """A person gave, narrowed or withdrew a consent; intake is answered. Shelter and cash go on, they ask for none."""
    await know(work, case_id, person_id)
    await store.put_consent(work, await work.cipher(person_id), person_id, consent)
    answer(work, ConsentAcknowledged, case_id, person_id, Heeded())
    work.audit("note_consent", case_id=case_id, subjects=[person_id])


async def group_of(work: Work, case_id: str, *, lock: bool = False) -> Group:
    """For the other slices, which check access themselves; lock: held until the transaction ends.

    Errors: Refusal not_found when intake has not told of the case.
    """
    state = await store.state_of(work, case_id, lock=lock)
    return Group(case_id, state, await store.members(work, case_id))


async def permit(work: Work, action: str, person_id: str) -> None:
    """Go on only if the actor may do it on the case that the person is on. Errors: Refusal not_found, forbidden."""
    await work.permit_in_case(action, person_id, store.PEOPLE.c.case_id)


async def person_of(work: Work, person_id: str, *, lock: bool = False) -> Person:
    """For the other slices, which check access themselves. Errors: Refusal not_found."""
    return await store.load(work, person_id, lock=lock)


async def see_group(work: Work, case_id: str) -> tuple[Group, list[Member]]:
    """Errors: Refusal not_found for who may not see the case."""
    case = await case_resource(work, work.actor, case_id)
    work.permit("see_case", case, see="see_case")
    masked = not work.tools.policies.allows(work.actor, "see_birth_dates", case)
    group = await group_of(work, case_id)
    said = await store.consents(work, group.members)
    today = work.now.date()
    minors = model.minors(group, today)
    members = [
        Member(
            person_id,
            facts.principal,
            None if masked else facts.born_on,
            facts.country_of_danger,
            person_id in minors,
            model.live_purposes(said.get(person_id, []), today),
        )
        for person_id, facts in group.members.items()
    ]
    work.audit("see_masked_travellers" if masked else "see_travellers", case_id=case_id, subjects=group.members)
    return group, members


async def lock_case(work: Work, case_id: str) -> None:
    """Nobody else plans for the group until this transaction ends, whether or not the case is known."""
    await store.lock_case(work, case_id)


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


async def _case_cipher(work: Work, case_id: str) -> SubjectCipher:
    """The key of a case, made now if nobody told of it before."""
    if case_id not in await work.ciphers([case_id]):
        work.create_key(case_id)
    return await work.cipher(case_id)
