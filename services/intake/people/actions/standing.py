"""How the actor stands to the case that a person is on: asked before anything else of the person is read."""

from sqlalchemy import Table

from services.intake.people.model.people import Person
from services.intake.people.store import people as store
from shared.work import Work


async def permit(work: Work, action: str, person_id: str, *, revealed: bool = False) -> None:
    """Go on only if the actor may do it on the case that the person is on. Errors: Refusal not_found, forbidden."""
    await work.permit_in_case(action, person_id, store.PEOPLE.c.case_id, revealed=revealed)


async def permitted(work: Work, action: str, person_id: str) -> Person:
    """The person, for who may do it. Errors: as `permit`."""
    await permit(work, action, person_id)
    return await store.load(work, person_id)


async def permitted_about(work: Work, action: str, rows: Table, row_id: str) -> Person:
    """The person whom one of these rows is about; one that is not there is like one of somebody unknown.

    Errors: as `permit`.
    """
    return await permitted(work, action, await store.whom(work, rows, row_id) or row_id)
