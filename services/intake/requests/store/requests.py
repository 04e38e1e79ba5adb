"""The requests table and every query on it.

Rule: urgency and language lie apart from what was told, in a box of one size, because the queue opens them of every
open request; they stand in no clear column, so the database tells neither what is urgent nor in which order.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time
from typing import Any

import orjson
from sqlalchemy import Column, Index, Integer, Select, String, Table, and_, case, delete, insert, or_, select, update

from services.intake.database import metadata
from services.intake.people.model.safe_contact import Hours, SafeContact
from services.intake.requests.model.asking import OPEN, HelpRequest, RequestState, Telling, ThirdParty, Urgency
from services.intake.requests.model.duplicates import Candidate
from shared.access import Actor, staff_with, visible_cases
from shared.database import Instant, ident
from shared.errors import not_found
from shared.vault import Blind, BlindIndex, BlindSource, Ciphertext, Encrypted, SubjectCipher, Vault, blinding
from shared.vault.blinding import CONTACTS, SOUNDS, same_contact
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
    Column("person_id", ident()),
    Column("telling", Encrypted, nullable=False),
    Column("urgency", Encrypted, nullable=False),
    Column("contact", BlindIndex, nullable=False),
    *(Column(f"contact_{place}", BlindIndex) for place in range(1, CONTACTS)),
    *(Column(f"sound_{place}", BlindIndex) for place in range(SOUNDS)),
    Column("received_at", Instant, nullable=False),
    Column("claimed_by", ident()),
    Column("claimed_until", Instant),
    Column("version", Integer, nullable=False),
    Index(None, "contact"),
    *(Index(None, f"contact_{place}") for place in range(1, CONTACTS)),
    *(Index(None, f"sound_{place}") for place in range(SOUNDS)),
    Index(None, "state", "id"),
    Index(None, "merged_into"),
    Index(None, "person_id"),
)

CONTACT_COLUMNS = [REQUESTS.c.contact, *(REQUESTS.c[f"contact_{place}"] for place in range(1, CONTACTS))]
SOUND_COLUMNS = [REQUESTS.c[f"sound_{place}"] for place in range(SOUNDS)]
UNCLAIMED: Mapping[str, None] = {"claimed_by": None, "claimed_until": None}
CONTACT, NAME = "requests.contact", "requests.name"


def visible_to(actor: Actor, now: datetime) -> Select[Any]:
    """Requests are seen by intake officers until they become a case: then by those who may see it."""
    unopened = and_(REQUESTS.c.case_id.is_(None), staff_with(actor, "intake_officer"))
    return select(REQUESTS).where(or_(unopened, REQUESTS.c.case_id.in_(visible_cases(actor, now))))


def seal_telling(cipher: SubjectCipher, request: HelpRequest, telling: Telling) -> Ciphertext:
    whole = {**asdict(telling), "language": request.language, "asked_by": request.asked_by}
    return cipher.encrypt_json(f"requests.telling/{request.id}", whole)


def seal_urgency(cipher: SubjectCipher, request_id: str, urgency: Urgency, language: str) -> Ciphertext:
    """Of one size, whatever it says."""
    return cipher.encrypt(f"requests.urgency/{request_id}", f"{urgency} {language}".ljust(24).encode())


def _open_urgency(cipher: SubjectCipher, row: Any) -> tuple[Urgency, str]:
    """Rows of before have one byte, and no language in it."""
    urgency, _, language = cipher.decrypt(f"requests.urgency/{row.id}", row.urgency).decode().rstrip().partition(" ")
    known: dict[str, Urgency] = {"1": "emergency", "0": "normal", "urgent": "urgent", "emergency": "emergency"}
    return known.get(urgency, "normal"), language


async def add(work: Work, request: HelpRequest, telling: Telling, cipher: SubjectCipher) -> None:
    row = {
        "id": request.id,
        "state": request.state,
        "channel": request.channel,
        "referral_id": request.referral_id,
        "telling": seal_telling(cipher, request, telling),
        "urgency": seal_urgency(cipher, request.id, request.urgency, request.language),
        **images(work.vault, telling),
        "received_at": request.received_at,
        "version": request.version,
    }
    await work.execute(insert(REQUESTS), row)


async def case_of(work: Work, request_id: str) -> tuple[str | None, bool]:
    """The case that it became, if any, and whether it is there and became none."""
    row = (await work.execute(select(REQUESTS.c.case_id).where(REQUESTS.c.id == request_id))).one_or_none()
    return (None, False) if row is None else (row.case_id, row.case_id is None)


async def load(work: Work, request_id: str) -> tuple[HelpRequest, Telling]:
    """Locked. Errors: Refusal not_found."""
    return (await load_all(work, [request_id]))[0]


async def load_all(work: Work, request_ids: Sequence[str]) -> list[tuple[HelpRequest, Telling]]:
    """These requests with what was told, locked in the order of their ids. Errors: Refusal not_found."""
    query = select(REQUESTS).where(REQUESTS.c.id.in_(request_ids)).order_by(REQUESTS.c.id).with_for_update()
    rows = (await work.execute(query)).all()
    if len(rows) < len(set(request_ids)):
        raise not_found()
    found = {row.id: row for row in rows}
    ciphers = await work.ciphers(list(found))
    return [opened(ciphers[key], found[key]) for key in request_ids]


async def alike(
    work: Work, request_id: str, telling: Telling, limit: int, besides: Collection[str] = ()
) -> list[Candidate]:
    """Other requests of the same contact or of a name that sounds alike, that the actor may see; none of `besides`.

    At most `limit`: those that share most first, then those that came first. Who was erased is left out.
    """
    blinds = work.vault.blinds
    contact = [image for form in blinding.contacts(telling.contact) for image in blinds(CONTACT, form)]
    names = [image for sound in blinding.sounds(telling.name) for image in blinds(NAME, sound)]
    by_contact = or_(*(column.in_(contact) for column in CONTACT_COLUMNS))
    by_name = [column.in_(names) for column in SOUND_COLUMNS]
    shared = sum((case((same, 1), else_=0) for same in by_name), case((by_contact, SOUNDS), else_=0))
    query = (
        visible_to(work.actor, work.now)
        .where(or_(by_contact, *by_name), REQUESTS.c.id.not_in([request_id, *besides]))
        .order_by(shared.desc(), REQUESTS.c.received_at, REQUESTS.c.id)
        .limit(limit)
    )
    rows = (await work.execute(query)).all()
    ciphers = await work.ciphers([row.id for row in rows])
    others = [(row.id, opened(ciphers[row.id], row)[1]) for row in rows if row.id in ciphers]
    return [Candidate(key, same_contact(telling.contact, other.contact), other.name) for key, other in others]


def images(vault: Vault, telling: Telling) -> dict[str, Blind]:
    """What a request is found by. Who left no contact or no name is nobody's duplicate by it."""
    nothing = {column.name: vault.blind_nothing() for column in (*CONTACT_COLUMNS, *SOUND_COLUMNS)}
    return {**nothing, **_told_images(vault, telling)}


