"""What intake promises to tell: cases, who may see them, and what people consent to."""

from datetime import date
from typing import Annotated, Literal

from shared.contracts.audit import AuditHead
from shared.contracts.envelope import Event, Fact
from shared.contracts.fields import Id, Instant, Sealed, To
from shared.contracts.glass import Breaking


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


class JoinedFacts(MemberFacts):
    """The same of somebody who joined a case later. number: counts each time that this person joined one, or came to
    lead it; the highest holds, whatever comes last."""

    number: int


class JoinedPerson(Fact):
    """Somebody who joined a case."""

    person_id: Id
    facts: Annotated[Sealed[JoinedFacts], To("logistics", "settlement")]


class PeopleJoined(Event, publisher="intake", key="case_id"):
    """From now on these people are processed with this case: they came later, or from another one."""

    case_id: Id
    at: Instant
    people: tuple[JoinedPerson, ...]
    from_case_id: Id | None = None
    """The case that they were on before, if they were on one."""


class CaseStateChanged(Event, publisher="intake", key="case_id"):
    """Intake's own part of the journey went on."""

    case_id: Id
    at: Instant
    state: Literal["verifying", "verified", "not_verified", "triaged", "planned", "closed", "reopened"]
    standing: Literal["suspended", "supported", "going_on"] | None = None
    """Whether the case rests, or begins to go on again, in that state; supported: its people stay where they are."""


class AccessChanged(Event, publisher="intake", key="case_id"):
    """Who may see a case from now on: all assigned staff, never a recused one. Replaces the earlier lists."""

    case_id: Id
    at: Instant
    assigned: tuple[Id, ...]
    recused: tuple[Id, ...] = ()


Recipient = Literal[
    "partner_network",
    "safe_house",
    "health_provider",
    "international_organisation",
    "destination_government",
    "transit_government",
    "referring_partner",
    "sponsor",
    "service_provider",
    "public",
]
"""A class of those who may learn of a person."""


class ConsentTerms(Fact):
    """One purpose, and the classes of recipients that it names."""

    purpose: Literal["share_for_protection", "share_with_government", "share_with_partner", "public_statistics"]
    live: bool
    expires_on: date | None = None
    recipients: tuple[Recipient, ...] | None = None
    """None: every class that the purpose has."""

    def reaches(self, recipient: Recipient) -> bool:
        """Whether this class may learn of the person, until it expires."""
        return self.live and (self.recipients is None or recipient in self.recipients)


class ConsentChanged(Event, publisher="intake", key="case_id"):
    """A person gave, narrowed or withdrew a consent. Who holds copies acts on it at once."""

    case_id: Id
    person_id: Id
    at: Instant
    terms: Annotated[Sealed[ConsentTerms], To("logistics", "settlement", "notify")]


class SaidWord(Fact):
    """What only notify learns of a word that was said: whether it was the duress word. taken_by: who typed it."""

    duress: bool
    taken_by: Id


class CodeWordSaid(Event, publisher="intake", key="case_id"):
    """A person on a case said a word to be known by; told of every word, so that none stands out."""

    case_id: Id
    person_id: Id
    hearing_id: Id
    at: Instant
    word: Annotated[Sealed[SaidWord], To("notify")]


class DutyCalled(Event, publisher="intake", key="case_id"):
    """Something that staff must do asks for somebody: soon due, overdue, or overdue for long. What it is, intake says.

    case_id: its case, or the request that is none yet.
    """

    case_id: Id
    duty_id: Id
    at: Instant
    step: Literal["reminder", "overdue", "escalated"]


class DutySettled(Event, publisher="intake", key="case_id"):
    """A duty that called for somebody is done, moved, or no longer wanted."""

    case_id: Id
    duty_id: Id
    at: Instant


class GlassBroken(Breaking, Event, publisher="intake", key="case_id"):
    """Somebody looks into a case that is not theirs."""


class TokensRevoked(Event, publisher="intake", key="actor_id"):
    """Whatever was issued to this person up to `before`, an instant of real time, is refused everywhere."""

    actor_id: Id
    at: Instant
    before: Instant


class AuditHeadReached(Event, publisher="intake", key="chain_id"):
    """The audit log has come this far; who hears it keeps it, so that a log cut off or rewritten later is found out."""

    chain_id: Id
    at: Instant
    head: Annotated[Sealed[AuditHead], To("logistics", "settlement", "notify")]


class PersonErased(Event, publisher="intake", key="case_id", erasure=True):
    """Two people decided to erase a person: whoever holds anything about them destroys it and says so.

    case: whether anybody is left on it; when it ends, what is known of it goes too.
    """

    case_id: Id
    person_id: Id
    erasure_id: Id
    at: Instant
    case: Literal["goes_on", "ends"]
    referral_ids: tuple[Id, ...] = ()
    """The partners' referrals that were about the person."""
    former_case_ids: tuple[Id, ...] = ()
    """The cases on which they had been before: what was said of them there goes as well."""


class EventsPurged(Event, publisher="intake", key="case_id", erasure=True):
    """After an erasure the events of the case were removed from the stream; its envelope says where to go on."""

    case_id: Id
    at: Instant


EVENTS: tuple[type[Event], ...] = (
    CaseOpened,
    PeopleJoined,
    CaseStateChanged,
    AccessChanged,
    ConsentChanged,
    CodeWordSaid,
    DutyCalled,
    DutySettled,
    GlassBroken,
    TokensRevoked,
    AuditHeadReached,
    PersonErased,
    EventsPurged,
)
