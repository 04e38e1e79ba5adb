"""Languages that nobody on duty reads while somebody waits in them.

Rule: one alarm per language. The language is under the key of the request that waits in it.
"""

from collections.abc import Collection

from sqlalchemy import Column, Index, Table, delete, insert, select

from services.intake.database import metadata
from services.intake.requests.model.routing import Alarm
from shared.database import Instant, ident
from shared.vault import Encrypted
from shared.work import Work

ALARMS = Table(
    "reader_alarms",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("request_id", ident(), nullable=False),
    Column("said", Encrypted, nullable=False),
    Column("raised_at", Instant, nullable=False),
    Index(None, "request_id"),
)


async def add(work: Work, alarm: Alarm) -> None:
    cipher = await work.cipher(alarm.request_id)
    said = cipher.encrypt_text(f"reader_alarms.said/{alarm.id}", alarm.language.ljust(8))
    row = {"id": alarm.id, "request_id": alarm.request_id, "said": said, "raised_at": work.now}
    await work.execute(insert(ALARMS), row)


async def raised(work: Work) -> list[Alarm]:
    """All that stand."""
    rows = (await work.execute(select(ALARMS).order_by(ALARMS.c.raised_at, ALARMS.c.id))).all()
    ciphers = await work.ciphers([row.request_id for row in rows])
    return [
        Alarm(
            row.id,
            row.request_id,
            ciphers[row.request_id].decrypt_text(f"reader_alarms.said/{row.id}", row.said).rstrip(),
        )
        for row in rows
        if row.request_id in ciphers
    ]


async def drop(work: Work, alarm_ids: Collection[str]) -> None:
    await work.execute(delete(ALARMS).where(ALARMS.c.id.in_(alarm_ids)))


async def of_requests(work: Work, request_ids: Collection[str]) -> list[str]:
    """Ids of the alarms about these requests."""
    return list((await work.execute(select(ALARMS.c.id).where(ALARMS.c.request_id.in_(request_ids)))).scalars())
