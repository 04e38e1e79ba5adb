"""What an erasure does to outbox, inbox, kept answers and files.

Rule: nothing about the person stays that this service's own keys or private keys could open; the order of events
stays whole, so rows are emptied and not removed, but for those of which nothing would be left.
"""

from pydantic import ValidationError
from sqlalchemy import delete, select, update

from shared.contracts.envelope import decode, read
from shared.contracts.sifting import stripped, without
from shared.contracts.topology import Topology
from shared.erasures import Gone
from shared.messaging.inbox_rows import CURSORS, PARKED, WAITING, settle_parked
from shared.messaging.outbox import OUTBOX
from shared.runs import forget_of as forget_runs
from shared.vault import Ciphertext, context_of
from shared.vault.files import forget_of as forget_files
from shared.web.answers import blank_about
from shared.work import Work


async def scrub(work: Work, gone: Gone, topology: Topology) -> None:
    """Empty what the tables of every service hold about the person."""
    about = {gone.person_id, *gone.request_ids, *gone.referral_ids, *((gone.ended_case,) if gone.ended_case else ())}
    keys = sorted({it for it in (gone.case_id, gone.ended_case, *gone.former_cases) if it is not None})
    await blank_about(work, {*about, *keys})
    for table in (OUTBOX, WAITING, PARKED):
        await work.execute(delete(table).where(table.c.key.in_(sorted(gone.referral_ids))))
    await forget_files(work.tx, about)
    await forget_runs(work, about)
    await _scrub_outbox(work, keys, about)
    await _scrub_waiting(work, keys, about)
    await _scrub_parked(work, keys, about, topology)


async def _scrub_outbox(work: Work, keys: list[str], about: set[str]) -> None:
    for row in (await work.execute(select(OUTBOX.c.seq, OUTBOX.c.body).where(OUTBOX.c.key.in_(keys)))).all():
        left = stripped(row.body, about)
        if left != row.body:
            await work.execute(update(OUTBOX).where(OUTBOX.c.seq == row.seq).values(body=left))


async def _scrub_waiting(work: Work, keys: list[str], about: set[str]) -> None:
    for row in (await work.execute(select(WAITING).where(WAITING.c.key.in_(keys)))).all():
        left = stripped(row.body, about)
        if left != row.body:
            this = (WAITING.c.publisher == row.publisher) & (WAITING.c.key == row.key)
            await work.execute(update(WAITING).where(this, WAITING.c.revision == row.revision).values(body=left))


async def _scrub_parked(work: Work, keys: list[str], about: set[str], topology: Topology) -> None:
    """A parked event that spoke of nobody else is settled, and holds nothing back any more."""
    unsettled = (PARKED.c.state == "parked") & PARKED.c.key.in_(keys)
    for row in (await work.execute(select(PARKED).where(unsettled))).all():
        context = context_of(PARKED.c.body, row)
        body = work.vault.own().decrypt(context, row.body)
        if _says_nothing(body, about, topology):
            await settle_parked(work.tx, row.id, "erased")
            here = (CURSORS.c.publisher == row.publisher) & (CURSORS.c.key == row.key)
            passed = update(CURSORS).where(here, CURSORS.c.revision == (row.revision or 0) - 1)
            await work.execute(passed.values(revision=row.revision, parked=False))
        else:
            box: Ciphertext = work.vault.own().encrypt(context, stripped(body, about))
            await work.execute(update(PARKED).where(PARKED.c.id == row.id).values(body=box))


def _says_nothing(body: bytes, about: set[str], topology: Topology) -> bool:
    """Also of what cannot be read: it may tell anything."""
    try:
        envelope = decode(body)
        if envelope.subject in about:
            return True
        kind = topology.types.get(envelope.type)
        return kind is None or without(read(kind, envelope.data), about) is None
    except ValidationError:
        return True
