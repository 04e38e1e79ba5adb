"""What can be done with consent: give it, narrow it, withdraw it, look at it; and what its end does by itself.

Rule: every change is a version, and an event that the others act on within seconds; the day on which a consent expires
is a withdrawal like any other.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any

from services.intake.consent import model
from services.intake.consent.actions import answers
from services.intake.consent.model import Change, Consent, Proof, Purpose, TakenBack, Terms, Turn, Version
from services.intake.consent.store import answers as answered
from services.intake.consent.store import consents as store
from services.intake.consent.store import evidence
from services.intake.consent.store.consents import Said
from services.intake.consent.store.evidence import Evidence
from services.intake.people import actions as people
from shared.access import case_resource
from shared.clock import new_id
from shared.contracts.intake import Recipient
from shared.database import Slice
from shared.errors import invalid, stale
from shared.work import Work

EXPIRES = "consent_expires"


@dataclass(frozen=True)
class ConsentDetails:
    """A consent with all that became of it. proofs: whether the one who looks may read how it was given."""

    consent: Consent
    history: Sequence[Version]
    changes: Sequence[Change]
    evidence: Evidence | None
    proofs: bool


async def give(work: Work, person_id: str, terms: Terms, proof: Proof) -> Consent:
    """Write down that a person consents, with how they said so. It takes the place of an earlier one for the purpose.

    Errors: Refusal not_found; invalid as `model.check_terms` and `model.check_proof`.
    """
    await people.permit(work, "record_consent", person_id)
    person = await people.on_a_case(work, person_id)
    today = work.now.date()
    model.check_terms(terms, today)
    born_on = await people.birthday(work, person_id)
    guardians = await people.adults_beside(work, person_id, person.case_id)
    model.check_proof(proof, born_on, guardians, today)
    for before in await store.replace_live(work, person_id, terms.purpose):
        await work.cancel(EXPIRES, before.id)
    terms = model.until_of_age(terms, born_on, today)
    consent = Consent(new_id(), person_id, person.case_id, terms, True, 1)
    await store.add(work, consent, proof)
    await _spread(work, consent, "give_consent")
    return consent


async def narrow(
    work: Work, consent_id: str, version: int, recipients: Sequence[Recipient], expires_on: date | None, proof: Proof
) -> Consent:
    """Fewer may learn of a person, or for less long. Errors: Refusal not_found, stale; as `model.narrowed`."""
    consent = await _load(work, consent_id)
    today = work.now.date()
    if consent.version != version:
        raise stale("stale_version", f"You saw version {version}; the present one is {consent.version}.")
    model.check_terms(replace(consent.terms, expires_on=expires_on), today)
    terms = model.narrowed(consent, recipients, expires_on, today)
    guardians = await people.adults_beside(work, consent.person_id, consent.case_id)
    model.check_proof(proof, await people.birthday(work, consent.person_id), guardians, today)
    return await _go(work, replace(consent, terms=terms), version, "narrowed", proof)


async def withdraw(work: Work, consent_id: str, version: int, taken_back: TakenBack) -> Consent:
    """A person takes a consent back, however they say it.

    Errors: Refusal not_found, stale; conflict not_live; invalid not_heard for a word that is not theirs, or not of now.
    """
    consent = await _load(work, consent_id)
    if consent.version == version:
        model.check_live(consent, work.now.date())
    word = taken_back.hearing_id
    if word is not None and not await people.is_known_by(work, consent.person_id, word):
        raise invalid(
            "not_heard", "No word agreed with them was heard in this call. Without one it counts all the same."
        )
    return await _go(work, replace(consent, live=False), version, "withdrawn", taken_back)


async def expire(work: Work, consent_id: str) -> None:
    """The timer of a consent: on this day it is none any more, and everybody acts on that; one that was given before
    there was a timer waits for its day from now on."""
    consent = await store.load(work, consent_id)
    if not consent.holds(work.now.date()):
        if consent.live:
            await _go(work, replace(consent, live=False), consent.version, "expired", None)
        return
    await _await_end(work, consent)


TIMERS = {EXPIRES: expire}


async def see_consents(work: Work, case_id: str, after: str | None, limit: int) -> Slice[Consent]:
    """Errors: Refusal not_found for who may not see the case."""
    work.permit("see_case", await case_resource(work, work.actor, case_id), see="see_case")
    consents = await store.of_case(work, case_id, after, limit)
    work.audit(
        "see_consents", case_id=case_id, subjects=[it for one in consents.items for it in (one.id, one.person_id)]
    )
    return consents


async def see_consent(work: Work, consent_id: str) -> ConsentDetails:
    """A consent, every version of it, and who has acted on each. Errors: Refusal not_found."""
    await work.permit_in_case("see_case", consent_id, store.CONSENTS.c.case_id)
    consent = await store.load(work, consent_id)
    case = await case_resource(work, work.actor, consent.case_id)
    proofs = work.tools.policies.allows(work.actor, "see_people", case)
    work.audit("see_consents", case_id=consent.case_id, subjects=[consent_id, consent.person_id])
    return ConsentDetails(
        consent,
        await store.history(work, consent),
        await answered.of_consent(work, consent),
        await evidence.of_consent(work, consent_id),
        proofs,
    )


async def agreed(work: Work, person_ids: Collection[str], purpose: Purpose, recipient: Recipient) -> set[str]:
    """Who of these consents today that such a recipient learns of them; for slices that check access themselves."""
    live, today = await store.live_of(work, person_ids), work.now.date()
    given = [it for it in live if it.purpose == purpose and recipient in it.terms.recipients and it.holds(today)]
    return {consent.person_id for consent in given}


async def copy_of(work: Work, whose: people.Whose) -> list[dict[str, Any]]:
    """What a person consented to, and how they said so, for their own copy. The caller checked access."""
    return await store.copy_of(work, whose.person_id)


async def follow(work: Work, person_ids: Collection[str], case_id: str) -> None:
    """They are on this case from now on, and so is what they consented to: told again, because who hears of the case
    may not have heard of it. Two people decided so."""
    for consent in await store.follow(work, person_ids, case_id):
        await answers.tell(work, consent)


async def forget(work: Work, person_id: str) -> None:
    """Nothing of what they consented to is kept. The caller decided so."""
    for consent_id in await store.live_ids(work, person_id):
        await work.cancel(EXPIRES, consent_id)
    await answers.forget(work, person_id)
    await evidence.forget(work, person_id)
    await store.forget(work, person_id)


async def _load(work: Work, consent_id: str) -> Consent:
    await work.permit_in_case("record_consent", consent_id, store.CONSENTS.c.case_id)
    return await store.load(work, consent_id)


VERBS = {"narrowed": "narrow_consent", "withdrawn": "withdraw_consent", "expired": "expire_consent"}


async def _go(work: Work, consent: Consent, version: int, turn: Turn, said: Said) -> Consent:
    changed = replace(consent, version=await store.change(work, consent, version, turn, said))
    await _spread(work, changed, VERBS[turn])
    return changed


async def _await_end(work: Work, consent: Consent) -> None:
    if consent.live and consent.terms.expires_on is not None:
        await work.at(datetime.combine(consent.terms.expires_on, time(), UTC), EXPIRES, consent.id)
    else:
        await work.cancel(EXPIRES, consent.id)


async def _spread(work: Work, consent: Consent, verb: str) -> None:
    await _await_end(work, consent)
    await answers.tell(work, consent)
    work.audit(verb, case_id=consent.case_id, subjects=[consent.person_id, consent.id])
