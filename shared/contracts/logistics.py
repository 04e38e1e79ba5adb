"""What logistics promises to tell: shelter, papers, travel. Never where a house is."""

from typing import Annotated, Literal

from shared.contracts.audit import AuditHead
from shared.contracts.envelope import Event, Fact
from shared.contracts.fields import Id, Instant, Sealed, To
from shared.contracts.glass import Breaking
from shared.contracts.heeding import Heeding


class StayChanged(Event, publisher="logistics", key="case_id"):
    """Beds for people of a case: held, slept in, left, or let go because nobody came."""

    case_id: Id
    stay_id: Id
    person_ids: tuple[Id, ...]
    at: Instant
    state: Literal["held", "sheltered", "left", "hold_expired", "released"]


class TravelTerms(Fact):
    """How openly a person's travel may be told. A veiled one shows nothing to who is not on the list."""

    veiled: bool


class Traveller(Fact):
    """A person who travels."""

    person_id: Id
    terms: Annotated[Sealed[TravelTerms], To("intake", "settlement")]


class PersonCleared(Event, publisher="logistics", key="case_id"):
    """Papers and entry are both there: the person may travel."""

    case_id: Id
    person_id: Id
    at: Instant
    terms: Annotated[Sealed[TravelTerms], To("intake")]


class JourneyDeparted(Event, publisher="logistics", key="case_id"):
    """A group left."""

    case_id: Id
    journey_id: Id
    at: Instant
    travellers: tuple[Traveller, ...]


class Arrival(Fact):
    """Where a person arrived, confirmed."""

    country: str
    """ISO 3166-1 alpha-2."""
    outside_country_of_danger: bool
    veiled: bool


class ArrivedPerson(Fact):
    """A person whose arrival was confirmed."""

    person_id: Id
    arrival: Annotated[Sealed[Arrival], To("intake", "settlement")]


class JourneyArrived(Event, publisher="logistics", key="case_id"):
    """A group arrived; the persons named are the manifest that reception counts."""

    case_id: Id
    journey_id: Id
    at: Instant
    arrivals: tuple[ArrivedPerson, ...]


class Report(Fact):
    """What only notify learns of a check-in: how openly it may be told, and whether somebody was forced to make it.

    `may_look` always has the same length. `said_by`: who reported, or the service itself.
    """

    veiled: bool
    may_look: tuple[Id, ...]
    duress: bool
    said_by: Id


class CheckInMissed(Event, publisher="logistics", key="case_id"):
    """Nobody reported by the expected time. Each step of the ladder is told once; the last again for a new alarm."""

    case_id: Id
    journey_id: Id
    check_in_id: Id
    at: Instant
    step: Literal["due", "after_15_minutes", "after_30_minutes", "after_60_minutes"]
    person_ids: tuple[Id, ...] = ()
    report: Annotated[Sealed[Report], To("notify")] | None = None


class CheckInReceived(Event, publisher="logistics", key="case_id"):
    """A report came, or the group was counted without one: a ladder that was climbed ends."""

    case_id: Id
    journey_id: Id
    check_in_id: Id
    at: Instant
    person_ids: tuple[Id, ...] = ()
    report: Annotated[Sealed[Report], To("notify")] | None = None


class GlassBroken(Breaking, Event, publisher="logistics", key="case_id"):
    """Somebody looks into a case that is not theirs."""


class AuditHeadReached(Event, publisher="logistics", key="chain_id"):
    """The audit log has come this far; who hears it keeps it, so that a log cut off or rewritten later is found out."""

    chain_id: Id
    at: Instant
    head: Annotated[Sealed[AuditHead], To("intake", "settlement", "notify")]


class ConsentAcknowledged(Heeding, Event, publisher="logistics", key="case_id"):
    """A consent changed, and logistics has acted on it."""


class ErasureCompleted(Event, publisher="logistics", key="case_id", erasure=True):
    """Nothing that logistics held about an erased person can be read any more."""

    case_id: Id
    person_id: Id
    at: Instant


class EventsPurged(Event, publisher="logistics", key="case_id", erasure=True):
    """After an erasure the events of the case were removed from the stream; its envelope says where to go on."""

    case_id: Id
    at: Instant


EVENTS: tuple[type[Event], ...] = (
    StayChanged,
    PersonCleared,
    JourneyDeparted,
    JourneyArrived,
    CheckInMissed,
    CheckInReceived,
    GlassBroken,
    AuditHeadReached,
    ConsentAcknowledged,
    ErasureCompleted,
    EventsPurged,
)
