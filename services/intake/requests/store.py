"""The requests table and every query on it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Integer, Select, String, Table, insert, or_, select, update

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
    Column("referral_id", ident(), unique=True),
    Column("merged_into", ident()),
    Column("case_id", ident()),
    Column("telling", Encrypted, nullable=False),
    Column("urgency", Encrypted, nullable=False),
    Column("contact", BlindIndex, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("version", Integer, nullable=False),
    Index(None, "contact"),
    Index(None, "state", "id"),
    Index(None, "merged_into"),
)


def visible_to(actor_id: str) -> Select[Any]:
    """Requests are seen by whoever screens, until they become a case: then by those assigned to it."""
    return select(REQUESTS).where(or_(REQUESTS.c.case_id.is_(None), REQUESTS.c.case_id.in_(visible_cases(actor_id))))


def _seal_telling(cipher: SubjectCipher, request: HelpRequest, telling: Telling) -> Ciphertext:
    whole = {**vars(telling), "language": request.language, "asked_by": request.asked_by}
    return cipher.encrypt_json(f"requests.telling/{request.id}", whole)


def seal_urgency(cipher: SubjectCipher, request_id: str, *, emergency: bool) -> Ciphertext:
    """One byte, so that its length tells nothing."""
    return cipher.encrypt(f"requests.urgency/{request_id}", b"1" if emergency else b"0")


async def add(
    work: Work, request: HelpRequest, telling: Telling, contact: Blind, cipher: SubjectCipher, at: datetime
) -> None:
    row = {
        "id": request.id,
        "state": request.state,
        "channel": request.channel,
        "referral_id": request.referral_id,
        "telling": _seal_telling(cipher, request, telling),
        "urgency": seal_urgency(cipher, request.id, emergency=request.emergency),
        "contact": contact,
        "received_at": at,
        "version": request.version,
    }
    await work.execute(insert(REQUESTS), row)


async def load(work: Work, request_id: str) -> HelpRequest:
    """Errors: Refusal not_found."""
    return (await load_all(work, [request_id]))[0][0]


async def load_all(work: Work, request_ids: Sequence[str]) -> list[tuple[HelpRequest, Telling, Blind]]:
    """These requests with what was told, locked in the order of their ids. Errors: Refusal not_found."""
    query = select(REQUESTS).where(REQUESTS.c.id.in_(request_ids)).order_by(REQUESTS.c.id).with_for_update()
    rows = (await work.execute(query)).all()
    if len(rows) < len(set(request_ids)):
        raise not_found()
    found = {row.id: row for row in rows}
    ciphers = await work.ciphers(list(found))
    return [(*_opened(ciphers[key], found[key]), found[key].contact) for key in request_ids]


async def same_contact(work: Work, request_id: str, contact: Blind) -> list[str]:
    """Other requests from the same contact that the actor may see, oldest first."""
    query = (
        visible_to(work.actor.id)
        .with_only_columns(REQUESTS.c.id)
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
    rows = (await work.execute(query)).all()
    ciphers = await work.ciphers([row.id for row in rows])
    return [_opened(ciphers[row.id], row)[0] for row in rows if row.id in ciphers]


async def follow_merged(work: Work, request_id: str, into_id: str, case_id: str | None) -> None:
    """What was merged into `request_id` before goes where it goes."""
    merged = update(REQUESTS).where(REQUESTS.c.merged_into == request_id)
    await work.execute(merged.values(merged_into=into_id, case_id=case_id))


def _opened(cipher: SubjectCipher, row: Any) -> tuple[HelpRequest, Telling]:
    told = cipher.decrypt_json(f"requests.telling/{row.id}", row.telling)
    language, asked_by = told.pop("language"), told.pop("asked_by")
    emergency = cipher.decrypt(f"requests.urgency/{row.id}", row.urgency) == b"1"
    request = HelpRequest(
        row.id,
        row.state,
        row.channel,
        language,
        asked_by,
        emergency,
        row.referral_id,
        row.merged_into,
        row.case_id,
        row.version,
    )
    return request, Telling(**told)
