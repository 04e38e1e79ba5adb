"""What notify does when a consent changes: news leaves or stays as it now says, people count or do not; and the answer.

Rule: only what goes out through these gates is counted; what reached a partner before cannot be recalled, and is said.
"""

from services.notify.disclosure import actions as disclosure
from services.notify.webhooks.actions import deliveries
from services.notify.webhooks.store import deliveries as store
from shared.contracts.heeding import Heeded
from shared.contracts.intake import ConsentTerms
from shared.contracts.notify import ConsentAcknowledged
from shared.heeding import answer
from shared.work import Work


async def heed(work: Work, case_id: str, person_id: str, terms: ConsentTerms, *, threshold: int) -> None:
    """Act on a consent and tell intake how things stand. threshold: published numbers move by no less."""
    stands = Heeded()
    if terms.purpose == "share_with_partner":
        live = terms.reaches("referring_partner")
        await deliveries.consent_noted(work, case_id, person_id, live=live, expires_on=terms.expires_on)
        if not live:
            stands = Heeded(**await store.standing(work, case_id))
    elif terms.purpose == "public_statistics":
        live, whose = terms.reaches("public"), (case_id, person_id)
        await disclosure.note_consent(work, *whose, live=live, expires_on=terms.expires_on, threshold=threshold)
        if not live:
            stands = Heeded(published=await disclosure.released(work))
    answer(work, ConsentAcknowledged, case_id, person_id, stands)
