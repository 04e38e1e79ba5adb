"""What logistics promises to tell: shelter, papers, travel. Never where a house is."""

from typing import Annotated, Literal

from shared.contracts.envelope import Event, Fact
from shared.contracts.fields import Id, Instant, Sealed, To


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


class CheckInMissed(Event, publisher="logistics", key="case_id"):
    """Nobody reported by the expected time. Each step of the ladder is told once; the last again for a new alarm."""

    case_id: Id
    journey_id: Id
    check_in_id: Id
    at: Instant
    step: Literal["due", "after_15_minutes", "after_30_minutes", "after_60_minutes"]


class CheckInReceived(Event, publisher="logistics", key="case_id"):
    """The report came after it had been missed: the ladder ends."""

    case_id: Id
    journey_id: Id
    check_in_id: Id
    at: Instant


EVENTS: tuple[type[Event], ...] = (
    StayChanged,
    PersonCleared,
    JourneyDeparted,
    JourneyArrived,
    CheckInMissed,
    CheckInReceived,
)
