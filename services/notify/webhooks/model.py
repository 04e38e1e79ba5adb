"""News of a case on its way to a partner.

Rule: a later piece of news of a case never overtakes an earlier one, a repeat is recognisable by its webhook id, and
what leaves names nothing but a pseudonym, a number and a kind. What may not leave yet is held, what may not leave any
more is recalled, and a partner who knows of a case is told when the sharing ends. After a word said under duress news
of the case stays queued until the all-clear.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import orjson

from shared.contracts.fields import as_instant
from shared.errors import conflict

State = Literal["held", "queued", "delivered", "recalled", "undeliverable"]

SHARING_ENDED = "case.sharing_ended"
"""Tells a partner to forget: it needs neither consent nor a live agreement."""

IN_THE_WAY: tuple[State, ...] = ("queued", "undeliverable")
"""States of earlier news behind which later news of the same case waits."""

PAUSES = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
)
GIVE_UP_AFTER = timedelta(days=3)


@dataclass(frozen=True)
class Delivery:
    """A piece of news for a partner. place: its order among all of the case; sequence: among those that left."""

    id: str
    partner_id: str
    case_id: str
    place: int
    kind: str
    occurred_at: datetime
    webhook_id: str
    sequence: int | None
    state: State
    attempts: int
    first_attempt_at: datetime | None
    settled_at: datetime | None
    version: int


def next_attempt(attempts: int, first_at: datetime, now: datetime, pauses: Sequence[timedelta]) -> datetime | None:
    """When to try again after `attempts` failed ones, in real time; None when it is time to give up."""
    pause = pauses[min(attempts, len(pauses)) - 1]
    return None if now + pause - first_at > GIVE_UP_AFTER else now + pause


def payload(kind: str, pseudonym: str, sequence: int, occurred_at: datetime) -> bytes:
    """What the partner reads: the same bytes at every attempt."""
    news = {"type": kind, "case": pseudonym, "sequence": sequence, "occurred_at": as_instant(occurred_at)}
    return orjson.dumps(news)


def check_retry(delivery: Delivery) -> None:
    """Errors: Refusal conflict for what was not given up."""
    if delivery.state != "undeliverable":
        raise conflict("not_undeliverable", "Only what was given up can be tried anew.")
