"""What can be done with evidence: register it, keep its content, hand it over, look, have a copy without metadata.

Rule: every look compares the content with the hash that it came with and walks the chain of custody; what does not
hold is told, and the content is not handed out.
"""

from dataclasses import replace

from services.intake.testimony.actions import veiling
from services.intake.testimony.actions.statements import permitted
from services.intake.testimony.model import evidence as model
from services.intake.testimony.model.evidence import Evidence, Looked
from services.intake.testimony.store import evidence as store
from services.intake.testimony.store import statements
from services.intake.testimony.stripping import stripped
from shared import runs
from shared.clock import new_id
from shared.database import Slice
from shared.errors import Refusal, conflict
from shared.pool import Limits
from shared.running import Computation
from shared.runs import Run
from shared.vault import FileKind, Incoming, Stored, files
from shared.work import Work

MIB = 1024 * 1024

CONTENT = FileKind(
    20 * MIB,
    {
        "application/pdf": b"%PDF-",
        "audio/ogg": b"OggS",
        "image/jpeg": b"\xff\xd8\xff",
        "image/png": b"\x89PNG\r\n\x1a\n",
        "text/plain": b"",
    },
)
"""What evidence can be."""

PICTURES = FileKind(CONTENT.most, {"application/octet-stream": b""})
COPY = "evidence_copy"


async def register(work: Work, statement_id: str, description: str, received_from: str) -> Evidence:
    """Write down that something was received with a statement; its content follows.

    received_from: in words, the first entry of the chain. Errors: Refusal not_found, forbidden.
    """
    await permitted(work, "keep_evidence", statement_id)
    statement = await statements.load(work, statement_id, lock=True)
    where = (new_id(), statement_id, statement.case_id, statement.key)
    evidence = Evidence(*where, description, None, None, None, model.START, 1)
    await store.add(work, statement, evidence)
    evidence = await _entered(work, evidence, 1, (received_from, work.actor.id, "received with the statement"))
    work.audit("register_evidence", case_id=statement.case_id, subjects=evidence.names)
    return evidence


async def begin_content(work: Work, evidence_id: str) -> str:
    """Under whose key the content goes. Errors: Refusal not_found, forbidden."""
    # Whether it is the first is asked when it is kept: sent again after a lost answer, it gets that answer.
    return (await _permitted(work, "keep_evidence", evidence_id)).key


async def keep_content(work: Work, evidence_id: str, incoming: Incoming) -> Evidence:
    """Keep the content as it came, metadata and all, with its hash. Errors: as `begin_content`; content_kept."""
    evidence = await _permitted(work, "keep_evidence", evidence_id)
    version = await work.change(store.EVIDENCE, evidence_id, evidence.version)
    model.check_first(evidence)
    await files.keep(work.tx, incoming)
    kept = replace(evidence, file_id=incoming.id, digest=incoming.digest, version=version)
    await store.keep_facts(work, kept)
    work.audit("keep_evidence", case_id=evidence.case_id, subjects=evidence.names)
    return kept


async def hand_over(work: Work, evidence_id: str, version: int, facts: tuple[str, str, str]) -> Looked:
    """Write down that it went from hand to hand. facts: given by, received by, reason.

    Errors: Refusal not_found, forbidden, stale; conflict chain_broken when the entries so far are not whole.
    """
    evidence = await _permitted(work, "keep_evidence", evidence_id)
    evidence = replace(evidence, version=await work.change(store.EVIDENCE, evidence_id, version))
    looked = await _looked(work, evidence)
    if not looked.chain_intact:
        raise conflict("chain_broken", "The chain of custody is not whole; nothing is added to it.")
    evidence = await _entered(work, evidence, len(looked.chain) + 1, facts)
    work.audit("hand_over_evidence", case_id=evidence.case_id, subjects=evidence.names)
    return await _looked(work, evidence)


