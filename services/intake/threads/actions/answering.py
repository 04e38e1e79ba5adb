"""Staff read threads and answer."""

from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.intake.front_door.model.letters import Answer, Reply, answer_place, check_text
from services.intake.people import actions as people
from services.intake.people.actions import Whose, own_copy
from services.intake.people.model.corrections import Correction
from services.intake.requests import actions as requests
from services.intake.threads import model, store
from services.intake.threads.actions.carrying import OVER
from services.intake.threads.actions.copying import MOST
from services.intake.threads.model import Thread, Written
from shared.access import Resource
from shared.clock import new_id
from shared.database import Slice
from shared.errors import not_found, stale
from shared.vault import Stored, files
from shared.vault.primitives import sealing_to
from shared.work import Work


async def see_threads(work: Work, after: str | None, limit: int, *, waiting: bool) -> list[Thread]:
    """Those that the actor may see. waiting: only those in which somebody waits for an answer."""
    work.permit("list_threads", Resource("Requests", "all", {}))
    threads = await store.page_visible(work, after, limit, waiting=waiting)
    work.audit("see_threads", subjects=[thread.request_id for thread in threads])
    return threads


async def see_thread(work: Work, request_id: str) -> Thread:
    """Errors: Refusal not_found for who may not see the request."""
    await requests.permit(work, "see_thread", request_id)
    thread = await store.of_request(work, request_id)
    work.audit("see_thread", subjects=[request_id])
    return thread


async def see_letters(work: Work, request_id: str, after: str | None, limit: int) -> Slice[Written]:
    """The letters of a request, and of those that were merged into it. Errors: Refusal not_found."""
    await requests.permit(work, "see_thread", request_id)
    together = await requests.going_on_as(work, request_id)
    letters = await store.letters_of(work, together, after, limit)
    work.audit("see_letters", subjects=[request_id, *(letter.id for letter in letters.items)])
    return letters


async def see_file(work: Work, letter_id: str) -> Stored:
    """The file that came with a letter. Errors: Refusal not_found."""
    request_id, file_id = await store.request_of_letter(work, letter_id)
    await requests.permit(work, "see_thread", request_id or letter_id)
    if request_id is None or file_id is None:
        raise not_found()
    work.audit("see_letter_file", subjects=[request_id, letter_id])
    return await files.find(work.tx, await work.cipher(request_id), file_id)


async def mark_read(work: Work, request_id: str, version: int) -> Thread:
    """What came up to this version has been read. Errors: Refusal not_found, forbidden, stale, conflict."""
    thread = await _changed(work, request_id, version, "see_thread")
    await store.read_all(work, request_id)
    next_version = await work.change(store.THREADS, thread.id, version, waiting=thread.waiting)
    work.audit("read_letters", subjects=[request_id])
    return replace(thread, unread=0, version=next_version)


async def answer(work: Work, request_id: str, version: int, text: str) -> Thread:
    """Write to who asked, having seen the thread at `version`: what came since, or a colleague's answer, is seen first.

    Errors: Refusal not_found, forbidden, stale; invalid `empty`, `too_long`; conflict `no_thread`, `thread_over`.
    """
    thread = await _changed(work, request_id, version, "answer_thread")
    model.check_open(thread)
    check_text(text)
    sent = await _send(work, thread, "answer", [text])
    work.audit("answer_thread", subjects=[request_id])
    return sent


async def tell(work: Work, request_id: str, text: str) -> None:
    """Write to who asked what a screening answers, if they came through the front door and can still come back.

    For who decides about the request and checks access itself. Errors: Refusal conflict `letters_unread`; invalid
    `too_long`.
    """
    thread = await store.of_request(work, request_id)
    if thread.state != "open":
        return
    model.check_all_read(await store.unread_since_the_request(work, request_id))
    check_text(text)
    await _send(work, thread, "answer", [text])
    work.audit("answer_thread", subjects=[request_id])


async def tell_decision(work: Work, correction: Correction) -> None:
    """Write to a person what became of a correction, in every thread that they began for themselves and can still come
    back to. What else they wrote stays unread, and waits.

    For who decides about the correction and checks access itself.
    """
    kind: Reply = "correction_accepted" if correction.state == "accepted" else "correction_refused"
    person = await people.on_a_case(work, correction.person_id)
    for request_id in await requests.own_of(work, Whose(person.id, person.case_id, alone=False)):
        thread = await store.find(work, (await store.of_request(work, request_id)).id)
        if thread is not None and thread.state == "open":
            await _lay_out(work, thread, kind, [correction.answer])
            written = await store.letters_of(work, [request_id], None, MOST)
            waiting = thread.waiting and model.is_unanswered(written.items)
            await _written(work, thread, waiting=waiting)
            work.audit("answer_thread", subjects=[request_id])


async def send_copy(
    work: Work, request_id: str, version: int, person_id: str, parts: Mapping[str, own_copy.Part]
) -> Thread:
    """Answer who asked for themselves with a copy of everything that is kept of them, in as many letters as it takes.

    Errors: Refusal not_found, forbidden, stale; conflict `no_thread`, `thread_over`, `asked_for_another`,
    `of_another_case`.
    """
    thread = await _changed(work, request_id, version, "answer_thread")
    model.check_open(thread)
    copy = await own_copy.give_copy(work, person_id, parts)
    person = await people.on_a_case(work, person_id)
    asked = (await requests.see(work, request_id)).request
    model.check_copy(thread, asked.asked_by, person.case_id)
    sent = await _send(work, thread, "copy_given", model.in_letters(copy))
    work.audit("send_copy", case_id=thread.case_id, subjects=[request_id, person_id])
    return sent


async def _send(work: Work, thread: Thread, kind: Reply, texts: Sequence[str]) -> Thread:
    """These letters, in this order; whatever came before has been read."""
    await _lay_out(work, thread, kind, texts)
    await store.read_all(work, thread.request_id)
    return replace(await _written(work, thread, waiting=False), unread=0)


async def _lay_out(work: Work, thread: Thread, kind: Reply, texts: Sequence[str]) -> None:
    sealing = sealing_to(b64decode(await store.person_key(work, thread)))
    for place, text in enumerate(texts):
        answer_id, number = new_id(), thread.version * model.MOST_LETTERS + place
        plain = Answer(at=work.now, text=text, kind=kind).padded()
        box = sealing.encrypt(plain, answer_place(answer_id, thread.id))
        await store.hold_answer(work, answer_id, thread.id, number, box)
        letter = Written(answer_id, thread.request_id, kind, "", text, work.now, True, None)
        await store.put(work, letter, number, ours=True)


async def _written(work: Work, thread: Thread, *, waiting: bool) -> Thread:
    """It is a year from now until it ends."""
    next_version = await work.change(store.THREADS, thread.id, thread.version, waiting=waiting, written_at=work.now)
    await work.at(model.over_at(work.now), OVER, thread.id)
    return replace(thread, waiting=waiting, version=next_version)


async def _changed(work: Work, request_id: str, version: int, action: str) -> Thread:
    """The thread at this version. Errors: Refusal not_found, forbidden, stale; conflict `no_thread`."""
    await requests.permit(work, action, request_id)
    thread = await store.of_request(work, request_id)
    if thread.version != version:
        raise stale("stale_version", f"You saw version {version}; the present one is {thread.version}.")
    if thread.state == "none":
        model.check_open(thread)
    return thread
