"""What can be done with statements: take one, correct it, say what it may be used for, take that back, look.

Rule: nobody reads a statement but the officers and caseworkers of its case; broken glass opens none.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.intake.cases.actions import journeys, lifecycle
from services.intake.people import actions as people
from services.intake.testimony.actions import frozen, veiling
from services.intake.testimony.model import statements as model
from services.intake.testimony.model.masks import Masking
from services.intake.testimony.model.statements import Happening, Interview, Statement, Use, UseConsent, Words
from services.intake.testimony.store import masks
from services.intake.testimony.store import statements as store
from shared.access import case_resource
from shared.clock import new_id
from shared.database import Slice
from shared.errors import invalid
from shared.work import Work


@dataclass(frozen=True)
class Said:
    """What was said, as it is written down."""

    original: str
    translation: str
    happenings: tuple[Happening, ...]
    why: str = ""


@dataclass(frozen=True)
class Seen:
    """A statement with its last words, all that was consented to, and the masking of these words, if any stands."""

    statement: Statement
    words: Words
    consents: Sequence[UseConsent]
    masking: Masking | None


@dataclass(frozen=True)
class Head:
    """A statement on a list. uses: what it may be used for today; masked: its last words were looked through."""

    statement: Statement
    number: int
    uses: tuple[Use, ...]
    masked: bool


async def take(work: Work, case_id: str, person_id: str | None, interview: Interview, said: Said) -> Seen:
    """Write a statement down. person_id: None when who spoke stays unknown; then it has a key of its own.

    Errors: Refusal not_found, forbidden; invalid not_of_this_case, in_the_future.
    """
    work.permit("take_statement", await case_resource(work, work.actor, case_id), see="see_case")
    # Nobody moves to another case meanwhile: it would stay behind.
    await lifecycle.lock(work, case_id)
    if person_id is not None and person_id not in await people.ids_of_case(work, case_id):
        raise invalid("not_of_this_case", "This person is not on the case.")
    model.check_interview(interview, said.happenings, work.now.date())
    behind = await journeys.acts_behind(work, case_id)
    statement = Statement(new_id(), case_id, person_id, interview, work.actor.id, work.now, behind, 1)
    if person_id is None:
        work.create_key(statement.id)
    await store.add(work, statement)
    words = _written(work, 1, said)
    await store.add_words(work, statement, words)
    work.audit("take_statement", case_id=case_id, subjects=statement.names)
    return Seen(statement, words, (), None)


async def correct(work: Work, statement_id: str, version: int, said: Said) -> Seen:
    """Write a further version beside what was said; it is looked through for masking anew before it is quoted.

    Errors: Refusal not_found, forbidden, stale; invalid in_the_future.
    """
    statement = await permitted(work, "take_statement", statement_id)
    model.check_interview(statement.interview, said.happenings, work.now.date())
    last = (await store.newest_words(work, [statement]))[statement_id]
    statement = await changed(work, statement, version)
    await store.add_words(work, statement, _written(work, last.number + 1, said))
    work.audit("correct_statement", case_id=statement.case_id, subjects=statement.names)
    return await _seen(work, statement)


async def consent(work: Work, statement_id: str, version: int, use: Use, expires_on: date | None, proof: str) -> Seen:
    """They say what it may be used for; it takes the place of what they said before of that use.

    Errors: Refusal not_found, forbidden, stale; invalid when expired already.
    """
    statement = await permitted(work, "record_use_consent", statement_id)
    model.check_consent(expires_on, work.now.date())
    statement = await changed(work, statement, version)
    before = (await store.consents(work, [statement]))[statement_id]
    ended = [it for it, one in before.items() if one.use == use and one.withdrawn_at is None]
    await store.end_consents(work, ended)
    given = UseConsent(use, expires_on, proof, work.now, None)
    await store.add_consent(work, statement, new_id(), given)
    work.audit("give_use_consent", case_id=statement.case_id, subjects=statement.names)
    return await _seen(work, statement)


async def withdraw(work: Work, statement_id: str, version: int, uses: Collection[Use]) -> Seen:
    """They take uses back, all when none is named: it is out of every draft at once. What is frozen stays as it is,
    with an erratum, and the next edition leaves the statement out.

    Errors: Refusal not_found, forbidden, stale; conflict when there is nothing to take back.
    """
    statement = await permitted(work, "record_use_consent", statement_id)
    consents = (await store.consents(work, [statement]))[statement_id]
    if statement.version == version:
        ended = model.withdrawn(consents, uses)
    statement = await changed(work, statement, version)
    await store.end_consents(work, ended)
    await frozen.note_withdrawal(work, statement_id, {consents[it].use for it in ended})
    work.audit("withdraw_use_consent", case_id=statement.case_id, subjects=statement.names)
    return await _seen(work, statement)


async def see(work: Work, statement_id: str) -> Seen:
    """Errors: Refusal not_found, forbidden."""
    statement = await permitted(work, "see_statement", statement_id)
    work.audit("see_statement", case_id=statement.case_id, subjects=statement.names)
    return await _seen(work, statement)


async def see_versions(work: Work, statement_id: str, after: str | None, limit: int) -> Slice[Words]:
    """Every version of what was said, oldest first. Errors: Refusal not_found, forbidden."""
    statement = await permitted(work, "see_statement", statement_id)
    found = await store.versions(work, statement, after, limit)
    work.audit("see_statement", case_id=statement.case_id, subjects=statement.names)
    return found


async def see_statements(work: Work, case_id: str, after: str | None, limit: int) -> Slice[Head]:
    """The statements of a case, without words. Errors: Refusal not_found, forbidden."""
    work.permit("see_statement", await case_resource(work, work.actor, case_id), see="see_case")
    found = await store.of_case(work, case_id, after, limit, hidden=await veiling.hidden(work, case_id))
    words, masked = await store.newest_words(work, found.items), await masks.standing(work, found.items)
    consents = await store.consents(work, found.items)
    work.audit("see_statements", case_id=case_id, subjects=[it.id for it in found.items])
    return found.map(lambda it: _head(work, it, words[it.id], consents[it.id], masked))


async def permitted(work: Work, action: str, statement_id: str) -> Statement:
    """The statement, if no veil hides it and the actor may do `action` on its case. Errors: Refusal not_found,
    forbidden."""
    this = store.named().where(store.STATEMENTS.c.id == statement_id)
    await veiling.permit(work, action, statement_id, store.STATEMENTS.c.case_id, this)
    return await store.load(work, statement_id)


async def changed(work: Work, statement: Statement, version: int) -> Statement:
    """The statement in its next version. Errors: Refusal stale."""
    return replace(statement, version=await work.change(store.STATEMENTS, statement.id, version))


def _head(
    work: Work,
    it: Statement,
    words: Words,
    consents: Mapping[str, UseConsent],
    masked: Mapping[tuple[str, int], object],
) -> Head:
    uses = model.live(consents.values(), work.now.date())
    return Head(it, words.number, uses, (it.id, words.number) in masked)


async def _seen(work: Work, statement: Statement) -> Seen:
    words = (await store.newest_words(work, [statement]))[statement.id]
    consents = (await store.consents(work, [statement]))[statement.id]
    masking = (await masks.standing(work, [statement])).get((statement.id, words.number))
    return Seen(statement, words, tuple(consents.values()), masking)


def _written(work: Work, number: int, said: Said) -> Words:
    written = (said.original, said.translation, said.happenings, said.why)
    return Words(new_id(), number, *written, work.actor.id, work.now)