async def see(work: Work, evidence_id: str) -> Looked:
    """Errors: Refusal not_found, forbidden."""
    evidence = await _permitted(work, "see_evidence", evidence_id)
    looked = await _looked(work, evidence)
    whole = looked.content_intact and looked.chain_intact
    verb = "see_evidence" if whole else "find_evidence_changed"
    work.audit(verb, case_id=evidence.case_id, subjects=evidence.names)
    return looked


async def see_content(work: Work, evidence_id: str) -> Stored:
    """Errors: Refusal not_found, forbidden; conflict evidence_changed."""
    evidence = await _permitted(work, "see_evidence", evidence_id)
    stored, intact = await _content(work, evidence)
    work.audit("see_evidence_content", case_id=evidence.case_id, subjects=evidence.names)
    model.check_intact(intact=intact)
    return stored


async def see_of_statement(work: Work, statement_id: str, after: str | None, limit: int) -> Slice[Evidence]:
    """Errors: Refusal not_found, forbidden."""
    statement = await permitted(work, "see_evidence", statement_id)
    found = await store.of_statement(work, statement_id, after, limit)
    subjects = [*statement.names, *(it.id for it in found.items)]
    work.audit("see_evidence_list", case_id=statement.case_id, subjects=subjects)
    return found


async def copy(work: Work, evidence_id: str) -> Run:
    """Have a copy made without metadata, to be shown outside; the original stays as it is.

    Errors: Refusal not_found, forbidden; conflict evidence_changed.
    """
    evidence = await _permitted(work, "keep_evidence", evidence_id)
    _, intact = await _content(work, evidence)
    model.check_intact(intact=intact)
    work.audit("copy_evidence", case_id=evidence.case_id, subjects=evidence.names)
    return await runs.begin(work, COPY, evidence_id, key=evidence.key)


async def prepare_copy(work: Work, evidence_id: str) -> bytes:
    """The content of which a copy is made."""
    evidence = await store.load(work, evidence_id)
    stored, _ = await _content(work, evidence)
    return await files.whole(work.tx, stored)


async def finish_copy(work: Work, run: Run, incoming: Incoming | None) -> None:
    """The copy is there: a piece of evidence of its own, which says what it was made from."""
    if incoming is None:
        return
    original = await store.load(work, run.subject)
    statement = await statements.load(work, original.statement_id)
    where = (new_id(), statement.id, statement.case_id, statement.key)
    copied = Evidence(*where, original.description, incoming.id, incoming.digest, original.id, model.START, 1)
    await store.add(work, statement, copied)
    await _entered(work, copied, 1, (original.id, run.asked_by, "copy without metadata"))
    work.audit("make_copy", case_id=original.case_id, subjects=[*original.names, copied.id])


COPIES = Computation(
    stripped, prepare_copy, finish_copy, PICTURES, "application/octet-stream", Limits(seconds=20.0, most=CONTENT.most)
)


async def _permitted(work: Work, action: str, evidence_id: str) -> Evidence:
    await veiling.permit(work, action, evidence_id, store.EVIDENCE.c.case_id, store.statement_of(evidence_id))
    return await store.load(work, evidence_id)


async def _entered(work: Work, evidence: Evidence, number: int, facts: tuple[str, str, str]) -> Evidence:
    entry = model.hand_over(evidence.head, number, facts, work.now, work.actor.id)
    await store.add_handover(work, evidence, entry)
    evidence = replace(evidence, head=entry.link)
    await store.keep_facts(work, evidence)
    return evidence


async def _looked(work: Work, evidence: Evidence) -> Looked:
    try:
        chain = await store.chain(work, evidence)
        whole = model.is_whole(chain, evidence.head)
    except Refusal:
        chain, whole = [], False
    intact = evidence.file_id is None or (await _content(work, evidence))[1]
    return Looked(evidence, tuple(chain), intact, whole)


async def _content(work: Work, evidence: Evidence) -> tuple[Stored, bool]:
    """The content, and whether it is what was received. Errors: Refusal not_found when there is none yet."""
    stored = await files.find(work.tx, await work.cipher(evidence.key), evidence.file_id or "")
    return stored, await files.digest_of(work.tx, stored) == evidence.digest
