"""What somebody can do at the front door: ask, come back, write, add a file, take back what they asked.

Rule: nothing is written before the receipt was kept; a letter is sealed before it touches the database; and a letter is
named by its form and its words together, so that a form sent twice is one letter, and a page that is sent again with
other words is another one. There is no actor and no audit here: who comes is nobody's business.
"""

import hashlib
import hmac
import secrets
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.intake.front_door import locks, store
from services.intake.front_door.locks import Locks, Opened
from services.intake.front_door.model import receipts
from services.intake.front_door.model.letters import Answer, Ask, Attached, Kind, Letter, check_text, file_place
from services.intake.front_door.model.receipts import Receipt
from services.intake.front_door.store import Thread
from shared.clock import new_id
from shared.database import Database, Transaction
from shared.errors import not_found
from shared.vault.primitives import aead_from

FILE_STEP = 64 * 1024
"""Files are filled up to a multiple of this many bytes."""

FORGOTTEN = b"\0" * 32
"""What a code is compared with that leads nowhere."""


@dataclass(frozen=True)
class Counter:
    """Where things are done at the front door: its database and its keys."""

    database: Database
    locks: Locks


@dataclass(frozen=True, repr=False)
class Draft:
    """A request that was written and not sent yet, because its receipt is not kept yet."""

    receipt: Receipt
    letter_id: str
    thread_id: str
    letter: Letter


@dataclass(frozen=True, repr=False)
class Visit:
    """Somebody in their thread. seed: of the key pair that answers are sealed to."""

    handle: str
    thread_id: str
    seed: bytes


def draft(language: str, ask: Ask, story: str) -> Draft:
    """Nothing is stored. Errors: Refusal invalid `empty`, `too_long`."""
    check_text(story)
    letter = Letter(kind="request", at=_now(), language=language, text=story, ask=ask)
    letter.padded()
    return Draft(receipts.new_receipt(secrets.randbelow), new_id(), new_id(), letter)


async def send(counter: Counter, made: Draft, source: str) -> Visit:
    """Its receipt was kept: the request is on its way, once. source: whose turn it is to be computed for.

    Errors: Refusal unavailable `busy`; as `Locks.seal`.
    """
    ways = await counter.locks.open(made.receipt, source)
    opened = ways[0]
    letter = made.letter.model_copy(update={"person_key": opened.person_key})
    kid, box = counter.locks.seal(made.letter_id, made.thread_id, letter.padded())

    async def write(tx: Transaction) -> Opened:
        found = await _find(tx, ways)
        sent_before = next((way for way, thread in found if thread is not None and thread.id == made.thread_id), None)
        way = sent_before or opened
        await store.come_in(tx, way.handle)
        if sent_before is None:
            await store.add_thread(tx, way.handle, Thread(made.thread_id, way.confirmation, way.lock))
        await store.put_letter(tx, made.letter_id, made.thread_id, kid, box)
        return way

    way = await counter.database.transact(write)
    return Visit(way.handle, made.thread_id, way.seed)


async def come_back(counter: Counter, receipt: Receipt, source: str) -> Visit:
    """Errors: Refusal not_found, the same for a code that never was and for one that is over, after the same work;
    unavailable `busy`."""
    ways = await counter.locks.open(receipt, source)
    found = await counter.database.transact(lambda tx: _find(tx, ways))
    visits = [_visit(way, thread) for way, thread in found]
    visit = next((visit for visit in visits if visit is not None), None)
    if visit is None:
        raise not_found("unknown_code")
    return visit


async def _find(tx: Transaction, ways: Sequence[Opened]) -> list[tuple[Opened, Thread | None]]:
    """What is there under each secret: every one is looked for, whatever was found before."""
    found = []
    for way in ways:
        await store.come_in(tx, way.handle)
        found.append((way, await store.find_thread(tx, way.handle)))
    return found


def _visit(way: Opened, thread: Thread | None) -> Visit | None:
    known = FORGOTTEN if thread is None else thread.confirmation
    if not locks.same(known, way.confirmation) or thread is None:
        return None
    return Visit(way.handle, thread.id, way.seed)


async def read(counter: Counter, visit: Visit) -> list[Answer]:
    """The answers, the newest first. Errors: Refusal not_found when the thread is over."""

    async def find(tx: Transaction) -> Sequence[tuple[str, bytes]]:
        await _enter(tx, visit)
        return await store.answers_of(tx, visit.thread_id)

    boxes = await counter.database.transact(find)
    opened = (locks.open_answer(visit.seed, answer_id, visit.thread_id, box) for answer_id, box in boxes)
    return [Answer.model_validate_json(plain) for plain in opened if plain is not None]


async def write(counter: Counter, visit: Visit, form: str, kind: Kind, language: str, text: str) -> None:
    """Add a letter to the thread, once. form: the id of the form. Errors: Refusal not_found; invalid `empty`,
    `too_long`."""
    if kind in ("message", "correction"):
        check_text(text)
    letter_id = _named(form, kind, text.encode())
    await _put(counter, visit, letter_id, Letter(kind=kind, at=_now(), language=language, text=text), None)


async def attach(
    counter: Counter, visit: Visit, form: str, language: str, media_type: str, content: bytes, note: str
) -> None:
    """Add a file that was cleaned before. form: as of `write`. Errors: Refusal not_found; invalid `too_long`."""
    letter_id = _named(form, "file", content)
    key = secrets.token_bytes(32)
    filled = content.ljust(-(-len(content) // FILE_STEP) * FILE_STEP, b"\0")
    file = aead_from(key).encrypt(filled, file_place(letter_id))
    attached = Attached.model_validate(
        {
            "media_type": media_type,
            "key": b64encode(key).decode(),
            "length": len(content),
            "digest": hashlib.sha256(content).hexdigest(),
        }
    )
    letter = Letter(kind="file", at=_now(), language=language, text=note, attached=attached)
    await _put(counter, visit, letter_id, letter, file)


async def withdraw(counter: Counter, visit: Visit, form: str, language: str, text: str) -> None:
    """Take back what was asked: intake is told, and the code is over at once. form: as of `write`. Errors: Refusal
    not_found."""
    letter_id = _named(form, "withdrawal", text.encode())
    letter = Letter(kind="withdrawal", at=_now(), language=language, text=text)
    kid, box = counter.locks.seal(letter_id, visit.thread_id, letter.padded())

    async def write(tx: Transaction) -> None:
        await _enter(tx, visit)
        await store.put_letter(tx, letter_id, visit.thread_id, kid, box)
        await store.end_thread(tx, visit.handle, visit.thread_id)

    await counter.database.transact(write)


async def _put(counter: Counter, visit: Visit, letter_id: str, letter: Letter, file: bytes | None) -> None:
    kid, box = counter.locks.seal(letter_id, visit.thread_id, letter.padded())

    async def write(tx: Transaction) -> None:
        await _enter(tx, visit)
        await store.put_letter(tx, letter_id, visit.thread_id, kid, box, file)

    await counter.database.transact(write)


async def _enter(tx: Transaction, visit: Visit) -> None:
    await store.come_in(tx, visit.handle)
    thread = await store.find_thread(tx, visit.handle)
    if thread is None or thread.id != visit.thread_id:
        raise not_found("unknown_code")


def _named(form: str, kind: Kind, said: bytes) -> str:
    """The id of a letter; who does not have the page that the form was on cannot tell anything by it."""
    return hmac.digest(bytes.fromhex(form), kind.encode() + b"\0" + said, "sha256")[:16].hex()


def _now() -> datetime:
    return datetime.now(UTC)
