"""An unverified ask: what was told, by whom, and in which states it can be.

Rule: nothing that was received disappears. What somebody asks for another person is the asker's word: who may be
contacted about it is said with it, and a person who was not asked gets no case.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.intake.people.model.safe_contact import SafeContact
from shared.errors import conflict, invalid

Channel = Literal["web", "phone", "messenger", "partner", "api"]
"""How an ask came in. api: by any other channel that has a token."""

AskedBy = Literal["self", "relative", "partner"]
Agreement = Literal["yes", "no", "unknown"]
Urgency = Literal["emergency", "urgent", "normal"]
RequestState = Literal[
    "new", "in_scope", "spam", "out_of_scope", "referred_out", "unreachable", "withdrawn", "merged", "accepted"
]

OPEN: tuple[RequestState, ...] = ("new", "in_scope")
"""Somebody has to do something with it."""


@dataclass(frozen=True)
class ThirdParty:
    """Who asks for somebody else. person_agrees: whether the person it is about knows and agrees, as far as said.

    contact_person: whether it is safe to contact the person; else only who asks is contacted, by `safe_contact`.
    """

    name: str
    contact: str
    person_agrees: Agreement
    contact_person: bool
    safe_contact: SafeContact | None = None


@dataclass(frozen=True)
class Telling:
    """What was told; stored encrypted under the request's key. country: ISO 3166-1 alpha-2, empty when not told.

    safe_contact: how the person can be reached, of the shape that it has once there is a person on a case.
    """

    name: str
    contact: str
    country: str
    story: str
    third_party: ThirdParty | None = None
    safe_contact: SafeContact | None = None


@dataclass(frozen=True)
class Told:
    """What was told as somebody may read it; name, contact and who asked are None when masked."""

    name: str | None
    contact: str | None
    country: str
    story: str
    third_party: ThirdParty | None
    masked: bool


def told(telling: Telling, *, masked: bool) -> Told:
    """masked: the request is a case, and who reads does not work with its people."""
    if masked:
        return Told(None, None, telling.country, telling.story, None, True)
    return Told(telling.name, telling.contact, telling.country, telling.story, telling.third_party, False)


@dataclass(frozen=True)
class HelpRequest:
    """A request for help, without what was told. claimed_by: who works on it until `claimed_until`."""

    id: str
    state: RequestState
    channel: Channel
    language: str
    asked_by: AskedBy
    urgency: Urgency
    referral_id: str | None
    merged_into: str | None
    case_id: str | None
    received_at: datetime
    claimed_by: str | None
    claimed_until: datetime | None
    version: int

    @property
    def emergency(self) -> bool:
        return self.urgency == "emergency"


def received(
    request_id: str,
    channel: Channel,
    language: str,
    asked_by: AskedBy,
    urgency: Urgency,
    at: datetime,
    referral_id: str | None,
) -> HelpRequest:
    """A request as it begins."""
    told = (channel, language, asked_by, urgency, referral_id)
    return HelpRequest(request_id, "new", *told, None, None, at, None, None, 1)


def check_asked(asked_by: AskedBy, telling: Telling) -> None:
    """Errors: Refusal invalid when somebody asks for themselves and names another asker."""
    if asked_by == "self" and telling.third_party is not None:
        raise invalid("nobody_else_asks", "Who asks for themselves asks for nobody else.")


def with_agreement(telling: Telling, agrees: Agreement, *, contact_person: bool) -> Telling:
    """What was found out about whether the person agrees. Errors: Refusal conflict when nobody else asked for them."""
    if telling.third_party is None:
        raise conflict("nobody_else_asks", "Nobody else is named who asked for this person.")
    known = replace(telling.third_party, person_agrees=agrees, contact_person=contact_person)
    return replace(telling, third_party=known)


def check_accept(request: HelpRequest, telling: Telling) -> None:
    """Errors: Refusal conflict unless it was found in scope and the person, as far as is known, agrees."""
    if request.state != "in_scope":
        raise conflict("wrong_state", f"A request that is {request.state} cannot become a case.")
    if telling.third_party is not None and telling.third_party.person_agrees == "no":
        raise conflict("person_does_not_agree", "The person whom this is about does not know of it or does not agree.")
