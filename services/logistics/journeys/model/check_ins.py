"""Check-ins: a report is awaited at the end of each leg, and silence is an alarm.

Rule: the ladder is climbed by the hour at which the report was awaited, each step once; a report ends it. A report
with the duress word in it is a report like any other.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from services.logistics.journeys.model.journeys import Journey, Route
from shared import spoken
from shared.errors import conflict

Step = Literal["due", "after_15_minutes", "after_30_minutes", "after_60_minutes"]

LADDER: tuple[tuple[Step, timedelta], ...] = (
    ("due", timedelta()),
    ("after_15_minutes", timedelta(minutes=15)),
    ("after_30_minutes", timedelta(minutes=30)),
    ("after_60_minutes", timedelta(minutes=60)),
)


@dataclass(frozen=True)
class Leg:
    """id: the check-in awaited at its end. number: 1 for the first. climbed: how many steps of the ladder were told."""

    id: str
    journey_id: str
    number: int
    route: Route
    climbed: int
    checked_in_at: datetime | None


def next_step(expected_by: datetime, climbed: int) -> tuple[Step, datetime] | None:
    """The step after those climbed and the instant at which it is due; None at the top."""
    if climbed == len(LADDER):
        return None
    step, after = LADDER[climbed]
    return step, expected_by + after


def check_left(journey: Journey) -> None:
    """Whoever left may report, also after the arrival was recorded: by then a duress word must still look ordinary.

    Errors: Refusal conflict when the group has not left.
    """
    if journey.state in ("planned", "cancelled"):
        raise conflict("not_on_the_way", "Check-ins are taken once the group has left.")


def is_duress(duress_word: str | None, word: str | None) -> bool:
    """Whether the duress word was said, in whatever letters and among whatever blanks."""
    if duress_word is None or word is None:
        return False
    return spoken.same(duress_word, word)
