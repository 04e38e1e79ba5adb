"""The tables of claims, of their errata and of definitions, and every query on them.

Claims are about numbers, not about people, and stand in clear.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, Date, Index, Integer, Select, String, Table, Text, func, insert, select

from services.intake.database import metadata
from services.intake.testimony.model.claims import Claim, Erratum, Verification
from shared.access import Actor, staff_with
from shared.database import Instant, Slice, ident, insert_for, paged
from shared.errors import not_found
from shared.work import Work

CLAIMS = Table(
    "claims",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("topic", String(40), nullable=False),
    Column("qualifier", String(12), nullable=False),
    Column("value", Integer, nullable=False),
    Column("definition", Text, nullable=False),
    Column("definition_version", Integer, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("source", Text, nullable=False),
    Column("verified", Boolean, nullable=False),
    Column("verified_by", ident()),
    Column("verified_how", Text),
    Column("verified_at", Instant),
    Column("recorded_by", ident(), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("version", Integer, nullable=False),
    Index(None, "topic", "as_of", "id"),
)

ERRATA = Table(
    "claim_errata",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("claim_id", ident(), nullable=False),
    Column("number", Integer, nullable=False),
    Column("qualifier", String(12), nullable=False),
    Column("value", Integer),
    Column("note", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", ident(), nullable=False),
    Index("ix_claim_errata_number", "claim_id", "number", unique=True),
)

DEFINITIONS = Table(
    "claim_definitions",
    metadata,
    Column("topic", String(40), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("definition", Text, nullable=False),
)


_SAID = ("id", "topic", "qualifier", "value", "definition", "as_of", "source")


def visible_to(actor: Actor, now: datetime) -> Select[Any]:
    """All claims for analysts and intake officers; they are about numbers, and the instant does not matter."""
    return select(CLAIMS).where(staff_with(actor, "analyst", "intake_officer"))


async def add(work: Work, claim: Claim) -> None:
    row = {
        **{
            name: getattr(claim, name)
            for name in ("id", "topic", "qualifier", "value", "definition", "as_of", "source")
        },
        "definition_version": claim.definition_version,
        "recorded_by": claim.recorded_by,
        "recorded_at": claim.recorded_at,
        "version": claim.version,
        **checked(claim.verification),
    }
    await work.execute(insert(CLAIMS), row)


def checked(verification: Verification | None) -> dict[str, Any]:
    """The columns that say who checked it."""
    if verification is None:
        return {"verified": False}
    who = {"verified_by": verification.by, "verified_how": verification.how, "verified_at": verification.at}
    return {"verified": True, **who}


async def add_erratum(work: Work, claim: Claim, erratum: Erratum) -> None:
    await work.execute(insert(ERRATA), {**vars(erratum), "number": len(claim.errata) + 1})


async def define(work: Work, topic: str, definition: str) -> int:
    """The version of a definition of the topic; one that is new becomes the next."""
    of_topic = DEFINITIONS.c.topic == topic
    known = select(DEFINITIONS.c.number).where(of_topic, DEFINITIONS.c.definition == definition)
    number: int | None = (await work.execute(known)).scalar_one_or_none()
    if number is not None:
        return number
    last = (await work.execute(select(func.max(DEFINITIONS.c.number)).where(of_topic))).scalar_one()
    row = {"topic": topic, "number": (last or 0) + 1, "definition": definition}
    added = await work.execute(insert_for(work.dialect, DEFINITIONS).on_conflict_do_nothing(), row)
    return (last or 0) + 1 if added.rowcount else await define(work, topic, definition)


async def load(work: Work, claim_id: str, *, lock: bool = False) -> Claim:
    """Errors: Refusal not_found."""
    query = select(CLAIMS).where(CLAIMS.c.id == claim_id)
    found = await _claims(work, (await work.execute(query.with_for_update() if lock else query)).all())
    if not found:
        raise not_found()
    return found[0]


async def of_topic(work: Work, topic: str, after: str | None, limit: int) -> Slice[Claim]:
    """Claims on a topic, in order of their as-of dates."""
    query = visible_to(work.actor, work.now).where(CLAIMS.c.topic == topic)
    rows = (await work.execute(paged(query, (CLAIMS.c.as_of, CLAIMS.c.id), after, limit))).all()
    return Slice.of(rows, limit, await _claims(work, rows))


async def all_of(work: Work, topics: Sequence[str], by: datetime | None = None) -> list[Claim]:
    """Every claim on these topics in order of topics and as-of dates; by: as the ledger stood at an instant."""
    query = select(CLAIMS).where(CLAIMS.c.topic.in_(topics))
    query = query if by is None else query.where(CLAIMS.c.recorded_at <= by)
    rows = (await work.execute(query.order_by(CLAIMS.c.topic, CLAIMS.c.as_of, CLAIMS.c.source, CLAIMS.c.id))).all()
    return [_then(claim, by) for claim in await _claims(work, rows)]


async def definitions(work: Work, topic: str) -> list[tuple[int, str]]:
    """What is counted under a topic, in all versions."""
    query = select(DEFINITIONS.c.number, DEFINITIONS.c.definition).where(DEFINITIONS.c.topic == topic)
    return [(row.number, row.definition) for row in await work.execute(query.order_by(DEFINITIONS.c.number))]


async def _claims(work: Work, rows: Sequence[Any]) -> list[Claim]:
    query = select(ERRATA).where(ERRATA.c.claim_id.in_([row.id for row in rows])).order_by(ERRATA.c.number)
    errata = (await work.execute(query)).all()
    return [_claim(row, [_erratum(it) for it in errata if it.claim_id == row.id]) for row in rows]


def _then(claim: Claim, by: datetime | None) -> Claim:
    if by is None:
        return claim
    late = claim.verification is not None and claim.verification.at > by
    errata = tuple(it for it in claim.errata if it.at <= by)
    return replace(claim, errata=errata, verification=None if late else claim.verification)


def _claim(row: Any, errata: Sequence[Erratum]) -> Claim:
    # Of claims from before it was kept who had checked them, it is who recorded them.
    by, at = row.verified_by or row.recorded_by, row.verified_at or row.recorded_at
    verification = Verification(by, row.verified_how or "", at) if row.verified else None
    what = (row.id, row.topic, row.qualifier, row.value, row.definition, row.definition_version, row.as_of, row.source)
    return Claim(*what, verification, row.recorded_by, row.recorded_at, row.version, tuple(errata))


def _erratum(row: Any) -> Erratum:
    return Erratum(row.id, row.claim_id, row.qualifier, row.value, row.note, row.at, row.by)


async def verify(work: Work, claim: Claim, version: int, verification: Verification) -> int:
    """Returns the next version. Errors: Refusal stale."""
    return await work.change(CLAIMS, claim.id, version, **checked(verification))
