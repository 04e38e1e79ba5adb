"""What can be done with an import: begin it, send its file, try it out, run it, drop it.

Rule: a file is read in the pool, once, as soon as it is there: what strangers wrote is parsed nowhere else, and a try
and a run go by what came out. Trying writes nothing but who looked; a run brings in every good row once, a few in each
transaction, with the roles with which it was begun, and goes on where it was however often its process dies. What a
row says is in no log: the answer to a try names numbers, fields and reasons.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from services.intake.imports import sheets, store
from services.intake.imports.model.judging import Fault, Sheet, Unit
from services.intake.imports.model.mapping import Format, Mapped, mapping_of
from services.intake.imports.model.reading import MOST_BYTES
from services.intake.imports.store import Import, Tally
from services.intake.requests.actions import receiving, screening
from services.intake.requests.model.screening import Verdict
from shared import runs
from shared.access import Actor, Resource
from shared.acting import acting
from shared.clock import new_id
from shared.database import Slice
from shared.errors import Refusal, conflict, invalid, not_found
from shared.pool import Limits
from shared.running import Computation
from shared.runs import Run
from shared.vault import FileKind, Incoming, files
from shared.work import Work

LISTS = FileKind(MOST_BYTES, {"text/csv": b"", "application/json": b"", "application/octet-stream": b""})
SHEETS = FileKind(16 * MOST_BYTES, {"application/json": b"{"})
READ = "import_reading"
CARRY_ON, IS_OVER = "import_carries_on", "import_is_over"
AT_ONCE = 20
"""How many units are brought in by one transaction."""

KEPT_FOR = timedelta(days=7)
"""After this long a file that was not run is gone."""

WAS_A_CASE = Verdict("normal", None, "", "")


@dataclass(frozen=True)
class Told:
    """An import and how far its run came."""

    one: Import
    tally: Tally


@dataclass(frozen=True)
class Tried:
    """What a run would do. known: how many are here already. faults: the bad rows behind where it was asked from."""

    rows: int
    good: int
    known: int
    bad_rows: int
    faults: tuple[Fault, ...]
    next: int | None


async def begin(work: Work, form: Format, mapping: str) -> Told:
    """Errors: Refusal forbidden, also to bring in cases for who opens none; invalid mapping_broken."""
    _permit(work, "import_lists")
    _check_target(work, mapping_of(form, mapping))
    one = Import(new_id(), form, "open", None, None, None, work.actor.id, work.now, 1)
    work.create_key(one.id)
    await store.add(work, one, mapping)
    await work.at(work.now + KEPT_FOR, IS_OVER, one.id)
    work.audit("begin_import", subjects=[one.id])
    return Told(one, Tally())


async def begin_file(work: Work, import_id: str) -> str:
    """Under whose key its file goes. Errors: Refusal not_found, conflict wrong_state."""
    return (await _open(work, import_id)).id


async def add_file(work: Work, import_id: str, incoming: Incoming) -> str:
    """Keep the file in place of an earlier one, and have it read; returns its id. Errors: as `begin_file`."""
    one = await _open(work, import_id)
    await files.keep(work.tx, incoming)
    await _drop_files(work, one)
    await store.set_file(work, one, incoming.id)
    await runs.begin(work, READ, incoming.id, key=import_id)
    work.audit("add_import_file", subjects=[import_id, incoming.id])
    return incoming.id


async def prepare_reading(work: Work, file_id: str) -> bytes:
    """The file and how it is to be read. Errors: Refusal not_found when another one took its place."""
    one = await store.with_file(work, file_id)
    if one is None:
        raise not_found()
    stored = await files.find(work.tx, await work.cipher(one.id), file_id)
    raw, mapping = await files.whole(work.tx, stored), await store.mapping(work, one.id)
    return sheets.given(raw, one.form, mapping, work.now.date())


async def finish_reading(work: Work, run: Run, incoming: Incoming | None) -> None:
    """What was read stands with the import, unless another file took the place of this one meanwhile."""
    one = await store.with_file(work, run.subject)
    if one is not None:
        await store.set_read(work, one.id, None if incoming is None else incoming.id, run.why)
    elif incoming is not None:
        await files.drop(work.tx, incoming.id)


READINGS = Computation(
    sheets.read, prepare_reading, finish_reading, SHEETS, "application/json", Limits(most=SHEETS.most)
)


async def see(work: Work, import_id: str) -> Told:
    """Errors: Refusal not_found for who did not begin it."""
    one = await _load(work, import_id)
    work.audit("see_import", subjects=[import_id])
    return Told(one, await store.tally(work, import_id))


async def see_many(work: Work, after: str | None, limit: int) -> Slice[Import]:
    """The actor's own. Errors: Refusal forbidden."""
    _permit(work, "import_lists")
    found = await store.page(work, after, limit)
    work.audit("see_imports", subjects=[one.id for one in found.items])
    return found


async def try_out(work: Work, import_id: str, after: int, limit: int) -> Tried:
    """Every bad row with all that is wrong with it, in order, behind row `after`.

    Errors: Refusal not_found; conflict no_file, not_read; invalid as reading the file.
    """
    sheet = await _sheet(work, await _load(work, import_id))
    known = await store.known(work, [unit.key for unit in sheet.units])
    bad = sorted({fault.row for fault in sheet.faults if fault.row > after})
    shown = set(bad[:limit])
    work.audit("try_import", subjects=[import_id])
    return Tried(
        sheet.rows,
        len(sheet.units),
        len(known),
        len({fault.row for fault in sheet.faults}),
        tuple(fault for fault in sheet.faults if fault.row in shown),
        bad[limit - 1] if len(bad) > limit else None,
    )


