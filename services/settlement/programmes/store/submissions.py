"""The tables of submissions and their people, and every query on them.

Rule: who came through a programme that is not disclosed is veiled to everybody who is not on its list.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Integer, Select, String, Table, delete, func, insert, select, update

from services.settlement.database import metadata
from services.settlement.programmes.model.submissions import LIVE, PENDING, SHOWN, Shown, State, Submission
from services.settlement.programmes.store import programmes
from services.settlement.programmes.store.programmes import PROGRAMMES
from shared.access import Actor, visible_cases
from shared.database import Instant, Slice, ident, paged
from shared.errors import not_found
from shared.vault import Encrypted
from shared.work import Work

SUBMISSIONS = Table(
    "submissions",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("programme_id", ident(), ForeignKey(PROGRAMMES.c.id), nullable=False),
    Column("case_id", ident(), nullable=False),
    Column("state", String(16), nullable=False),
    Column("size", Integer, nullable=False),
    Column("queued_at", Instant, nullable=False),
    Column("entry", Encrypted),
    Column("version", Integer, nullable=False),
    Index(None, "programme_id", "state", "queued_at", "id"),
    Index(None, "case_id"),
)

PERSONS = Table(
    "submission_persons",
    metadata,
    Column("submission_id", ident(), ForeignKey(SUBMISSIONS.c.id), primary_key=True),
    Column("person_id", ident(), primary_key=True),
    Index(None, "person_id"),
)


def visible_to(actor: Actor, now: datetime) -> Select[Any]:
    """Submissions of cases that the actor may see, to programmes that they may know of."""
    known = programmes.visible_to(actor, now).with_only_columns(PROGRAMMES.c.id)
    return select(SUBMISSIONS).where(
        SUBMISSIONS.c.case_id.in_(visible_cases(actor, now)), SUBMISSIONS.c.programme_id.in_(known)
    )


def hidden_from(actor_id: str) -> Select[Any]:
    """The ids of those to programmes that the actor may not know of; for use as a subquery."""
    return select(SUBMISSIONS.c.id).where(SUBMISSIONS.c.programme_id.in_(programmes.hidden_from(actor_id)))


def sealed_ways() -> Select[Any]:
    """Person and programme for everybody whom a programme that is not disclosed has accepted."""
    return (
        select(PERSONS.c.person_id, SUBMISSIONS.c.programme_id)
        .join(SUBMISSIONS, SUBMISSIONS.c.id == PERSONS.c.submission_id)
        .join(PROGRAMMES, PROGRAMMES.c.id == SUBMISSIONS.c.programme_id)
        .where(SUBMISSIONS.c.state == "accepted", PROGRAMMES.c.seal != "disclosed")
    )


def veiled_to(actor_id: str) -> Select[Any]:
    """The ids of the people whose later journey the actor may not see; for use as a subquery."""
    hidden = SUBMISSIONS.c.programme_id.not_in(programmes.listing(actor_id))
    return sealed_ways().where(hidden).with_only_columns(PERSONS.c.person_id)


async def veiled(work: Work, person_ids: Sequence[str]) -> set[str]:
    """Those of `person_ids` who came through a programme that is not disclosed."""
    query = sealed_ways().where(PERSONS.c.person_id.in_(person_ids)).with_only_columns(PERSONS.c.person_id)
    return set((await work.execute(query)).scalars())


async def sealing(work: Work, person_ids: Sequence[str]) -> list[str]:
    """The programmes that are not disclosed and accepted any of `person_ids`."""
    query = sealed_ways().where(PERSONS.c.person_id.in_(person_ids)).with_only_columns(SUBMISSIONS.c.programme_id)
    return sorted(set((await work.execute(query)).scalars()))


async def ways_in(work: Work, person_ids: Sequence[str]) -> dict[str, dict[str, bool]]:
    """By person: the programmes that accepted them, and whether each is sealed."""
    query = (
        select(PERSONS.c.person_id, SUBMISSIONS.c.programme_id, PROGRAMMES.c.seal)
        .join(SUBMISSIONS, SUBMISSIONS.c.id == PERSONS.c.submission_id)
        .join(PROGRAMMES, PROGRAMMES.c.id == SUBMISSIONS.c.programme_id)
        .where(SUBMISSIONS.c.state == "accepted", PERSONS.c.person_id.in_(person_ids))
    )
    found: dict[str, dict[str, bool]] = {person_id: {} for person_id in person_ids}
    for row in await work.execute(query):
        found[row.person_id][row.programme_id] = row.seal != "disclosed"
    return found


async def live_of_programme(work: Work, programme_id: str) -> list[Submission]:
    """Everybody who is put forward to it or accepted by it, oldest first."""
    query = select(SUBMISSIONS).where(SUBMISSIONS.c.programme_id == programme_id, SUBMISSIONS.c.state.in_(LIVE))
    return await _opened(work, query.order_by(SUBMISSIONS.c.queued_at, SUBMISSIONS.c.id))


async def add(work: Work, submission: Submission) -> None:
    row = {
        "id": submission.id,
        "programme_id": submission.programme_id,
        "case_id": submission.case_id,
        "state": submission.state,
        "size": submission.size,
        "queued_at": submission.queued_at,
        "version": submission.version,
    }
    await work.execute(insert(SUBMISSIONS), row)
    people = [{"submission_id": submission.id, "person_id": person_id} for person_id in submission.person_ids]
    await work.execute(insert(PERSONS), people)


async def programme_of(work: Work, submission_id: str) -> str | None:
    """Where it was sent; None when it is not there."""
    query = select(SUBMISSIONS.c.programme_id).where(SUBMISSIONS.c.id == submission_id)
    return (await work.execute(query)).scalar_one_or_none()


async def load(work: Work, submission_id: str) -> Submission:
    """Errors: Refusal not_found."""
    found = await _opened(work, select(SUBMISSIONS).where(SUBMISSIONS.c.id == submission_id))
    if not found:
        raise not_found()
    return found[0]


async def of_case(work: Work, case_id: str, after: str | None, limit: int) -> Slice[Submission]:
    """Those that the present actor may see, oldest first."""
    query = visible_to(work.actor, work.now).where(SUBMISSIONS.c.case_id == case_id)
    found = await _opened(work, paged(query, (SUBMISSIONS.c.queued_at, SUBMISSIONS.c.id), after, limit))
    return Slice.of(found, limit, found)


async def pending_of(work: Work, person_id: str) -> list[Submission]:
    """The undecided submissions that name a person, in the order in which their programmes are locked."""
    theirs = select(PERSONS.c.submission_id).where(PERSONS.c.person_id == person_id)
    query = select(SUBMISSIONS).where(SUBMISSIONS.c.id.in_(theirs), SUBMISSIONS.c.state.in_(PENDING))
    return await _opened(work, query.order_by(SUBMISSIONS.c.programme_id, SUBMISSIONS.c.id))


async def pending_of_case(work: Work, case_id: str) -> list[Submission]:
    """The undecided submissions of a case, in the order in which their programmes are locked."""
    query = select(SUBMISSIONS).where(SUBMISSIONS.c.case_id == case_id, SUBMISSIONS.c.state.in_(PENDING))
    return await _opened(work, query.order_by(SUBMISSIONS.c.programme_id, SUBMISSIONS.c.id))


async def decided_for(work: Work, person_id: str) -> list[tuple[str, str]]:
    """The ids of the accepted submissions that name a person, each with that of its programme."""
    query = (
        select(SUBMISSIONS.c.id, SUBMISSIONS.c.programme_id)
        .join(PERSONS, PERSONS.c.submission_id == SUBMISSIONS.c.id)
        .where(PERSONS.c.person_id == person_id, SUBMISSIONS.c.state == "accepted")
    )
    return [(row.id, row.programme_id) for row in await work.execute(query)]


async def waiting_that_fit(work: Work, programme_id: str, free: int) -> list[Submission]:
    """The waitlist of a programme without those too large for `free` places, in its order."""
    query = select(SUBMISSIONS).where(
        SUBMISSIONS.c.programme_id == programme_id, SUBMISSIONS.c.state == "waitlisted", SUBMISSIONS.c.size <= free
    )
    return await _opened(work, query.order_by(SUBMISSIONS.c.queued_at, SUBMISSIONS.c.id))


async def waiting(work: Work, programme_ids: Sequence[str]) -> dict[str, int]:
    """How many people are on the waitlists of programmes that the caller has found visible."""
    query = (
        select(SUBMISSIONS.c.programme_id, func.sum(SUBMISSIONS.c.size).label("people"))
        .where(SUBMISSIONS.c.programme_id.in_(programme_ids), SUBMISSIONS.c.state == "waitlisted")
        .group_by(SUBMISSIONS.c.programme_id)
    )
    counted = {row.programme_id: int(row.people) for row in await work.execute(query)}
    return {programme_id: counted.get(programme_id, 0) for programme_id in programme_ids}


async def live_in(work: Work, programme_id: str, person_ids: Sequence[str]) -> bool:
    """Whether any of these people is put forward to the programme or accepted by it."""
    query = (
        select(PERSONS.c.person_id)
        .join(SUBMISSIONS, SUBMISSIONS.c.id == PERSONS.c.submission_id)
        .where(
            SUBMISSIONS.c.programme_id == programme_id,
            SUBMISSIONS.c.state.in_(LIVE),
            PERSONS.c.person_id.in_(person_ids),
        )
    )
    return (await work.execute(query)).first() is not None


async def standing(work: Work, person_ids: Sequence[str]) -> dict[str, set[Shown]]:
    """How far the live submissions of these people to disclosed programmes have come."""
    query = (
        select(PERSONS.c.person_id, SUBMISSIONS.c.state)
        .join(SUBMISSIONS, SUBMISSIONS.c.id == PERSONS.c.submission_id)
        .join(PROGRAMMES, PROGRAMMES.c.id == SUBMISSIONS.c.programme_id)
        .where(PERSONS.c.person_id.in_(person_ids), SUBMISSIONS.c.state.in_(LIVE), PROGRAMMES.c.seal == "disclosed")
    )
    found: dict[str, set[Shown]] = {person_id: set() for person_id in person_ids}
    for row in await work.execute(query):
        found[row.person_id].add(SHOWN[row.state])
    return found


async def ended_openly(work: Work, person_id: str) -> dict[str, int]:
    """How many submissions of a person to disclosed programmes were withdrawn, and how many were decided."""
    decided = SUBMISSIONS.c.state.in_(("accepted", "refused"))
    counts = (
        func.count().filter(SUBMISSIONS.c.state == "withdrawn").label("withdrawn"),
        func.count().filter(decided).label("decided"),
    )
    query = (
        select(*counts)
        .join(PERSONS, PERSONS.c.submission_id == SUBMISSIONS.c.id)
        .join(PROGRAMMES, PROGRAMMES.c.id == SUBMISSIONS.c.programme_id)
        .where(PERSONS.c.person_id == person_id, PROGRAMMES.c.seal == "disclosed")
    )
    return dict((await work.execute(query)).mappings().one())


async def visibly_live(work: Work, person_ids: Sequence[str]) -> bool:
    """Whether any of these people is in a live submission that the present actor may see."""
    known = visible_to(work.actor, work.now).where(SUBMISSIONS.c.state.in_(LIVE)).with_only_columns(SUBMISSIONS.c.id)
    query = select(PERSONS.c.person_id).where(PERSONS.c.person_id.in_(person_ids), PERSONS.c.submission_id.in_(known))
    return (await work.execute(query)).first() is not None


async def save_state(work: Work, submission: Submission, state: State) -> None:
    """The caller holds the lock of the programme, which every change of a submission takes."""
    values = {"state": state, "version": SUBMISSIONS.c.version + 1}
    await work.execute(update(SUBMISSIONS).where(SUBMISSIONS.c.id == submission.id).values(values))


async def save_entry(work: Work, submission: Submission, from_date: date) -> None:
    """From which date on its people may enter."""
    cipher = await work.cipher(submission.case_id)
    box = cipher.encrypt_text(f"submissions.entry/{submission.id}", from_date.isoformat())
    await work.execute(update(SUBMISSIONS).where(SUBMISSIONS.c.id == submission.id).values(entry=box))


async def entries(work: Work, submissions: Sequence[Submission]) -> dict[str, date]:
    """From which date on the people of accepted submissions may enter."""
    ids = [submission.id for submission in submissions]
    query = select(SUBMISSIONS.c.id, SUBMISSIONS.c.case_id, SUBMISSIONS.c.entry)
    rows = (await work.execute(query.where(SUBMISSIONS.c.id.in_(ids), SUBMISSIONS.c.entry.is_not(None)))).all()
    ciphers = await work.ciphers({row.case_id for row in rows})
    return {
        row.id: date.fromisoformat(ciphers[row.case_id].decrypt_text(f"submissions.entry/{row.id}", row.entry))
        for row in rows
        if row.case_id in ciphers
    }


async def forget(work: Work, person_id: str) -> None:
    await work.execute(delete(PERSONS).where(PERSONS.c.person_id == person_id))


async def forget_case(work: Work, case_id: str, *, ended: bool) -> None:
    """Those of the case that name nobody; ended: all of them."""
    of_case = SUBMISSIONS.c.case_id == case_id
    if ended:
        theirs = select(SUBMISSIONS.c.id).where(of_case)
        await work.execute(delete(PERSONS).where(PERSONS.c.submission_id.in_(theirs)))
    named = select(PERSONS.c.submission_id)
    await work.execute(delete(SUBMISSIONS).where(of_case, SUBMISSIONS.c.id.not_in(named)))


async def _opened(work: Work, query: Select[Any]) -> list[Submission]:
    rows = (await work.execute(query)).all()
    people: dict[str, list[str]] = {row.id: [] for row in rows}
    named = select(PERSONS).where(PERSONS.c.submission_id.in_(people)).order_by(PERSONS.c.person_id)
    for row in await work.execute(named):
        people[row.submission_id].append(row.person_id)
    return [
        Submission(row.id, row.programme_id, row.case_id, tuple(people[row.id]), row.state, row.queued_at, row.version)
        for row in rows
    ]
