"""What can be done with claims: record one, verify it, say what was wrong, read those on a topic side by side."""

from dataclasses import replace
from datetime import date

from services.intake.testimony.model import claims as model
from services.intake.testimony.model.claims import Claim, Erratum, Qualifier, Told, Verification
from services.intake.testimony.store import claims as store
from shared.access import Resource
from shared.clock import new_id
from shared.database import Slice
from shared.work import Work

LEDGER = Resource("Claims", "all", {})


async def record_claim(
    work: Work,
    topic: str,
    qualifier: Qualifier,
    value: int,
    definition: str,
    as_of: date,
    source: str,
    *,
    verified: bool,
    how: str,
) -> Claim:
    """Write a number down beside what others say. A definition that is new to the topic is its next version.

    Errors: Refusal forbidden; invalid as_of_in_future, how_missing.
    """
    work.permit("record_claim", LEDGER)
    model.check_new(as_of, work.now.date(), verified=verified, how=how)
    verification = Verification(work.actor.id, how, work.now) if verified else None
    number = await store.define(work, topic, definition)
    what = (new_id(), topic, qualifier, value, definition, number, as_of, source)
    claim = Claim(*what, verification, work.actor.id, work.now, 1)
    await store.add(work, claim)
    work.audit("record_claim", subjects=[claim.id])
    return claim


async def verify_claim(work: Work, claim_id: str, version: int, how: str) -> Claim:
    """Somebody checked the number, and says how. Errors: Refusal forbidden, not_found, stale, conflict."""
    work.permit("record_claim", LEDGER)
    claim = await store.load(work, claim_id, lock=True)
    if claim.version == version:
        model.check_unverified(claim)
    verification = Verification(work.actor.id, how, work.now)
    next_version = await store.verify(work, claim, version, verification)
    work.audit("verify_claim", subjects=[claim_id])
    return replace(claim, verification=verification, version=next_version)


async def correct_claim(
    work: Work, claim_id: str, version: int, qualifier: Qualifier, value: int | None, note: str
) -> Claim:
    """Say behind a claim what was wrong in it; the claim itself stays as it was recorded. value: None takes it back.

    Errors: Refusal forbidden, not_found, stale; conflict when it was taken back before.
    """
    work.permit("record_claim", LEDGER)
    claim = await store.load(work, claim_id, lock=True)
    if claim.version == version:
        model.check_standing(claim)
    next_version = await work.change(store.CLAIMS, claim_id, version)
    erratum = Erratum(new_id(), claim_id, qualifier, value, note, work.now, work.actor.id)
    await store.add_erratum(work, claim, erratum)
    work.audit("correct_claim", subjects=[claim_id, erratum.id])
    return replace(claim, errata=(*claim.errata, erratum), version=next_version)


async def see_claim(work: Work, claim_id: str) -> Claim:
    """Errors: Refusal forbidden, not_found."""
    work.permit("see_claims", LEDGER)
    claim = await store.load(work, claim_id)
    work.audit("see_claims", subjects=[claim_id])
    return claim


async def see_claims(work: Work, topic: str, after: str | None, limit: int) -> tuple[Slice[Claim], list[Told]]:
    """Claims on a topic, and the different numbers that all there are tell. Errors: Refusal forbidden."""
    work.permit("see_claims", LEDGER)
    claims = await store.of_topic(work, topic, after, limit)
    work.audit("see_claims", subjects=[claim.id for claim in claims.items])
    return claims, model.side_by_side(await store.all_of(work, [topic]))


async def see_definitions(work: Work, topic: str) -> list[tuple[int, str]]:
    """What is counted under a topic, in all versions. Errors: Refusal forbidden."""
    work.permit("see_claims", LEDGER)
    work.audit("see_claims")
    return await store.definitions(work, topic)