async def run(work: Work, import_id: str, version: int) -> Told:
    """Bring in what is good, from now on.

    Errors: Refusal not_found, stale; conflict wrong_state, no_file, not_read; invalid as reading the file.
    """
    one = await _open(work, import_id)
    next_version = await work.change(store.IMPORTS, import_id, version, state="running")
    sheet = await _sheet(work, one)
    begun = Tally(bad=len({fault.row for fault in sheet.faults}), roles=tuple(sorted(work.actor.roles)))
    await store.set_tally(work, import_id, begun)
    await work.at(work.now, CARRY_ON, import_id)
    work.audit("run_import", subjects=[import_id])
    return Told(replace(one, state="running", version=next_version), begun)


async def drop(work: Work, import_id: str, version: int) -> Told:
    """It is not wanted. Errors: Refusal not_found, stale, conflict wrong_state."""
    one = await _open(work, import_id)
    next_version = await work.change(store.IMPORTS, import_id, version, state="dropped")
    await work.at(work.now, IS_OVER, import_id)
    work.audit("drop_import", subjects=[import_id])
    return Told(replace(one, state="dropped", version=next_version), Tally())


async def carry_on(work: Work, import_id: str) -> None:
    """The timer of a run: the next few units."""
    one = await store.load(work, import_id, lock=True)
    if one.state != "running":
        return
    sheet, tally = await _sheet(work, one), await store.tally(work, import_id)
    for unit in sheet.units[tally.next : tally.next + AT_ONCE]:
        tally = await _bring_in(work, one, unit, tally)
    await store.set_tally(work, import_id, tally)
    if tally.next < len(sheet.units):
        await work.at(work.now, CARRY_ON, import_id)
        return
    await work.change(store.IMPORTS, import_id, one.version, state="done")
    await work.at(work.now, IS_OVER, import_id)
    work.audit("end_import", subjects=[import_id])


async def is_over(work: Work, import_id: str) -> None:
    """The timer of an import that is done, dropped or too old: its file, its mapping and its key are gone."""
    one = await store.load(work, import_id, lock=True)
    if one.state == "running":
        await work.at(work.now + KEPT_FOR, IS_OVER, import_id)
        return
    if one.state == "open":
        await work.change(store.IMPORTS, import_id, one.version, state="dropped")
    await _drop_files(work, one)
    await store.empty(work, import_id)
    await work.vault.drop([import_id])


TIMERS = {CARRY_ON: carry_on, IS_OVER: is_over}


async def forget(work: Work, request_ids: Sequence[str]) -> None:
    """Nothing tells any more that these were brought in. The caller decided so."""
    await store.forget(work, request_ids)


async def _bring_in(work: Work, one: Import, unit: Unit, tally: Tally) -> Tally:
    tally = replace(tally, next=tally.next + 1)
    if not await store.hold_key(work, unit.key):
        return replace(tally, known=tally.known + 1)
    try:
        async with acting(work, Actor(one.begun_by, "staff", frozenset(tally.roles))):
            request_id = await _make(work, unit)
            await store.note(work, unit.key, request_id, one.id)
    except Refusal as refusal:
        return replace(tally, refused=(*tally.refused, (unit.rows[0], refusal.code)))
    return replace(tally, made=tally.made + 1)


async def _make(work: Work, unit: Unit) -> str:
    request = await receiving.receive(
        work, unit.channel, unit.language, unit.asked_by, unit.telling, at=unit.received_at
    )
    if unit.group:
        screened = await screening.screen(work, request.id, request.version, WAS_A_CASE, screening.told_otherwise)
        await receiving.accept(work, request.id, screened.version, unit.code_name, unit.group, [])
    return request.id


async def _sheet(work: Work, one: Import) -> Sheet:
    if one.file_id is None:
        raise conflict("no_file", "Send the file first.")
    if one.unread is not None:
        raise invalid(one.unread, "This file cannot be read.")
    if one.sheet_id is None:
        raise conflict("not_read", "The file is still being read.")
    stored = await files.find(work.tx, await work.cipher(one.id), one.sheet_id)
    return sheets.sheet_of(await files.whole(work.tx, stored))


async def _drop_files(work: Work, one: Import) -> None:
    for file_id in (one.file_id, one.sheet_id):
        if file_id is not None:
            await files.drop(work.tx, file_id)


def _check_target(work: Work, mapped: Mapped) -> None:
    if mapped.target == "case":
        _permit(work, "import_cases")


def _permit(work: Work, action: str) -> None:
    work.permit(action, Resource("Imports", "all", {"mine": True}))


async def _load(work: Work, import_id: str, *, lock: bool = False) -> Import:
    """What is not there is asked about like somebody else's."""
    mine = await store.whose(work, import_id) == work.actor.id
    work.permit("see_import", Resource("Imports", import_id, {"mine": mine}), see="see_import")
    return await store.load(work, import_id, lock=lock)


async def _open(work: Work, import_id: str) -> Import:
    one = await _load(work, import_id, lock=True)
    if one.state != "open":
        raise conflict("wrong_state", f"This import is {one.state}.")
    return one
