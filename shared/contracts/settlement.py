"""What settlement promises to tell: entry, reception, plans, countable outcomes.

Rule: events of a sealed programme look like those of any other. No event is keyed by a programme or names one, and
what would show the seal is inside sealed parts.
"""

from datetime import date
from typing import Annotated, Literal

from shared.contracts.envelope import Event, Fact
from shared.contracts.fields import Id, Instant, Sealed, To


class PathwayView(Fact):
    """How far a person's way into a country has come, as intake may show it; `None` where it may show nothing."""

    state: Literal["pathway_open", "submitted", "accepted", "refused", "withdrawn"] | None


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


class SettlingView(Fact):
    """A state at the far end, as intake may show it; `None` where it may show nothing."""

    state: Literal["in_reception", "settling"] | None


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


EVENTS: tuple[type[Event], ...] = (
    PathwayChanged,
    EntryCleared,
    ReceptionConfirmed,
    ReceptionEnded,
    PlanOpened,
    OutcomeRecorded,
    FiguresDisclosed,
)
