"""Letters come in from the front door once, and answers and endings go out to it.

Rule: a letter is claimed in the transaction of what it becomes, so that whoever dies in between, it is there once; and
it is gone from the front door only afterwards.
"""

import hashlib
from base64 import b64decode
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from pydantic import ValidationError

from services.intake.front_door.model.letters import Box, Letter, file_place
from services.intake.people import actions as people
from services.intake.people.model.corrections import Wish
from services.intake.requests import actions as requests
from services.intake.threads import model, store
from services.intake.threads.model import Thread, Written
from shared.contracts.fields import SealedPart
from shared.errors import conflict, invalid
from shared.vault import Incoming, Vault, files
from shared.vault.primitives import Broken, aead_from
from shared.work import Work

REMEMBERED = timedelta(days=60)
"""Longer than a page of the front door can be sent again, and than a letter of a restored database could be opened: the
keys it is sealed to are gone after 35 days."""

BEHIND = "behind_set_aside"
GROUP = 100


@dataclass(frozen=True)
class Opened:
    """A letter that intake can read. content: of the file that came with it."""

    box: Box
    letter: Letter
    content: bytes | None


def open_box(vault: Vault, box: Box) -> Opened:
    """Errors: Refusal invalid `key_gone`, `seal_broken`, `letter_broken`: it will never be readable."""
    parts = {"intake": SealedPart(kid=box.kid, box=box.box.decode("latin-1"))}
    try:
        letter = Letter.model_validate_json(vault.open(box.id, box.thread_id, parts))
    except ValidationError as error:
        raise invalid("letter_broken") from error
    return Opened(box, letter, _content(box, letter))


def _content(box: Box, letter: Letter) -> bytes | None:
    if letter.attached is None or box.file is None:
        return None
    try:
        filled = aead_from(b64decode(letter.attached.key)).decrypt(box.file, file_place(box.id))
    except (Broken, ValueError) as error:
        raise invalid("letter_broken") from error
    content = filled[: letter.attached.length]
    if hashlib.sha256(content).hexdigest() != letter.attached.digest:
        raise invalid("letter_broken")
    return content


async def subject_of(work: Work, box: Box) -> str | None:
    """Under whose key the file of a letter goes; None when the letter was taken before, or its thread is over."""
    thread = await store.find(work, box.thread_id)
    return None if thread is None or await store.is_taken(work, box.id) else thread.request_id


async def take_in(work: Work, opened: Opened, file: Incoming | None = None, *, waits: bool = False) -> None:
    """Once, however often it comes: a request becomes a request, every other letter joins its thread.

    file: stored before under the key of the request. A letter of a thread that is over is dropped, and the front door
    hears once more that it is over. waits: a letter of its thread was set aside, perhaps the request itself.
    Errors: Refusal conflict `behind_set_aside` for one whose request is not there yet.
    """
    if not await store.claim(work, opened.box.id):
        return
    if opened.letter.kind == "request":
        await _begin(work, opened)
        return
    thread = await store.find(work, opened.box.thread_id)
    if thread is None and waits:
        raise conflict(BEHIND)
    if thread is None or thread.state == "over":
        await store.end_at_the_door(work, [opened.box.thread_id])
        return
    if file is not None:
        await files.keep(work.tx, file)
    await _join(work, opened, thread, None if file is None else file.id)


async def _begin(work: Work, opened: Opened) -> None:
    letter = opened.letter
    asked_by, urgency, telling = model.telling_of(letter)
    at = model.came_at(letter, work.now)
    request = await requests.receive(work, "web", letter.language, asked_by, telling, None, at, urgency)
    thread = Thread(opened.box.thread_id, request.id, None, "open", True, 1, 1)
    await store.add(work, thread, letter.person_key or "")
    await store.put(work, _written(opened, request.id, at, None), 0, ours=False)
    await work.at(model.over_at(work.now), OVER, thread.id)


async def _join(work: Work, opened: Opened, thread: Thread, file_id: str | None) -> None:
    at = model.came_at(opened.letter, work.now)
    await store.put(
        work, _written(opened, thread.request_id, at, file_id), thread.version * model.MOST_LETTERS, ours=False
    )
    withdrawn = opened.letter.kind == "withdrawal"
    state = "over" if withdrawn else "open"
    if opened.letter.kind == "correction":
        await _wish(work, opened, thread)
    if withdrawn:
        await requests.withdraw(work, thread.request_id, opened.letter.text)
    await work.change(store.THREADS, thread.id, thread.version, waiting=True, state=state, written_at=work.now)
    work.audit("take_letter", subjects=[thread.request_id, opened.box.id])
    await work.at(model.over_at(work.now), OVER, thread.id)


def _written(opened: Opened, request_id: str, at: object, file_id: str | None) -> Written:
    letter = opened.letter
    kind, said = letter.kind, (letter.language, letter.text)
    return Written(opened.box.id, request_id, kind, *said, at, False, file_id)  # type: ignore[arg-type]


async def _wish(work: Work, opened: Opened, thread: Thread) -> None:
    """A correction is kept with the person, as soon as it is certain who that is. Else it stays a letter, which staff
    write down for whom it is: what one says is not to be read under the name of another."""
    person_id = await requests.asker_of(work, thread.request_id)
    if person_id is not None:
        await people.ask_permitted(work, person_id, Wish("other", "", opened.letter.text), "person")


async def taken_long_ago(work: Work) -> list[str]:
    """Letters that were taken so long ago that none of them should come again."""
    return await store.taken_before(work, work.now - REMEMBERED, GROUP)


async def forget_taken(work: Work, letter_ids: Collection[str]) -> None:
    """They lie at the front door no more."""
    await store.forget_taken(work, letter_ids)


async def outgoing(work: Work) -> list[tuple[str, str, int, bytes]]:
    """Answers that wait to be laid out: id, thread, number, box."""
    held = await store.held_answers(work, GROUP)
    return [(row.id, row.thread_id, row.number, row.box.box) for row in held]


async def laid_out(work: Work, answer_ids: Collection[str]) -> None:
    """They are at the front door."""
    await store.drop_answers(work, answer_ids)


async def over(work: Work) -> list[str]:
    """Threads of which the front door has not heard yet that they are over."""
    return await store.endings(work, GROUP)


async def told_over(work: Work, thread_ids: Collection[str]) -> None:
    """It has heard."""
    await store.drop_endings(work, thread_ids)


async def look_whether_over(work: Work, thread_id: str) -> None:
    """A thread in which nobody wrote for long ends, unless somebody waits for an answer."""
    thread = await store.find(work, thread_id)
    if thread is None or thread.state != "open":
        return
    if thread.waiting:
        await work.at(work.now + model.AGAIN, OVER, thread_id)
        return
    await end(work, thread)


async def end(work: Work, thread: Thread) -> None:
    """Its code opens nothing from now on."""
    await work.change(store.THREADS, thread.id, thread.version, state="over")
    await store.end_at_the_door(work, [thread.id])
    work.audit("end_thread", subjects=[thread.request_id, thread.id])


async def forget(work: Work, request_ids: Collection[str]) -> None:
    """Nothing of the threads of these requests is kept, and their codes open nothing. The caller decided so."""
    await store.forget(work, request_ids)


OVER = "thread_over"
TIMERS = {OVER: look_whether_over}
