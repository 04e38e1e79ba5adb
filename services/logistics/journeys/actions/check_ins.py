"""Check-ins: await them, take them, and climb the ladder when they do not come.

Rule: one timer per leg is set at a time, and each step sets the next by the hour at which the report was awaited, so a
clock that jumps far climbs every step once. A timer that is no longer needed fires and finds nothing to do: who holds
a leg never waits for its timer, because who fires the timer waits for the leg.
"""

from typing import Any

from services.logistics.journeys.actions.veiling import permit
from services.logistics.journeys.model import check_ins as model
from services.logistics.journeys.model import journeys
from services.logistics.journeys.model.check_ins import Leg, Step
from services.logistics.journeys.model.journeys import Journey
from services.logistics.journeys.store import journeys as journey_store
from services.logistics.journeys.store import legs as store
from services.logistics.travellers import actions as travellers
from shared.contracts.fields import Sealed
from shared.contracts.logistics import CheckInMissed, CheckInReceived, Report
from shared.veils import filled
from shared.work import Work

CHECK_IN_DUE = "check_in_due"


async def await_reports(work: Work, journey_id: str) -> None:
    """The group left: from now on silence is noticed. The caller checked access."""
    for leg in (await store.of_journeys(work, [journey_id]))[journey_id]:
        await work.at(leg.route.expected_by, CHECK_IN_DUE, leg.id)


async def climb(work: Work, leg_id: str) -> None:
    """The timer of a leg: nobody reported by the time of its next step."""
    leg = await store.load(work, leg_id)
    journey = await journey_store.load(work, leg.journey_id)
    following = model.next_step(leg.route.expected_by, leg.climbed)
    if journey.state != "departed" or leg.checked_in_at is not None or following is None:
        return
    step, due = following
    if due <= work.now:
        await _climb(work, journey, leg, step)
        work.audit("miss_check_in", case_id=journey.case_id, subjects=[journey.id, leg.id])
        following = model.next_step(leg.route.expected_by, leg.climbed + 1)
    if following is not None:
        await work.at(following[1], CHECK_IN_DUE, leg_id)


async def check_in(work: Work, journey_id: str, number: int, word: str | None) -> Leg:
    """A report came from leg `number`; a duress word among it is answered like any other.

    Errors: Refusal not_found, also for a leg that is not; forbidden; conflict not_on_the_way.
    """
    await permit(work, "check_in", journey_id)
    journey = await journey_store.load(work, journey_id, lock=True)
    model.check_left(journey)
    leg = await store.load_number(work, journey_id, number)
    await store.set_word(work, journey.case_id, leg.id, word or "")
    duress = model.is_duress(await journey_store.duress_word(work, journey), word)
    await _tell_received(work, journey, leg, duress=duress)
    if leg.checked_in_at is None:
        await store.set_checked_in(work, leg.id, work.now)
        await work.change(journey_store.JOURNEYS, journey_id, journey.version)
    work.audit("check_in", case_id=journey.case_id, subjects=[journey_id, leg.id])
    return leg


async def stop_waiting(work: Work, journey: Journey) -> None:
    """Everybody was counted at the end: what was missed on the way is settled. The caller checked access."""
    for leg in (await store.of_journeys(work, [journey.id], lock=True))[journey.id]:
        if leg.climbed and leg.checked_in_at is None:
            await _tell_received(work, journey, leg, duress=False)


async def _climb(work: Work, journey: Journey, leg: Leg, step: Step) -> None:
    await store.set_climbed(work, leg.id, leg.climbed + 1)
    report = await _report(work, journey, duress=False)
    work.emit(CheckInMissed(**_about(work, journey, leg), step=step, report=report))


async def _tell_received(work: Work, journey: Journey, leg: Leg, *, duress: bool) -> None:
    report = await _report(work, journey, duress=duress)
    work.emit(CheckInReceived(**_about(work, journey, leg), report=report))


def _about(work: Work, journey: Journey, leg: Leg) -> dict[str, Any]:
    people = journey.person_ids
    return {
        "case_id": journey.case_id,
        "journey_id": journey.id,
        "check_in_id": leg.id,
        "at": work.now,
        "person_ids": people,
    }


async def _report(work: Work, journey: Journey, *, duress: bool) -> Sealed[Report]:
    veils = journeys.covering(journey, await travellers.veils_of(work, journey.person_ids))
    who = frozenset.intersection(*(veil.may_look for veil in veils)) if veils else frozenset[str]()
    report = Report(
        veiled=bool(veils), may_look=filled(work, journey.case_id, who), duress=duress, said_by=work.actor.id
    )
    return Sealed.of(journey.id, report)