def _told_images(vault: Vault, telling: Telling) -> dict[str, Blind]:
    reached = zip(CONTACT_COLUMNS, blinding.contacts(telling.contact), strict=False)
    named = zip(SOUND_COLUMNS, blinding.sounds(telling.name), strict=False)
    return {
        **{column.name: vault.blind(CONTACT, form) for column, form in reached},
        **{column.name: vault.blind(NAME, sound) for column, sound in named},
    }


async def image_again(work: Work, request_id: str, telling: Telling) -> None:
    """Be a possible duplicate by what is compared now, whatever it was compared by before."""
    await work.execute(update(REQUESTS).where(REQUESTS.c.id == request_id).values(images(work.vault, telling)))


async def page_visible(
    work: Work, state: str | None, after: str | None, limit: int, case_id: str | None = None
) -> list[HelpRequest]:
    """The next requests that the actor may see, in order of their ids. case_id: only those that became this case."""
    query = visible_to(work.actor, work.now).order_by(REQUESTS.c.id).limit(limit)
    if state is not None:
        query = query.where(REQUESTS.c.state == state)
    if case_id is not None:
        query = query.where(REQUESTS.c.case_id == case_id)
    if after is not None:
        query = query.where(REQUESTS.c.id > after)
    rows = (await work.execute(query)).all()
    ciphers = await work.ciphers([row.id for row in rows])
    return [opened(ciphers[row.id], row)[0] for row in rows if row.id in ciphers]


@dataclass(frozen=True)
class Queued:
    """What the queue knows of an open request."""

    id: str
    state: str
    urgency: Urgency
    language: str
    received_at: datetime
    claimed_by: str | None
    claimed_until: datetime | None


