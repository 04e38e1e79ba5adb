"""What happens when a minor turns 18: from that day on they speak for themselves, and somebody sees to it.

Rule: a durable timer on the day, so that nobody has to remember it; set anew when a birth date is corrected. Who was
registered before there was one is looked at once.
"""

from datetime import UTC, date, datetime, time, timedelta

from services.intake.duties import actions as duties
from services.intake.duties.model import Subject, Who
from services.intake.people.model.entries import present
from services.intake.people.model.people import comes_of_age, is_minor
from services.intake.people.store import entries
from services.intake.people.store import people as store
from shared.work import Work

TURNS_18, AGE_UNSEEN = "turns_18", "age_unseen"
SEE_TO_IT = timedelta(days=14)
"""How long staff have to ask them anew what a guardian said for them."""


async def await_majority(work: Work, person_id: str, born_on: date) -> None:
    """Have the day on which they turn 18 noticed, if they are a minor."""
    if is_minor(born_on, work.now.date()):
        await work.at(datetime.combine(comes_of_age(born_on), time(), UTC), TURNS_18, person_id)
    else:
        await work.cancel(TURNS_18, person_id)


async def turn_18(work: Work, person_id: str) -> None:
    """The timer: whoever is assigned asks them anew for what a guardian consented to."""
    person = await store.load(work, person_id)
    known = (await entries.of(work, [person_id]))[person_id]
    facts = present(await store.facts_of(work, person_id), known)
    if is_minor(facts.born_on, work.now.date()):
        await await_majority(work, person_id, facts.born_on)
        return
    about, due = Subject.person(person_id, person.case_id), work.now + SEE_TO_IT
    await duties.assign(work, "came_of_age", about, cause=person_id, due_at=due, who=Who.on_case())
    work.audit("come_of_age", case_id=person.case_id, subjects=[person_id])


async def look_at_age(work: Work, person_id: str) -> None:
    """The timer of who was registered before the day was waited for; who came of age meanwhile is seen to now."""
    facts = present(await store.facts_of(work, person_id), (await entries.of(work, [person_id]))[person_id])
    known_since = await store.known_since(work, person_id)
    if is_minor(facts.born_on, work.now.date()):
        await await_majority(work, person_id, facts.born_on)
    elif known_since is not None and is_minor(facts.born_on, known_since.date()):
        await turn_18(work, person_id)


async def forget(work: Work, person_id: str) -> None:
    """No day of theirs is waited for. The caller decided so."""
    for kind in (TURNS_18, AGE_UNSEEN):
        await work.cancel(kind, person_id)


TIMERS = {TURNS_18: turn_18, AGE_UNSEEN: look_at_age}
