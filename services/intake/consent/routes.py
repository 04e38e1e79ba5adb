"""The HTTP door of consent."""

from datetime import date

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.intake.consent import model
from services.intake.consent.actions import consents as actions
from services.intake.consent.actions import evidence
from services.intake.consent.actions.consents import ConsentDetails
from services.intake.consent.model import Consent, How, Proof, Purpose, SaidBy, TakenBack, Terms, Turn, Version
from shared.contracts.fields import Id, Instant
from shared.contracts.heeding import Heeded
from shared.contracts.intake import Recipient
from shared.vault import Incoming
from shared.web import Change, Created, Door, Limit, Look, Page, Post, Send
from shared.web.bodies import takes_up_to
from shared.work import Work


class ProofBody(BaseModel):
    """How it was said. On the phone only once the code word was heard; for a minor an adult of their case says it."""

    how: How
    note: str = Field(min_length=1, max_length=2000)
    code_word_heard: bool = False
    guardian_id: Id | None = None
    witness: str = Field(default="", max_length=200)
    interpreter: str = Field(default="", max_length=200)

    def proof(self) -> Proof:
        return Proof(**self.model_dump())


class ConsentBody(BaseModel):
    """A consent as it was given: to whom, until when, how it was said, and in which language it was explained."""

    purpose: Purpose
    recipients: tuple[Recipient, ...] = Field(min_length=1, max_length=10)
    expires_on: date | None = None
    language: str = Field(pattern="^[a-z]{2,3}$")
    proof: ProofBody

    def terms(self) -> Terms:
        return Terms(self.purpose, tuple(sorted(set(self.recipients))), self.expires_on, self.language)


class WithdrawalBody(BaseModel):
    """How somebody took a consent back. hearing_id: of a word that they said, heard within the hour; none is needed."""

    how: How
    said_by: SaidBy = "person"
    note: str = Field(default="", max_length=2000)
    hearing_id: Id | None = None

    def taken_back(self) -> TakenBack:
        return TakenBack(**self.model_dump())


class NarrowingBody(BaseModel):
    """Who may still learn of the person, and until when; what is left out stays as it was."""

    recipients: tuple[Recipient, ...] = Field(min_length=1, max_length=10)
    expires_on: date | None = None
    proof: ProofBody


class ConsentView(BaseModel):
    """A consent of a person, as it counts today."""

    id: Id
    person_id: Id
    purpose: Purpose
    recipients: tuple[Recipient, ...]
    live: bool
    expires_on: date | None
    language: str
    version: int


class VersionView(BaseModel):
    """What it was from then on. proof, taken_back: null for who does not see people unmasked; an end that came by
    itself needs none."""

    number: int
    turn: Turn
    at: Instant
    by: Id
    recipients: tuple[Recipient, ...]
    expires_on: date | None
    proof: ProofBody | None
    taken_back: WithdrawalBody | None


class AnswerView(BaseModel):
    """A service acted: when, what was recalled there, and what could not be."""

    service: str
    at: Instant
    stands: Heeded


class ChangeView(BaseModel):
    """A version that the others were told of. waits_for: who has not answered; overdue: for too long."""

    number: int
    at: Instant
    answers: tuple[AnswerView, ...]
    waits_for: tuple[str, ...]
    overdue: bool


class ConsentDetailsView(ConsentView):
    """With every version, who acted on each, and whether a file proves it. proofs: whether the one who looks may read
    how it was said."""

    history: tuple[VersionView, ...]
    changes: tuple[ChangeView, ...]
    evidence: bool
    proofs: bool


def view(consent: Consent, today: date) -> ConsentView:
    terms = consent.terms
    return ConsentView(
        id=consent.id,
        person_id=consent.person_id,
        purpose=terms.purpose,
        recipients=terms.recipients,
        live=consent.holds(today),
        expires_on=terms.expires_on,
        language=terms.language,
        version=consent.version,
    )


def _version(version: Version, *, proofs: bool) -> VersionView:
    said, taken_back, terms = version.proof, version.taken_back, version.terms
    return VersionView(
        number=version.number,
        turn=version.turn,
        at=version.at,
        by=version.by,
        recipients=terms.recipients,
        expires_on=terms.expires_on,
        proof=ProofBody(**vars(said)) if said and proofs else None,
        taken_back=WithdrawalBody(**vars(taken_back)) if taken_back and proofs else None,
    )