async def queued(work: Work, *, everybodys: bool = False, state: RequestState | None = None) -> list[Queued]:
    """Every open request that the actor may see, in no order; who was erased is left out.

    everybodys: all there are. state: only those in it.
    """
    columns = ("id", "state", "urgency", "received_at", "claimed_by", "claimed_until")
    query = select(REQUESTS) if everybodys else visible_to(work.actor, work.now)
    query = query.with_only_columns(*(REQUESTS.c[name] for name in columns))
    wanted = OPEN if state is None else [one for one in OPEN if one == state]
    rows = (await work.execute(query.where(REQUESTS.c.state.in_(wanted)))).all()
    ciphers = await work.ciphers([row.id for row in rows])
    known = [(row, _open_urgency(ciphers[row.id], row)) for row in rows if row.id in ciphers]
    return [
        Queued(row.id, row.state, *signs, row.received_at, row.claimed_by, row.claimed_until) for row, signs in known
    ]


async def claims_of(work: Work, actor_id: str) -> list[str]:
    """What somebody has claimed, whether it is over or not."""
    query = select(REQUESTS.c.id).where(REQUESTS.c.claimed_by == actor_id).order_by(REQUESTS.c.id)
    return list((await work.execute(query)).scalars())


async def visible_of(work: Work, request_ids: Collection[str]) -> list[str]:
    """Those of these that the actor may see, in order of their ids."""
    seen = visible_to(work.actor, work.now).with_only_columns(REQUESTS.c.id)
    return list((await work.execute(seen.where(REQUESTS.c.id.in_(request_ids)).order_by(REQUESTS.c.id))).scalars())


async def ids_behind(work: Work, after: str, limit: int) -> list[str]:
    """The next ids of all there are, in their order."""
    query = select(REQUESTS.c.id).where(REQUESTS.c.id > after).order_by(REQUESTS.c.id).limit(limit)
    return list((await work.execute(query)).scalars())


async def ids_of_case(work: Work, case_id: str) -> list[str]:
    return list((await work.execute(select(REQUESTS.c.id).where(REQUESTS.c.case_id == case_id))).scalars())


async def referrals_of(work: Work, request_ids: Collection[str]) -> list[str]:
    brought = REQUESTS.c.id.in_(request_ids) & REQUESTS.c.referral_id.is_not(None)
    return sorted((await work.execute(select(REQUESTS.c.referral_id).where(brought))).scalars())


async def forget(work: Work, request_ids: Collection[str]) -> None:
    await work.execute(delete(REQUESTS).where(REQUESTS.c.id.in_(request_ids)))


def _images_again(vault: Vault, _: Any, told: bytes) -> dict[str, Blind]:
    # Images of nothing stay as they are: made anew they would differ every time, and the older key could never leave.
    return _told_images(vault, _telling(orjson.loads(told)))


BLIND = BlindSource(REQUESTS.c.telling, REQUESTS.c.id, _images_again)


def _telling(told: Mapping[str, Any]) -> Telling:
    """What was told before somebody else, or a safe contact, could be named has none."""
    other, contact = told.get("third_party"), _safe_contact(told.get("safe_contact"))
    third_party = (
        None if other is None else ThirdParty(**{**other, "safe_contact": _safe_contact(other["safe_contact"])})
    )
    return Telling(told["name"], told["contact"], told["country"], told["story"], third_party, contact)


def _safe_contact(told: Mapping[str, Any] | None) -> SafeContact | None:
    if told is None:
        return None
    at = time.fromisoformat
    hours = tuple(Hours(tuple(one["days"]), at(one["begins"]), at(one["until"])) for one in told["hours"])
    return SafeContact(**{**told, "hours": hours})


def opened(cipher: SubjectCipher, row: Any) -> tuple[HelpRequest, Telling]:
    told = cipher.decrypt_json(f"requests.telling/{row.id}", row.telling)
    urgency, _ = _open_urgency(cipher, row)
    request = HelpRequest(
        row.id,
        row.state,
        row.channel,
        told["language"],
        told["asked_by"],
        urgency,
        row.referral_id,
        row.merged_into,
        row.case_id,
        row.received_at,
        row.claimed_by,
        row.claimed_until,
        row.version,
    )
    return request, _telling(told)
