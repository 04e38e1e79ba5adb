"""The answer of a service that acted on a changed consent.

Rule: it is told in the transaction of what was done, so intake hears it once that is true, and once only.
"""

from typing import Protocol

from shared.contracts.envelope import Event
from shared.contracts.fields import Id, Instant, Sealed
from shared.contracts.heeding import Heeded
from shared.work import Work


class Acknowledged(Protocol):
    """The event by which a service answers."""

    def __call__(self, *, case_id: Id, person_id: Id, change_id: Id, at: Instant, stands: Sealed[Heeded]) -> Event: ...


def answer(work: Work, told: Acknowledged, case_id: str, person_id: str, stands: Heeded) -> None:
    """Say that the event which caused this work was acted on. stands: how things are now."""
    if work.cause.causation_id is None:
        raise ValueError("only an event is answered")
    sealed = Sealed.of(person_id, stands)
    work.emit(told(case_id=case_id, person_id=person_id, change_id=work.cause.causation_id, at=work.now, stands=sealed))
