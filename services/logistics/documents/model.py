"""Travel documents, entry clearances, and the papers gate.

Rule: a person is cleared for a country by an entry clearance whose day has come together with a travel document valid
on that day. The gate looks at both, so whichever is there first, the end is the same.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Literal

from shared.errors import invalid
from shared.veil import SHUT, Veil

DocumentKind = Literal["passport", "internal_passport", "travel_letter"]

TRAVEL_KINDS: frozenset[DocumentKind] = frozenset({"passport", "travel_letter"})
"""Kinds with which a border can be crossed; an internal passport only proves who somebody is."""


@dataclass(frozen=True)
class Document:
    """issuing_country: ISO 3166-1 alpha-2."""

    id: str
    kind: DocumentKind
    issuing_country: str
    number: str
    valid_until: date


@dataclass(frozen=True)
class Holder:
    """Whose a document is, and the scan that was made of it."""

    person_id: str
    case_id: str
    scan_id: str | None


@dataclass(frozen=True)
class Entry:
    """Cleared to enter a country from a day on; cleared_at: when the papers were there too."""

    id: str
    person_id: str
    case_id: str
    country: str
    from_date: date
    veiled: bool
    cleared_at: datetime | None


def check_new(valid_until: date, today: date) -> None:
    """Errors: Refusal invalid for a document that is over."""
    if valid_until < today:
        raise invalid("document_expired", "This document is no longer valid.")


def covers(documents: Collection[Document], day: date) -> bool:
    """Whether one of the documents lets its holder travel on `day`."""
    return any(it.kind in TRAVEL_KINDS and it.valid_until >= day for it in documents)


def opens_at(entry: Entry) -> datetime:
    """The instant at which the day of the clearance begins, in UTC."""
    return datetime.combine(entry.from_date, time(), UTC)


def hidden(entry: Entry, veils: Mapping[str, Veil], actor_id: str) -> bool:
    """Whether a clearance is behind a veil through which the actor may not look; without a word of it nobody may."""
    return entry.veiled and veils.get(entry.person_id, SHUT).hides_from(actor_id)


def ways(entries: Collection[Entry], country: str) -> list[Entry]:
    """The clearances with which the person is cleared for `country`."""
    return [entry for entry in entries if entry.country == country and entry.cleared_at is not None]
