"""What can be done with consent: give it, withdraw it. The others act on the event within seconds."""

from dataclasses import replace
from datetime import date

from services.intake.consent import model, store
from services.intake.consent.model import Consent, Purpose
from services.intake.people import actions as people
from shared.access import case_resource
from shared.clock import new_id
from shared.contracts.fields import Sealed
from shared.contracts.intake import ConsentChanged, ConsentTerms
from shared.work import Work


async def give(work: Work, person_id: str, purpose: Purpose, expires_on: date | None, proof: str) -> Consent:
    """Write down that a person consents, with how they said so. It takes the place of an earlier one for the purpose.

    Errors: Refusal not_found; invalid when expired already.
    """
    person = await people.on_a_case(work, person_id)
    work.permit("record_consent", await case_resource(work, work.actor, person.case_id), see="see_case")
    model.check_new(expires_on, work.now.date())
    await store.replace_live(work, person_id, purpose)
    consent = Consent(new_id(), person_id, person.case_id, purpose, True, expires_on, 1)
    await store.add(work, consent, proof)
    _tell(work, consent)
    work.audit("give_consent", case_id=consent.case_id, subjects=[person_id, consent.id])
    return consent


async def withdraw(work: Work, consent_id: str, version: int) -> Consent:
    """A person takes a consent back. Errors: Refusal not_found, stale, conflict when it is not live."""
    consent = await store.load(work, consent_id)
    work.permit("record_consent", await case_resource(work, work.actor, consent.case_id), see="see_case")
    if consent.version == version:
        model.withdraw(consent)
    next_version = await work.change(store.CONSENTS, consent_id, version, live=False, withdrawn_at=work.now)
    withdrawn = replace(consent, live=False, version=next_version)
    _tell(work, withdrawn)
    work.audit("withdraw_consent", case_id=consent.case_id, subjects=[consent.person_id, consent_id])
    return withdrawn


async def see_consents(work: Work, case_id: str) -> list[Consent]:
    """Errors: Refusal not_found for who may not see the case."""
    work.permit("see_case", await case_resource(work, work.actor, case_id), see="see_case")
    consents = await store.of_case(work, case_id)
    work.audit("see_consents", case_id=case_id, subjects=[consent.id for consent in consents])
    return consents


def _tell(work: Work, consent: Consent) -> None:
    terms = ConsentTerms(purpose=consent.purpose, live=consent.live, expires_on=consent.expires_on)
    work.emit(
        ConsentChanged(
            case_id=consent.case_id,
            person_id=consent.person_id,
            at=work.now,
            terms=Sealed.of(consent.person_id, terms),
        )
    )