def _change(change: model.Change, work: Work) -> ChangeView:
    answers = tuple(AnswerView(**vars(answer)) for answer in change.answers)
    return ChangeView(
        number=change.number,
        at=change.at,
        answers=answers,
        waits_for=change.waits_for,
        overdue=change.overdue(work.now),
    )


def _details(seen: ConsentDetails, work: Work) -> ConsentDetailsView:
    return ConsentDetailsView(
        **view(seen.consent, work.now.date()).model_dump(),
        history=tuple(_version(version, proofs=seen.proofs) for version in seen.history),
        changes=tuple(_change(change, work) for change in seen.changes),
        evidence=seen.evidence is not None,
        proofs=seen.proofs,
    )


async def _give(work: Work, person_id: str, body: ConsentBody) -> ConsentView:
    return view(await actions.give(work, person_id, body.terms(), body.proof.proof()), work.now.date())


async def _narrow(work: Work, consent_id: str, version: int, body: NarrowingBody) -> ConsentView:
    said = body.recipients, body.expires_on, body.proof.proof()
    return view(await actions.narrow(work, consent_id, version, *said), work.now.date())


async def _withdraw(work: Work, consent_id: str, version: int, body: WithdrawalBody) -> ConsentView:
    return view(await actions.withdraw(work, consent_id, version, body.taken_back()), work.now.date())


async def _of_case(work: Work, case_id: str, after: str | None, limit: int) -> Page[ConsentView]:
    today = work.now.date()
    return Page.from_slice(
        await actions.see_consents(work, case_id, after, limit), lambda consent: view(consent, today)
    )


async def _see(work: Work, consent_id: str) -> ConsentDetailsView:
    return _details(await actions.see_consent(work, consent_id), work)


async def _add_evidence(work: Work, consent_id: str, incoming: Incoming) -> Created:
    return Created(id=await evidence.add(work, consent_id, incoming))


_BINARY = {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in evidence.PROOFS.begins}
_FILE_BODY = {"requestBody": {"required": True, "content": _BINARY}}
_FILE_CONTENT = {"description": "The content of the file.", "content": _BINARY}


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["consent"])

    @router.post("/people/{person_id}/consents", response_model=ConsentView, status_code=201)
    async def give(person_id: Id, body: ConsentBody, call: Post) -> Response:
        return await door.act(call, lambda work: _give(work, person_id, body), 201)

    @router.post("/consents/{consent_id}/narrowing", response_model=ConsentView)
    async def narrow(consent_id: Id, body: NarrowingBody, call: Change) -> Response:
        return await door.act(call, lambda work: _narrow(work, consent_id, call.version, body))

    @router.post("/consents/{consent_id}/withdrawal", response_model=ConsentView)
    async def withdraw(consent_id: Id, body: WithdrawalBody, call: Change) -> Response:
        return await door.act(call, lambda work: _withdraw(work, consent_id, call.version, body))

    @router.get("/consents/{consent_id}", response_model=ConsentDetailsView)
    async def see_consent(consent_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see(work, consent_id))

    @router.post("/consents/{consent_id}/evidence", response_model=Created, status_code=201, openapi_extra=_FILE_BODY)
    @takes_up_to(evidence.PROOFS.most)
    async def add_evidence(consent_id: Id, call: Send) -> Response:
        """Put a file beside the consent that proves it; the body is the file."""
        return await door.take_in(
            call,
            evidence.PROOFS,
            lambda work: evidence.begin(work, consent_id),
            lambda work, incoming: _add_evidence(work, consent_id, incoming),
        )

    @router.get("/consents/{consent_id}/evidence", response_class=Response, responses={200: _FILE_CONTENT})
    async def see_evidence(consent_id: Id, call: Look) -> Response:
        """The file that proves the consent, as it was sent."""
        return await door.hand_out(call, lambda work: evidence.see(work, consent_id))

    @router.get("/cases/{case_id}/consents", response_model=Page[ConsentView])
    async def see_consents(case_id: Id, call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _of_case(work, case_id, after, limit))

    return router
