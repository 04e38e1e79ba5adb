"""What intake promises to tell: cases, who may see them, and what people consent to."""

from datetime import date
from typing import Annotated, Literal

from shared.contracts.envelope import Event, Fact
from shared.contracts.fields import Id, Instant, Sealed, To


class MemberFacts(Fact):
    """What the far services need to know of a member to move and settle the group."""

    principal: bool
    born_on: date
    country_of_danger: str
    """ISO 3166-1 alpha-2."""


class CaseMember(Fact):
    """A person of a case."""

    person_id: Id
    facts: Annotated[Sealed[MemberFacts], To("logistics", "settlement")]


class CaseOpened(Event, publisher="intake", key="case_id"):
    """A request was accepted: these people are processed together."""

    case_id: Id
    at: Instant
    members: tuple[CaseMember, ...]
    referral_id: Id | None = None
    """The partner's referral that began it, where there was one."""


class CaseStateChanged(Event, publisher="intake", key="case_id"):
    """Intake's own part of the journey went on."""

    case_id: Id
    at: Instant
    state: Literal["verifying", "verified", "not_verified", "triaged", "planned", "closed", "reopened"]


class AccessChanged(Event, publisher="intake", key="case_id"):
    """Who may see a case from now on: all assigned staff, never a recused one. Replaces the earlier lists."""

    case_id: Id
    at: Instant
    assigned: tuple[Id, ...]
    recused: tuple[Id, ...] = ()


class ConsentTerms(Fact):
    """One purpose and one class of recipients."""

    purpose: Literal["share_for_protection", "share_with_government", "share_with_partner", "public_statistics"]
    live: bool
    expires_on: date | None = None


class ConsentChanged(Event, publisher="intake", key="case_id"):
    """A person gave, narrowed or withdrew a consent. Who holds copies acts on it at once."""

    case_id: Id
    person_id: Id
    at: Instant
    terms: Annotated[Sealed[ConsentTerms], To("logistics", "settlement", "notify")]


EVENTS: tuple[type[Event], ...] = (CaseOpened, CaseStateChanged, AccessChanged, ConsentChanged)
