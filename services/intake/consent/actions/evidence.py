"""What can be done with the file that proves a consent: put it there once, and read it."""

from services.intake.consent.model import Consent
from services.intake.consent.store import consents
from services.intake.consent.store import evidence as store
from shared.errors import conflict, not_found
from shared.vault import FileKind, Incoming, Stored, files
from shared.work import Work

PROOFS = FileKind(
    5 * 1024 * 1024,
    {
        "application/pdf": b"%PDF-",
        "image/jpeg": b"\xff\xd8\xff",
        "image/png": b"\x89PNG\r\n\x1a\n",
        "audio/ogg": b"OggS",
    },
)
"""A signed paper, a picture of it, or a recording."""


async def begin(work: Work, consent_id: str) -> str:
    """Under whose key the file goes. Errors: Refusal not_found, forbidden; conflict evidence_kept."""
    return (await _without(work, consent_id)).person_id


async def add(work: Work, consent_id: str, incoming: Incoming) -> str:
    """Put the file beside the consent, for good; returns its id. Errors: as `begin`."""
    consent = await _without(work, consent_id)
    await files.keep(work.tx, incoming)
    await store.add(work, consent, incoming.id)
    subjects = [consent.person_id, consent_id, incoming.id]
    work.audit("add_consent_evidence", case_id=consent.case_id, subjects=subjects)
    return incoming.id


async def see(work: Work, consent_id: str) -> Stored:
    """Errors: Refusal not_found, also when there is none; forbidden for who does not see the people of the case."""
    await work.permit_in_case("see_people", consent_id, consents.CONSENTS.c.case_id)
    consent, found = await consents.load(work, consent_id), await store.of_consent(work, consent_id)
    if found is None:
        raise not_found()
    subjects = [consent.person_id, consent_id, found.file_id]
    work.audit("see_consent_evidence", case_id=consent.case_id, subjects=subjects)
    return await files.find(work.tx, await work.cipher(consent.person_id), found.file_id)


async def _without(work: Work, consent_id: str) -> Consent:
    await work.permit_in_case("record_consent", consent_id, consents.CONSENTS.c.case_id)
    if await store.of_consent(work, consent_id) is not None:
        raise conflict("evidence_kept", "A file proves this consent already; for another, consent anew.")
    return await consents.load(work, consent_id)
