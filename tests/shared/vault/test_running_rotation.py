"""Rotation beside running processes: what they notice, what is waited for, and what goes over to new keys."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Column, MetaData, String, Table, insert, select, update
from sqlalchemy.schema import CreateTable

from shared.database import Database, Transaction
from shared.errors import Refusal
from shared.rekeying import RETIRE, ROTATE, Rekeying, Step
from shared.vault import Blind, BlindIndex, BlindSource, Encrypted, KeyStore, Vault, create_tables, watching
from shared.vault.keystore import VAULT_READERS
from shared.vault.masters import MasterFile, MasterKeys, put_in_place
from shared.vault.recipients import PublicKeysets, public_entry
from shared.vault.rotation import add_key, drop_older, use_newest
from shared.vault.watching import KeyFiles, KeyWatch

ANNA, BELA, VERA = "a" * 32, "b" * 32, "c" * 32
DAY = datetime(2024, 3, 1, tzinfo=UTC)

NOTES = Table(
    "notes",
    MetaData(),
    Column("id", String(32), primary_key=True),
    Column("person_id", String(32)),
    Column("text", Encrypted),
    Column("memo", Encrypted),
    Column("found", BlindIndex),
)


def _found(vault: Vault, _: object, text: bytes) -> dict[str, Blind]:
    return {"found": vault.blind("notes", text.decode())}


NOTES_BLIND = BlindSource(NOTES.c.text, NOTES.c.person_id, _found)


class Process:
    """A service with its files, its databases and one process that watches them."""

    def __init__(self, folder: Path, database: Database, keys: Database) -> None:
        master = MasterFile(folder / "master.json")
        put_in_place(folder / "public.json", b"{}", replace=True)
        master.create()
        self.files = KeyFiles(master, folder / "public.json")
        self.database, self.keys, self.store = database, keys, KeyStore(keys)
        self.vault = Vault("intake", *self.files.load(), self.store)
        self.watch = KeyWatch(self.files, self.vault, self.store, [database, keys])

    def rekeying(self, patience_s: float = 30) -> Rekeying:
        return Rekeying("intake", self.files, self.database, self.keys, [NOTES], [NOTES_BLIND], patience_s)

    async def rotate(self, part: str) -> list[str]:
        return [told async for told in self.rekeying().go(part, ROTATE[part])]

    async def take(self, part: str, *steps: Step) -> list[str]:
        return [told async for told in self.rekeying().go(part, steps)]

    async def note(self, name: str, subject: str, text: str, memo: str) -> None:
        cipher = await self.vault.cipher(subject)
        row = {
            "id": name,
            "person_id": subject,
            "text": cipher.encrypt_text(f"notes.text/{name}", text),
            "memo": self.vault.own().encrypt_text(f"notes.memo/{name}", memo),
            "found": self.vault.blind("notes", text),
        }
        await self.database.transact(lambda tx: tx.execute(insert(NOTES), row))

    async def rows(self, query: object) -> list[object]:
        async def job(tx: Transaction) -> list[object]:
            return list((await tx.execute(query)).all())  # type: ignore[call-overload]

        return await self.database.transact(job)


@pytest.fixture
async def process(tmp_path: Path, open_database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(watching, "LOOK_S", 0.02)
    database, keys = await open_database(tmp_path / "main.db"), await open_database(tmp_path / "keys.db")
    await create_tables(keys)
    await database.transact(lambda tx: tx.execute(CreateTable(NOTES)))
    made = Process(tmp_path, database, keys)
    await made.vault.keep([made.vault.mint(ANNA), made.vault.mint(BELA)])
    await made.watch.begin()
    running = asyncio.create_task(made.watch.run())
    yield made
    running.cancel()


@pytest.mark.parametrize("part", ["wrapping", "own", "blind"])
async def test_everything_goes_over_to_the_new_key(process: Process, part: str, tmp_path: Path) -> None:
    """What lay there before opens and is found with the new keys alone, and with the old ones no more."""
    old = MasterKeys.load(process.files.master.path)
    for number in range(230):
        await process.note(f"{number:032}", (ANNA, BELA)[number % 2], f"text {number}", f"memo {number}")
    before = {row.id: row for row in await process.rows(select(NOTES))}
    wrapped = await process.store.load([ANNA, BELA])
    told = await process.rotate(part)
    assert [line.split(":")[1].strip() for line in told] == ["add", "use", "renew", "drop"]
    fresh = Vault("intake", *process.files.load(), process.store)
    stale = Vault("intake", old, PublicKeysets({}), process.store)
    after = {row.id: row for row in await process.rows(select(NOTES))}
    assert len(after) == 230
    for name, row in after.items():
        assert (row.text, row.found == before[name].found) == (before[name].text, part != "blind")
        text = (await fresh.cipher(row.person_id)).decrypt_text(f"notes.text/{name}", row.text)
        assert row.found == fresh.blind("notes", text)
        assert fresh.own().decrypt_text(f"notes.memo/{name}", row.memo) == f"memo {int(name)}"
    assert len(process.files.master.read()[part]["key"]) == 1
    assert process.vault.masters.generation == process.files.master.load().generation
    if part == "wrapping":
        assert not set(wrapped.values()) & set((await process.store.load([ANNA, BELA])).values())
        with pytest.raises(Refusal, match="key_of_another_master"):
            await stale.cipher(ANNA)
    if part == "own":
        with pytest.raises(Refusal, match="ciphertext_broken"):
            stale.own().decrypt(f"notes.memo/{0:032}", after["0" * 32].memo)
    if part == "blind":
        assert after["0" * 32].found != stale.blind("notes", "text 0")


async def test_who_was_erased_is_found_no_more(process: Process) -> None:
    """A destroyed key stays destroyed when keys are wrapped anew, and its rows get images of nothing."""
    await process.note("1" * 32, ANNA, "text", "memo")
    ((before,),) = await process.rows(select(NOTES.c.found))
    await process.vault.destroy([ANNA])
    await process.rotate("wrapping")
    await process.rotate("blind")
    assert await process.store.load([ANNA]) == {}
    ((found,),) = await process.rows(select(NOTES.c.found))
    assert found not in [before, *process.vault.blinds("notes", "text")]


async def test_a_key_destroyed_while_it_is_wrapped_anew_stays_destroyed(process: Process) -> None:
    """The exchange finds another row than it read, and leaves it."""
    (key, _) = await process.store.page("", 10)
    anew = process.vault.rewrapped(key)
    await process.vault.destroy([ANNA])
    await process.store.exchange([(key, anew)])
    assert await process.store.load([ANNA]) == {}


async def test_a_key_that_is_not_kept_yet_survives_a_rotation(process: Process) -> None:
    """Minted under the old wrapping key and kept after that key is gone: the new file opens it."""
    process.vault.mint(VERA)
    box = (await process.vault.cipher(VERA)).encrypt_text("notes.text/1", "text")
    await process.rotate("wrapping")
    unkept = (await process.vault.cipher(VERA)).unkept
    assert unkept is not None
    await process.vault.keep([unkept])
    fresh = Vault("intake", *process.files.load(), process.store)
    assert (await fresh.cipher(VERA)).decrypt_text("notes.text/1", box) == "text"


async def test_keeping_a_key_that_was_wrapped_anew_is_no_conflict(process: Process) -> None:
    """The same key in another wrapping is the same key; another key is not."""
    key = process.vault.mint(VERA)
    await process.vault.keep([key])
    await process.store.exchange([(key, process.vault.rewrapped(key))])
    await process.vault.keep([key])
    assert (await process.vault.cipher(VERA)).unkept is None
    other = Vault("intake", *process.files.load(), process.store)
    with pytest.raises(Refusal, match="key_minted_elsewhere"):
        await other.keep([other.mint(VERA)])


async def test_a_process_notices_new_files_and_survives_broken_ones(process: Process) -> None:
    """A broken master file changes nothing; the next good one is in use at once."""
    good = process.files.master.path.read_bytes()
    process.files.master.path.write_text("{}")
    await asyncio.sleep(0.2)
    assert process.vault.masters.generation == 1
    put_in_place(process.files.master.path, good, replace=True)
    add_key(process.files.master, "blind")
    await _until(lambda: process.vault.masters.generation == 2)
    assert len(process.vault.blinds("notes", "x")) == 2
    entry = {"intake": public_entry(process.files.master.load())}
    put_in_place(process.files.recipients, json.dumps(entry).encode(), replace=True)
    await _until(lambda: _can_seal(process.vault))


async def test_no_step_is_taken_before_everybody_has_the_one_before(process: Process) -> None:
    """A process that runs and has not loaded the file holds a rotation back; one that is gone does not."""
    await process.store.report(VERA, 0)
    with pytest.raises(Refusal, match="key_not_everywhere"):
        [told async for told in process.rekeying(0.3).go("wrapping", ROTATE["wrapping"])]
    assert process.files.master.load().generation == 1
    gone = datetime.now(UTC) - timedelta(seconds=61)

    async def vanish(tx: Transaction) -> None:
        await tx.execute(update(VAULT_READERS).where(VAULT_READERS.c.id == VERA).values(seen_at=gone))

    await process.keys.transact(vanish)
    assert len(await process.rotate("wrapping")) == 4


async def test_a_process_says_so_only_when_earlier_work_is_over(process: Process) -> None:
    """While a transaction is open that began with the old keys, nobody is told that they are out of hands."""
    held, free = asyncio.Event(), asyncio.Event()

    async def linger(_: Transaction) -> None:
        held.set()
        await free.wait()

    lingering = asyncio.create_task(process.database.transact(linger))
    await held.wait()
    try:
        add_key(process.files.master, "own")
        await _until(lambda: process.vault.masters.generation == 2)
        await asyncio.sleep(0.2)
        assert await process.store.behind(2) == 1
    finally:
        free.set()
        await lingering
    async with asyncio.timeout(5):
        while await process.store.behind(2):
            await asyncio.sleep(0.01)


async def test_an_old_key_stays_while_something_needs_it(process: Process) -> None:
    """What lies under the service's own key at another place than it was made for is named, and the key is kept."""
    await process.note("1" * 32, ANNA, "text", "memo")
    elsewhere = process.vault.own().encrypt_text("notes.memo/other", "memo")
    await process.database.transact(lambda tx: tx.execute(update(NOTES).values(memo=elsewhere)))
    with pytest.raises(Refusal, match="old_key_still_needed") as no:
        await process.rotate("own")
    assert "notes.memo" in no.value.detail
    assert len(process.files.master.read()["own"]["key"]) == 2
    with pytest.raises(Refusal, match="old_key_still_needed"):
        [told async for told in process.rekeying().go("own", RETIRE["own"])]


