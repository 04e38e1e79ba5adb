"""Telling the other services of a changed consent, and keeping who has acted on it until all have.

Rule: whoever has not answered in time is a duty of those on the case, which ends when the last answer comes.
"""

from datetime import datetime

from services.intake.consent.model import LATE, Consent
from services.intake.consent.store import answers as store
from services.intake.duties import actions as duties
from services.intake.duties.model import Subject, Who
from services.intake.people import actions as people
from shared.contracts.fields import Sealed
from shared.contracts.heeding import Heeded
from shared.contracts.intake import ConsentChanged, ConsentTerms
from shared.work import Work

UNANSWERED = "consent_unanswered"


async def tell(work: Work, consent: Consent) -> None:
    """Have everybody act on a consent as it stands now."""
    terms = consent.terms
    told = ConsentTerms(
        purpose=terms.purpose, live=consent.live, expires_on=terms.expires_on, recipients=terms.recipients
    )
    change_id = work.emit(
        ConsentChanged(
            case_id=consent.case_id,
            person_id=consent.person_id,
            at=work.now,
            terms=Sealed.of(consent.person_id, told),
        )
    )
    await store.add_change(work, change_id, consent)
    await work.at(work.now + LATE, UNANSWERED, change_id)


async def note_answer(work: Work, service: str, change_id: str, at: datetime, stands: Heeded) -> None:
    """A service says that it has acted on a change, and how things stand there."""
    about = await store.whose(work, change_id)
    if about is None:
        return
    consent_id, person_id = about
    await store.add_answer(work, change_id, person_id, service, at, stands)
    change = await store.load(work, change_id, person_id)
    case_id = await people.case_of(work, person_id)
    work.audit("hear_consent_answer", case_id=case_id, subjects=[consent_id, person_id])
    if not change.waits_for:
        await work.cancel(UNANSWERED, change_id)
        await duties.settle(work, "consent_unanswered", person_id, cause=change_id)


async def miss(work: Work, change_id: str) -> None:
    """The timer of a change: somebody on the case must see to those who have not answered."""
    about = await store.whose(work, change_id)
    if about is None:
        return
    _, person_id = about
    case_id = await people.case_of(work, person_id)
    change = await store.load(work, change_id, person_id)
    if case_id is not None and change.waits_for:
        subject = Subject.person(person_id, case_id)
        await duties.assign(work, "consent_unanswered", subject, cause=change_id, due_at=work.now, who=Who.on_case())


async def forget(work: Work, person_id: str) -> None:
    """No answer about them is waited for. The caller decided so."""
    for change_id in await store.forget(work, person_id):
        await work.cancel(UNANSWERED, change_id)


TIMERS = {UNANSWERED: miss}
