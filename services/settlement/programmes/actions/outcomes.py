"""What the public may count: a person reached a figure, now or once their programme's figures are disclosed.

Rule: everybody is told of, once per figure; only inside the sealed part does it say whether they count yet.
"""

from datetime import datetime

from services.settlement.newcomers import actions as newcomers
from services.settlement.programmes.model.disclosure import Figure
from services.settlement.programmes.store import outcomes as store
from services.settlement.programmes.store import programmes
from services.settlement.programmes.store.outcomes import Outcome
from shared.contracts.fields import Sealed
from shared.contracts.settlement import CountedOutcome, OutcomeRecorded
from shared.work import Work


async def record_outcome(work: Work, case_id: str, person_id: str, figure: Figure, reached_at: datetime) -> None:
    """A person reached what a figure counts; a second time changes nothing."""
    await newcomers.ensure_keys(work, [person_id])
    outcome = Outcome(person_id, figure, case_id, reached_at, not await _held_back(work, figure, person_id))
    if await store.add(work, outcome):
        tell_outcome(work, outcome)


def tell_outcome(work: Work, outcome: Outcome) -> None:
    """Tell notify of an outcome, whether it counts or not."""
    told = CountedOutcome(figure=outcome.figure, counted=outcome.counted)
    work.emit(
        OutcomeRecorded(
            case_id=outcome.case_id,
            person_id=outcome.person_id,
            at=outcome.reached_at,
            outcome=Sealed.of(outcome.person_id, told),
        )
    )


async def _held_back(work: Work, figure: Figure, person_id: str) -> bool:
    holding = await store.holding_back_one(work, figure, person_id)
    for programme_id in sorted(holding):
        # A disclosure that is being signed right now holds this lock: after it the answer may be another.
        await programmes.load(work, programme_id, lock=True)
    return bool(holding) and bool(await store.holding_back_one(work, figure, person_id))
