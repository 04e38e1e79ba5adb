"""What can be done with claims: record one, read those on a topic side by side."""

from datetime import date

from services.intake.testimony import model, store
from services.intake.testimony.model import Claim, Qualifier
from shared.access import Resource
from shared.clock import new_id
from shared.work import Work

_LEDGER = Resource("Claims", "all", {})


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
) -> Claim:
    """Write a number down beside what others say. Errors: Refusal forbidden, invalid."""
    work.permit("record_claim", _LEDGER)
    claim = Claim(new_id(), topic, qualifier, value, definition, as_of, source, verified)
    model.check_new(claim, work.now.date())
    await store.add(work, claim)
    work.audit("record_claim", subjects=[claim.id])
    return claim


async def see_claims(work: Work, topic: str) -> list[Claim]:
    """All claims on a topic. Errors: Refusal forbidden."""
    work.permit("see_claims", _LEDGER)
    claims = await store.of_topic(work, topic)
    work.audit("see_claims", subjects=[claim.id for claim in claims])
    return claims