@pytest.mark.parametrize(("part", "left"), [("wrapping", "2 values"), ("own", "3 values"), ("blind", "3 values")])
async def test_no_step_alone_drops_what_something_needs(process: Process, part: str, left: str) -> None:
    """Who asks to drop the older keys and skipped the renewing is told how much needs them, and nothing is lost."""
    for number in range(3):
        await process.note(f"{number:032}", (ANNA, BELA)[number % 2], f"text {number}", "memo")
    await process.take(part, "add", "use")
    with pytest.raises(Refusal, match="old_key_still_needed") as no:
        await process.take(part, "drop")
    assert left in no.value.detail
    assert len(process.files.master.read()[part]["key"]) == 2
    await process.take(part, "renew", "drop")
    assert len(process.files.master.read()[part]["key"]) == 1
    fresh = Vault("intake", *process.files.load(), process.store)
    for row in await process.rows(select(NOTES)):
        text = (await fresh.cipher(row.person_id)).decrypt_text(f"notes.text/{row.id}", row.text)
        assert fresh.own().decrypt_text(f"notes.memo/{row.id}", row.memo) == "memo"
        assert row.found == fresh.blind("notes", text)


@pytest.mark.parametrize(("part", "step"), [("sealing", "drop"), ("wrapping", "destroy"), ("own", "publish")])
async def test_a_step_of_other_keys_is_refused(process: Process, part: str, step: Step) -> None:
    """Nothing is done to keys of another part than was named."""
    with pytest.raises(Refusal, match="no_such_step"):
        await process.take(part, step)
    assert process.files.master.load().generation == 1


