"""In which order requests are worked on: what cannot wait goes first, and waiting makes everything urgent.

Rule: nobody starves. Each urgency has a patience; a request is due when its patience is over, and the first due comes
first. So an emergency passes everything that came within a month before it, and after a month nothing passes a
request any more, however many emergencies follow.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from services.intake.requests.model.asking import Urgency

PATIENCE: Mapping[Urgency, timedelta] = {
    "emergency": timedelta(0),
    "urgent": timedelta(days=7),
    "normal": timedelta(days=30),
}


class Waiting(Protocol):
    """Something that waits, since when, and how urgently."""

    @property
    def id(self) -> str: ...
    @property
    def urgency(self) -> Urgency: ...
    @property
    def received_at(self) -> datetime: ...


W = TypeVar("W", bound=Waiting)


def due(urgency: Urgency, received_at: datetime) -> datetime:
    """When it can wait no longer."""
    return received_at + PATIENCE[urgency]


def in_order(requests: Iterable[W]) -> list[W]:
    """The first due first; of two that are due at once the one that came first."""
    return sorted(requests, key=lambda one: (due(one.urgency, one.received_at), one.received_at, one.id))
