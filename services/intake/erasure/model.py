"""What an erasure takes with it, and from when on nothing opens what was.

Rule: two people sign exactly what goes and what stays. An erasure cannot be undone, and nobody who was erased is
reopened; a case that nobody is left on goes with its last person.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

import orjson

from shared.errors import invalid

State = Literal["open", "approved", "rejected", "expired", "replaced"]
"""Of the approval; replaced: something newer was proposed instead."""

OPEN_FOR = timedelta(days=7)
LATE = timedelta(hours=1)
SEALED_FOR = timedelta(days=7 + 35)
"""A key that events are sealed to is used for a week at most, and destroyed 35 days after that."""


@dataclass(frozen=True)
class Extent:
    """What goes with a person, and what of their case stays; ids only."""

    person_id: str
    case_id: str
    requests: tuple[str, ...]
    kept_people: tuple[str, ...]
    kept_requests: tuple[str, ...]

    @property
    def ends_case(self) -> bool:
        return not self.kept_people

    @property
    def digest(self) -> str:
        """What an approval keeps of it: SHA-256, 64 hex digits."""
        return hashlib.sha256(self.canonical()).hexdigest()

    def canonical(self) -> bytes:
        """The bytes that an approval is bound to."""
        return orjson.dumps({**vars(self), "ends_case": self.ends_case}, option=orjson.OPT_SORT_KEYS)


@dataclass(frozen=True)
class Proposal:
    """A wish to erase somebody, and how far it came."""

    id: str
    person_id: str
    case_id: str
    approval_id: str
    requests: tuple[str, ...]
    state: State
    proposed_by: str
    expires_at: datetime

    @property
    def version(self) -> int:
        """It changes once: when it is decided, or is over."""
        return 1 if self.state == "open" else 2


def extent(
    person_id: str, case_id: str, wanted: Collection[str], people: Collection[str], requests: Collection[str]
) -> Extent:
    """people, requests: all of the case; wanted: which of its requests are the person's. With the last person all go.

    Errors: Refusal invalid when a request is not of this case.
    """
    if not set(wanted) <= set(requests):
        raise invalid("not_of_this_case", "A request named is not of this case.")
    kept = tuple(sorted(set(people) - {person_id}))
    going = tuple(sorted(wanted if kept else requests))
    return Extent(person_id, case_id, going, kept, tuple(sorted(set(requests) - set(going))))


def opens_nothing_after(
    erased_at: datetime, keys_destroyed: Mapping[str, datetime], services: Collection[str], backups: timedelta
) -> date | None:
    """The day after which no backup opens anything about the person; None while a service still holds a key.

    backups: how long a backup of a key store or of private keys is kept.
    """
    if not set(keys_destroyed) >= set(services):
        return None
    last = max(erased_at + SEALED_FOR, *keys_destroyed.values())
    return (last + backups + timedelta(days=1)).date()
