"""The requests table and every query on it."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import Boolean, Column, Index, Integer, Select, String, Table, insert, or_, select

from services.intake.database import metadata
from services.intake.requests.model import HelpRequest, Telling
from shared.access import visible_cases
from shared.database import Instant, ident
from shared.errors import not_found
from shared.vault import Blind, BlindIndex, Ciphertext, Encrypted, SubjectCipher
from shared.work import Work

REQUESTS = Table(
    "requests",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("language", String(8), nullable=False),
    Column("asked_by", String(16), nullable=False),
    Column("emergency", Boolean, nullable=False),
    Column("referral_id", ident(), unique=True),
    Column("merged_into", ident()),
    Column("case_id", ident()),
    Column("telling", Encrypted, nullable=False),
    Column("contact", BlindIndex, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("version", Integer, nullable=False),
    Index(None, "contact"),
    Index(None, "state", "id"),
)


def visible_to(actor_id: str) -> Select[Any]:
    """Requests are seen by whoever screens, until they become a case: then by those assigned to it."""
    return select(REQUESTS).where(or_(REQUESTS.c.case_id.is_(None), REQUESTS.c.case_id.in_(visible_cases(actor_id))))


def seal_telling(cipher: SubjectCipher, request_id: str, telling: Telling) -> Ciphertext:
    return cipher.encrypt_json(f"requests.telling/{request_id}", asdict(telling))


def open_telling(cipher: SubjectCipher, request_id: str, box: Ciphertext) -> Telling:
    return Telling(**cipher.decrypt_json(f"requests.telling/{request_id}", box))


async def add(work: Work, request: HelpRequest, telling: Ciphertext, contact: Blind) -> None:
    row = {
        "id": request.id,
        "state": request.state,
        "channel": request.channel,
        "language": request.language,
        "asked_by": request.asked_by,
        "emergency": request.emergency,
        "referral_id": request.referral_id,
        "telling": telling,
        "contact": contact,
        "received_at": work.now,
        "version": request.version,
    }
    await work.execute(insert(REQUESTS), row)


async def load(work: Work, request_id: str) -> HelpRequest:
    """Errors: Refusal not_found."""
    return (await load_with_telling(work, request_id))[0]


async def load_with_telling(work: Work, request_id: str) -> tuple[HelpRequest, Ciphertext, Blind]:
    """Errors: Refusal not_found."""
    row = (await work.execute(select(REQUESTS).where(REQUESTS.c.id == request_id))).one_or_none()
    if row is None:
        raise not_found()
    return request_of(row), row.telling, row.contact


async def same_contact(work: Work, request_id: str, contact: Blind) -> list[str]:
    """Other requests from the same contact, oldest first."""
    query = (
        select(REQUESTS.c.id)
        .where(REQUESTS.c.contact == contact, REQUESTS.c.id != request_id)
        .order_by(REQUESTS.c.received_at, REQUESTS.c.id)
    )
    return list((await work.execute(query)).scalars())


async def page_visible(work: Work, state: str | None, after: str | None, limit: int) -> list[HelpRequest]:
    """The next requests that the actor may see, in order of their ids."""
    query = visible_to(work.actor.id).order_by(REQUESTS.c.id).limit(limit)
    if state is not None:
        query = query.where(REQUESTS.c.state == state)
    if after is not None:
        query = query.where(REQUESTS.c.id > after)
    return [request_of(row) for row in await work.execute(query)]


def request_of(row: Any) -> HelpRequest:
    return HelpRequest(
        row.id,
        row.state,
        row.channel,
        row.language,
        row.asked_by,
        row.emergency,
        row.referral_id,
        row.merged_into,
        row.case_id,
        row.version,
    )
