"""Letters that intake cannot open, for operators: look at them, have one tried again, or give it up.

Rule: operators see random ids, a word that says why, and how long it is, never who wrote; each look and each act is on
the audit log.
"""

from services.intake.front_door.actions import carrying as door
from services.intake.front_door.model.letters import SetAside
from shared.access import Resource
from shared.database import Database, Slice
from shared.errors import not_found
from shared.work import Work

_LETTERS = Resource("Letters", "set_aside", {})


async def see_set_aside(work: Work, front: Database | None, after: str | None, limit: int) -> Slice[SetAside]:
    """In the order in which they came. front: the front door's database, if there is one. Errors: Refusal forbidden."""
    work.permit("see_set_aside", _LETTERS)
    found = Slice[SetAside]((), None) if front is None else await door.see_set_aside(front, after, limit)
    work.audit("see_set_aside", subjects=[letter.id for letter in found.items])
    return found


async def try_again(work: Work, front: Database | None, letter_id: str) -> None:
    """It is opened in its old place once more, within a second. Errors: Refusal forbidden, not_found."""
    work.permit("settle_set_aside", _LETTERS)
    if front is None or not await door.try_again(front, letter_id):
        raise not_found()
    work.audit("retry_letter", subjects=[letter_id])


async def discard(work: Work, front: Database | None, letter_id: str) -> None:
    """It is given up for ever; those of its thread behind it go on. Errors: Refusal forbidden, not_found."""
    work.permit("settle_set_aside", _LETTERS)
    if front is None or not await door.discard(front, letter_id):
        raise not_found()
    work.audit("discard_letter", subjects=[letter_id])
