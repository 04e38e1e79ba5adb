"""The tables of disclosures and of the figures they released, and every query on them.

Rule: what is only proposed is encrypted under the programme's key; what was released is public and stands in clear.
"""

from typing import Any

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, Select, String, Table, insert, select, update

from services.settlement.database import metadata
from services.settlement.programmes.model.disclosure import Disclosure, Figure, Preview, State
from services.settlement.programmes.store import programmes
from services.settlement.programmes.store.programmes import PROGRAMMES
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
    Column("state", String(16), nullable=False),
    Column("proposed_by", ident(), nullable=False),
    Column("proposed_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("version", Integer, nullable=False),
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


def visible_to(actor_id: str) -> Select[Any]:
    """The disclosures of the programmes on whose list the actor is."""
    return select(DISCLOSURES).where(DISCLOSURES.c.programme_id.in_(programmes.listing(actor_id)))


async def add(work: Work, disclosure: Disclosure, content: bytes) -> None:
    cipher = await work.cipher(disclosure.programme_id)
    box = cipher.encrypt(f"disclosures.content/{disclosure.id}", content)
    await work.execute(insert(DISCLOSURES), {**vars(disclosure), "content": box, "proposed_at": work.now})


async def load(work: Work, disclosure_id: str) -> tuple[Disclosure, bytes]:
    """A disclosure and its content. Errors: Refusal not_found."""
    row = (await work.execute(select(DISCLOSURES).where(DISCLOSURES.c.id == disclosure_id))).one_or_none()
    if row is None:
        raise not_found()
    cipher = await work.cipher(row.programme_id)
    disclosure = Disclosure(
        row.id, row.programme_id, row.approval_id, row.state, row.proposed_by, row.expires_at, row.version
    )
    return disclosure, cipher.decrypt(f"disclosures.content/{row.id}", row.content)


async def save_state(work: Work, disclosure_id: str, state: State) -> None:
    """The caller holds the lock of the programme."""
    values = {"state": state, "version": DISCLOSURES.c.version + 1}
    await work.execute(update(DISCLOSURES).where(DISCLOSURES.c.id == disclosure_id).values(values))


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
