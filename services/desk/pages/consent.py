"""Consents of a person, and one of them: what it is, every version with how it was said, who acted on each; and the
forms that give, narrow and withdraw.

Rule: nobody changes what the page does not show: the version that was seen goes along. A word that was heard is
compared by intake; the page says only whether it is one that was agreed.
"""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from services.desk.clients.intake import Person
from services.desk.clients.people import Known
from services.desk.pages.visit import Visit, Visiting, see
from shared.contracts.fields import Id
from shared.errors import invalid
from shared.web.bodies import takes_up_to
from shared.web.uploads import FIELDS, read_upload

RECIPIENTS: Mapping[str, tuple[str, ...]] = {
    "share_for_protection": ("health_provider", "international_organisation", "partner_network", "safe_house"),
    "share_with_government": ("destination_government", "international_organisation", "transit_government"),
    "share_with_partner": ("referring_partner", "service_provider", "sponsor"),
    "public_statistics": ("public",),
}
"""Who can be a recipient for which purpose."""

FILE = 5 * 1024 * 1024
"""Bytes of a file that proves a consent, as intake takes it."""

Token = Annotated[str, Form()]
Version = Annotated[int, Form(ge=1)]
Short = Annotated[str, Form(max_length=200)]
Text = Annotated[str, Form(max_length=2000)]
Chosen = Annotated[list[str] | None, Form()]


async def show(visit: Visit, consent_id: str) -> Response:
    """The forms are for who works with the person; nobody else is asked about them."""
    consent = await visit.consents.consent(consent_id)
    person = await visit.intake.person(consent.person_id) if consent.proofs else None
    beside = () if person is None else await guardians(visit, person)
    recipients = RECIPIENTS.get(consent.purpose, consent.recipients)
    return visit.page("consent.html", consent=consent, person=person, guardians=beside, recipients=recipients)


async def show_all(visit: Visit, person_id: str) -> Response:
    """What one person consents to, with a form for each purpose."""
    person = await visit.intake.person(person_id)
    consents, beside = await asyncio.gather(visit.intake.consents(person.case_id), guardians(visit, person))
    theirs = [one for one in consents if one.person_id == person_id]
    return visit.page("consents.html", person=person, consents=theirs, guardians=beside, purposes=RECIPIENTS)


async def guardians(visit: Visit, person: Known) -> tuple[Person, ...]:
    """Who may say it for a minor."""
    if not person.minor:
        return ()
    group = await visit.intake.people(person.case_id)
    return tuple(one for one in group.people if not one.minor)


async def hearing_of(visit: Visit, person_id: str, word: str, key: str) -> str | None:
    """The id under which a word was heard, if one was typed. Errors: Refusal invalid for one that was not agreed."""
    if not word:
        return None
    heard = await visit.intake.hear_word(person_id, word, f"{key}-word")
    if not heard.matches:
        raise invalid("word_differs")
    return heard.id


async def proof_of(visit: Visit, person_id: str, form: Mapping[str, Any], key: str) -> dict[str, Any]:
    """How it was said, as intake takes it."""
    said: dict[str, Any] = {name: str(form.get(name, "")) for name in ("how", "note", "witness", "interpreter")}
    said["code_word_heard"] = await hearing_of(visit, person_id, str(form.get("word", "")), key) is not None
    return {**said, "guardian_id": form.get("guardian_id") or None}


def routes() -> APIRouter:
    router = APIRouter()
    router.include_router(_proofs())

    @router.get("/people/{person_id}/consents")
    async def see_consents(visit: Visiting, person_id: Id) -> Response:
        return await show_all(visit, person_id)

    @router.post("/people/{person_id}/consents")
    async def give(
        request: Request,
        visit: Visiting,
        person_id: Id,
        purpose: Short,
        language: Short,
        recipients: Chosen = None,
        expires_on: Short = "",
        token: Token = "",
    ) -> Response:
        key = visit.key(token)
        body = {
            "purpose": purpose,
            "recipients": recipients or [],
            "expires_on": expires_on or None,
            "language": language,
            "proof": await proof_of(visit, person_id, await request.form(), key),
        }
        given = await visit.consents.give(person_id, body, key)
        return see(f"/consents/{given.id}")

    @router.get("/consents/{consent_id}")
    async def see_consent(visit: Visiting, consent_id: Id) -> Response:
        return await show(visit, consent_id)

    @router.post("/consents/{consent_id}/narrowing")
    async def narrow(
        request: Request,
        visit: Visiting,
        consent_id: Id,
        version: Version,
        recipients: Chosen = None,
        expires_on: Short = "",
        token: Token = "",
    ) -> Response:
        key = visit.key(token)
        whose = (await visit.consents.consent(consent_id)).person_id
        proof = await proof_of(visit, whose, await request.form(), key)
        body = {"recipients": recipients or [], "expires_on": expires_on or None, "proof": proof}
        await visit.consents.change(consent_id, "narrowing", body, version, key)
        return see(f"/consents/{consent_id}")

    @router.post("/consents/{consent_id}/withdrawal")
    async def withdraw(
        visit: Visiting,
        consent_id: Id,
        version: Version,
        how: Short,
        said_by: Short,
        note: Text = "",
        word: Short = "",
        token: Token = "",
    ) -> Response:
        key = visit.key(token)
        whose = (await visit.consents.consent(consent_id)).person_id
        heard = await hearing_of(visit, whose, word, key)
        body = {"how": how, "said_by": said_by, "note": note, "hearing_id": heard}
        await visit.consents.change(consent_id, "withdrawal", body, version, key)
        return see(f"/consents/{consent_id}")

    return router


def _proofs() -> APIRouter:
    router = APIRouter()

    @router.post("/consents/{consent_id}/evidence")
    @takes_up_to(FILE + FIELDS)
    async def keep(visit: Visiting, consent_id: Id, request: Request) -> Response:
        upload = await read_upload(request, FILE)
        key = visit.key(upload.fields.get("token", ""))
        if not upload.content:
            raise invalid("no_file")
        await visit.consents.keep_evidence(consent_id, upload.content, upload.media_type, key)
        return see(f"/consents/{consent_id}")

    @router.get("/consents/{consent_id}/evidence")
    async def fetch(visit: Visiting, consent_id: Id) -> Response:
        media_type, found = await visit.consents.evidence(consent_id)
        headers = {"Content-Disposition": f'attachment; filename="consent-{consent_id[:8]}"'}
        return Response(found, 200, headers, media_type)

    return router
