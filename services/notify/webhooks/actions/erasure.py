"""How notify forgets a person: they are counted no more, and their partner is told to forget what it was sent.

Rule: what is queued about the case is recalled, because it is about them too; for those who stay on the case sharing
goes on with what happens next, as they consent.
"""

from services.notify.disclosure import actions as disclosure
from services.notify.messages import actions as messages
from services.notify.partners.actions import sharing
from services.notify.webhooks.actions import deliveries
from shared.access import replace_entries
from shared.erasures import Gone
from shared.work import Work


async def forget(work: Work, gone: Gone, *, threshold: int) -> None:
    """Take a person out of all that notify keeps, and their case when it ends. threshold: as for figures."""
    if gone.case_id is not None:
        recipients = await sharing.recipients(work, gone.case_id)
        if await sharing.forget(work, gone.case_id, gone.person_id):
            await deliveries.end_sharing(work, gone.case_id, [shared.partner_id for shared, _ in recipients])
    await disclosure.forget(work, gone.person_id, threshold)
    await messages.forget(work, gone.person_id)
    if gone.ended_case is not None:
        await messages.forget_case(work, gone.ended_case)
        await replace_entries(work, gone.ended_case, (), (), work.now)


async def case_of(work: Work, subject: str) -> str | None:
    """The case of somebody, if notify knows them."""
    return await sharing.case_of(work, subject) or await disclosure.case_of(work, subject)
