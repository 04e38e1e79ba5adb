"""The tables of disclosures and of the figures they released, and every query on them.

Rule: what is only proposed is encrypted under the programme's key; what was released is public and stands in clear.
What became of a proposal stands in its approval, and nowhere else.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Integer,
    Select,
    SelectBase,
    String,
    Table,
    insert,
    select,
)

from services.settlement.database import metadata
from services.settlement.programmes.model import disclosure as model
from services.settlement.programmes.model.disclosure import Disclosure, Figure, Preview
from services.settlement.programmes.store import programmes
from services.settlement.programmes.store.programmes import PROGRAMMES
from shared.access import Actor, staff_with
from shared.access.approval_rows import approvals
from shared.database import Instant, ident
from shared.errors import not_found
from shared.vault import Encrypted
from shared.work import Work

DISCLOSURES = Table(
    "disclosures",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("programme_id", ident(), ForeignKey(PROGRAMMES.c.id), nullable=False),
    Column("approval_id", ident(), nullable=False),
    Column("content", Encrypted, nullable=False),
    Index(None, "programme_id"),
)

RELEASED = Table(
    "released_figures",
    metadata,
    Column("disclosure_id", ident(), ForeignKey(DISCLOSURES.c.id), primary_key=True),
    Column("figure", String(32), primary_key=True),
    Column("programme_id", ident(), nullable=False),
    Column("value", Integer, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("released_at", Instant, nullable=False),
    Index(None, "programme_id"),
)


def visible_to(actor: Actor, now: datetime) -> Select[Any]:
    """The disclosures of the programmes on whose list the actor is; the instant does not matter."""
    listed = DISCLOSURES.c.programme_id.in_(programmes.listing(actor.id))
    return select(DISCLOSURES).where(listed, staff_with(actor))


def near(actor: Actor, now: datetime) -> ColumnElement[bool]:
    """The approvals of those disclosures."""
    return approvals.c.subject_id.in_(visible_to(actor, now).with_only_columns(DISCLOSURES.c.id))


def hidden_from(actor_id: str) -> SelectBase:
    """The ids of those about programmes that the actor may not know of, and of their proposals; for a subquery."""
    theirs = DISCLOSURES.c.programme_id.in_(programmes.hidden_from(actor_id))
    return select(DISCLOSURES.c.id).where(theirs).union(select(DISCLOSURES.c.approval_id).where(theirs))


async def add(work: Work, disclosure: Disclosure, content: bytes) -> None:
    cipher = await work.cipher(disclosure.programme_id)
    box = cipher.encrypt(f"disclosures.content/{disclosure.id}", content)
    row = {
        "id": disclosure.id,
        "programme_id": disclosure.programme_id,
        "approval_id": disclosure.approval_id,
        "content": box,
    }
    await work.execute(insert(DISCLOSURES), row)


async def programme_of(work: Work, disclosure_id: str) -> str | None:
    """Whose figures it is about; None when it is not there."""
    query = select(DISCLOSURES.c.programme_id).where(DISCLOSURES.c.id == disclosure_id)
    return (await work.execute(query)).scalar_one_or_none()


async def load(work: Work, disclosure_id: str) -> tuple[Disclosure, bytes]:
    """A disclosure and its content. Errors: Refusal not_found."""
    said = approvals.c.state, approvals.c.proposed_by, approvals.c.expires_at
    query = select(DISCLOSURES, *said).join(approvals, approvals.c.id == DISCLOSURES.c.approval_id)
    row = (await work.execute(query.where(DISCLOSURES.c.id == disclosure_id))).one_or_none()
    if row is None:
        raise not_found()
    cipher = await work.cipher(row.programme_id)
    disclosure = Disclosure(
        row.id, row.programme_id, row.approval_id, model.STATES[row.state], row.proposed_by, row.expires_at
    )
    return disclosure, cipher.decrypt(f"disclosures.content/{row.id}", row.content)


async def release(work: Work, disclosure: Disclosure, preview: Preview) -> None:
    """These figures are public from now on."""
    rows = [
        {
            "disclosure_id": disclosure.id,
            "figure": signed.figure,
            "programme_id": disclosure.programme_id,
            "value": signed.value,
            "as_of": preview.as_of,
            "released_at": work.now,
        }
        for signed in preview.figures
    ]
    await work.execute(insert(RELEASED), rows)


async def last_released(work: Work) -> dict[Figure, int]:
    """What the latest disclosure of any programme said of each figure."""
    query = select(RELEASED.c.figure, RELEASED.c.value).order_by(RELEASED.c.released_at, RELEASED.c.disclosure_id)
    return {row.figure: row.value for row in await work.execute(query)}
