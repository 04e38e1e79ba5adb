"""What can be done with notes, appointments and interpreters."""

from collections.abc import Collection

from services.intake.diary.actions import appointments, contacts, interpreters, notes
from shared.work import Work


async def follow(work: Work, person_ids: Collection[str], from_case_id: str, to_case_id: str) -> None:
    """What was written, tried and arranged about these people goes with them to another case. The caller decided so."""
    await notes.follow(work, person_ids, to_case_id)
    await contacts.follow(work, person_ids, to_case_id)
    await appointments.follow(work, person_ids, to_case_id)
    await interpreters.follow(work, from_case_id, to_case_id)


async def forget_person(work: Work, person_id: str) -> None:
    """Nothing written or arranged for them is kept. The caller decided so."""
    await notes.forget(work, person_id)
    await appointments.forget(work, person_id)
    await interpreters.forget(work, person_id)
    await contacts.forget(work, person_id)


async def forget_case(work: Work, case_id: str) -> None:
    """Nothing of the case is kept. The caller decided so."""
    await notes.forget_case(work, case_id)
    await appointments.forget_case(work, case_id)
    await interpreters.forget_case(work, case_id)
    await contacts.forget_case(work, case_id)