async def test_who_was_erased_needs_no_older_key(process: Process) -> None:
    """A destroyed key and its row hold no rotation back."""
    await process.note("1" * 32, ANNA, "text", "memo")
    await process.vault.destroy([ANNA])
    for part in ("wrapping", "blind"):
        await process.rotate(part)
        assert len(process.files.master.read()[part]["key"]) == 1


async def test_older_keys_stay_when_the_file_changed_since_it_was_looked_at(process: Process) -> None:
    """What was counted for one state of the file drops nothing of another."""
    add_key(process.files.master, "own")
    use_newest(process.files.master, "own", DAY)
    with pytest.raises(Refusal, match="master_file_changed"):
        drop_older(process.files.master, "own", 2)
    assert len(process.files.master.read()["own"]["key"]) == 2


async def test_a_key_read_while_its_wrapping_was_dropped_is_read_again(process: Process) -> None:
    """Whoever read a wrapped key just before it was wrapped anew, and holds the new file already, reads it again."""
    store = process.store
    stale = await store.load([ANNA])
    await process.rotate("wrapping")

    answers = [stale, await store.load([ANNA])]

    class Late(KeyStore):
        async def load(self, _):
            return answers.pop(0)

    vault = Vault("intake", *process.files.load(), Late(process.keys))
    assert await vault.cipher(ANNA)
    assert answers == []


async def _until(holds) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.01)


def _can_seal(vault: Vault) -> bool:
    try:
        return bool(vault._recipients.current("intake"))
    except Refusal:
        return False
