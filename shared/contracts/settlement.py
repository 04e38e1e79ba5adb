"""What settlement promises to tell: entry, reception, plans, countable outcomes.

Rule: events of a sealed programme look like those of any other. No event is keyed by a programme or names one, and
what would show the seal is inside sealed parts.
"""

from datetime import date
from typing import Annotated, Literal

from shared.contracts.audit import AuditHead
from shared.contracts.envelope import Event, Fact
from shared.contracts.fields import Id, Instant, Sealed, To
from shared.contracts.glass import Breaking
from shared.contracts.heeding import Heeding


class PathwayView(Fact):
    """How far a person's way into a country has come, as intake may show it; `None` where it may show nothing."""

    state: Literal["pathway_open", "submitted", "accepted", "refused", "withdrawn"] | None
    behind: Literal["accepted"] | None = None
    """What only those may see who may look behind the veil."""


class PathwayPerson(Fact):
    """A person on a pathway."""

    person_id: Id
    view: Annotated[Sealed[PathwayView], To("intake")]


class PathwayChanged(Event, publisher="settlement", key="case_id"):
    """A submission, decision or withdrawal."""

    case_id: Id
    at: Instant
    persons: tuple[PathwayPerson, ...]


class EntryClearance(Fact):
    """Cleared to enter a country from a date on; never why."""

    country: str
    """ISO 3166-1 alpha-2."""
    from_date: date
    veiled: bool


class ClearedPerson(Fact):
    """A person with a way in."""

    person_id: Id
    clearance: Annotated[Sealed[EntryClearance], To("logistics")]


class EntryCleared(Event, publisher="settlement", key="case_id"):
    """These people may enter; logistics adds its papers gate."""

    case_id: Id
    at: Instant
    persons: tuple[ClearedPerson, ...]


class Sight(Fact):
    """Whether the later journey of people is veiled, and who may look at it all the same.

    `may_look` always has the same length: whoever reads it cannot even count who is meant.
    """

    veiled: bool
    may_look: tuple[Id, ...]


class SightChanged(Event, publisher="settlement", key="case_id"):
    """Who may look at the later journey of these people from now on. Told for everyone; replaces what was told."""

    case_id: Id
    at: Instant
    person_ids: tuple[Id, ...]
    sight: Annotated[Sealed[Sight], To("intake", "logistics", "notify")]


class SettlingView(Fact):
    """A state at the far end, as intake may show it; `None` where it may show nothing."""

    state: Literal["in_reception", "settling"] | None
    behind: Literal["in_reception", "settling"] | None = None
    """What only those may see who may look behind the veil."""


class SettlingPerson(Fact):
    """A person at the far end."""

    person_id: Id
    view: Annotated[Sealed[SettlingView], To("intake")]


class ReceptionConfirmed(Event, publisher="settlement", key="case_id"):
    """Both sides confirmed the hand-over and the head-count equals the manifest."""

    case_id: Id
    journey_id: Id
    at: Instant
    persons: tuple[SettlingPerson, ...]


class ReceptionEnded(Event, publisher="settlement", key="case_id"):
    """The weeks of reception are over."""

    case_id: Id
    journey_id: Id
    at: Instant
    persons: tuple[SettlingPerson, ...]


class PlanOpened(Event, publisher="settlement", key="case_id"):
    """A person has a settlement plan."""

    case_id: Id
    plan_id: Id
    at: Instant
    person: SettlingPerson


class CountedOutcome(Fact):
    """Whether a person counts in a figure in public today."""

    figure: Literal["helped_to_escape", "settled_in_canada"]
    counted: bool


class OutcomeRecorded(Event, publisher="settlement", key="case_id"):
    """A person reached what a public figure counts. Told for everyone; only notify learns whether it counts yet."""

    case_id: Id
    person_id: Id
    at: Instant
    outcome: Annotated[Sealed[CountedOutcome], To("notify")]


class DisclosedFigure(Fact):
    """A number as two people signed it."""

    figure: Literal["helped_to_escape", "settled_in_canada"]
    value: int
    definition: str
    as_of: date
    source: str


class FigureRelease(Fact):
    """What may be said in public from now on."""

    figures: tuple[DisclosedFigure, ...]


class FiguresDisclosed(Event, publisher="settlement", key="release_id"):
    """Two people signed a disclosure; notify publishes exactly what they signed."""

    release_id: Id
    at: Instant
    release: Annotated[Sealed[FigureRelease], To("notify")]


class GlassBroken(Breaking, Event, publisher="settlement", key="case_id"):
    """Somebody looks into a case that is not theirs."""


class AuditHeadReached(Event, publisher="settlement", key="chain_id"):
    """The audit log has come this far; who hears it keeps it, so that a log cut off or rewritten later is found out."""

    chain_id: Id
    at: Instant
    head: Annotated[Sealed[AuditHead], To("intake", "logistics", "notify")]


class ConsentAcknowledged(Heeding, Event, publisher="settlement", key="case_id"):
    """A consent changed, and settlement has acted on it."""


class ErasureCompleted(Event, publisher="settlement", key="case_id", erasure=True):
    """Nothing that settlement held about an erased person can be read any more."""

    case_id: Id
    person_id: Id
    at: Instant


class EventsPurged(Event, publisher="settlement", key="case_id", erasure=True):
    """After an erasure the events of the case were removed from the stream; its envelope says where to go on."""

    case_id: Id
    at: Instant


EVENTS: tuple[type[Event], ...] = (
    PathwayChanged,
    SightChanged,
    EntryCleared,
    ReceptionConfirmed,
    ReceptionEnded,
    PlanOpened,
    OutcomeRecorded,
    FiguresDisclosed,
    GlassBroken,
    AuditHeadReached,
    ConsentAcknowledged,
    ErasureCompleted,
    EventsPurged,
)
