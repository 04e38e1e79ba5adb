"""What the public may count: people reached a figure, now or once their programme's figures are disclosed.

Rule: everybody is told of once per figure, when they reach it, and never again: a second word would list who came
through a programme. Only inside the sealed part does it say whether they count yet.
"""

from collections.abc import Sequence
from datetime import datetime

from services.settlement.newcomers import actions as newcomers
from services.settlement.programmes.model.disclosure import Figure
from services.settlement.programmes.store import outcomes as store
from services.settlement.programmes.store import programmes
from services.settlement.programmes.store.outcomes import Outcome
from shared.contracts.fields import Sealed
from shared.contracts.settlement import CountedOutcome, OutcomeRecorded
from shared.work import Work


async def record_outcomes(
    work: Work, case_id: str, person_ids: Sequence[str], figure: Figure, reached_at: datetime
) -> None:
    """People of a case reached what a figure counts; a second time changes nothing."""
    await newcomers.ensure_keys(work, person_ids)
    held_back = await _held_back(work, figure, person_ids)
    for person_id in person_ids:
        outcome = Outcome(person_id, figure, case_id, reached_at, person_id not in held_back)
        if await store.add(work, outcome):
            _tell(work, outcome)


async def forget(work: Work, person_id: str) -> None:
    """They are in no figure that is yet to be signed. Intake decided so."""
    await store.forget(work, person_id)


def _tell(work: Work, outcome: Outcome) -> None:
    told = CountedOutcome(figure=outcome.figure, counted=outcome.counted)
    work.emit(
        OutcomeRecorded(
            case_id=outcome.case_id,
            person_id=outcome.person_id,
            at=outcome.reached_at,
            outcome=Sealed.of(outcome.person_id, told),
        )
    )


async def _held_back(work: Work, figure: Figure, person_ids: Sequence[str]) -> set[str]:
    holding = await store.holding_back_some(work, figure, person_ids)
    if not holding:
        return set()
    # A disclosure that is being signed right now holds these locks: after it the answer may be another.
    await programmes.lock(work, set().union(*holding.values()))
    return set(await store.holding_back_some(work, figure, person_ids))
