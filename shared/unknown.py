"""Rows of the audit log that somebody may not know of, left out wherever the log is read.

Rule: what is left out leaves no gap: a page is filled up from behind it, and ends where it would end if it were not
there. What names nothing but an id that somebody asked for in vain always stays, because it says the same of an id
that is not there; a look at a list, whose verb is in the plural, stays without what of it is unknown.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from sqlalchemy import Select, SelectBase, select

from shared.access.grants import access_entries
from shared.audit import AuditEntry
from shared.work import Work

LEAST = 100
"""How many rows are read at a time, at least."""

ASKED = 50
"""How many rows are asked about at a time: each may name a few hundred ids."""

ASKS_THE_LOG = "see_audit"


@dataclass(frozen=True)
class Unseen:
    """What an actor may not know of some rows: these ids; and all that these rows name, by their place."""

    ids: frozenset[str] = frozenset()
    places: frozenset[int] = frozenset()

    def __or__(self, other: "Unseen") -> "Unseen":
        return Unseen(self.ids | other.ids, self.places | other.places)


Unknown = Callable[[Work, Sequence[AuditEntry]], Awaitable[Unseen]]
"""What of these rows the present actor may not know."""


async def nothing(_work: Work, _rows: Sequence[AuditEntry]) -> Unseen:
    """A service that hides nothing."""
    return Unseen()


def named(rows: Sequence[AuditEntry]) -> set[str]:
    """Every id that the rows name."""
    return {one for row in rows for one in (*row.subjects, *((row.case_id,) if row.case_id else ()))}


def about(rows: Sequence[AuditEntry], verbs: Mapping[str, slice]) -> dict[int, Sequence[str]]:
    """By place of the rows with these verbs: the subjects that the slice takes."""
    return {place: row.subjects[verbs[row.verb]] for place, row in enumerate(rows) if row.verb in verbs}


def in_vain(entry: AuditEntry) -> bool:
    """Whether it names only what was asked for, of which the one who asked saw nothing."""
    refused = entry.denied and entry.case_id is None
    return (refused or entry.verb == ASKS_THE_LOG) and len(entry.subjects) == 1


async def ids_among(work: Work, hidden: SelectBase, ids: Collection[str]) -> frozenset[str]:
    """Those of `ids` that a query of one column finds."""
    found = hidden.subquery()
    query = select(found.c[0]).where(found.c[0].in_(ids))
    return frozenset((await work.execute(query)).scalars())


async def recusals(work: Work) -> frozenset[str]:
    """The cases that the actor must keep away from."""
    theirs = (access_entries.c.actor_id == work.actor.id) & (access_entries.c.relation == "recused")
    return frozenset((await work.execute(select(access_entries.c.case_id).where(theirs))).scalars())


async def read(
    work: Work,
    query: Callable[[int | None], Select[Any]],
    unknown: Unknown,
    limit: int,
    asked: Collection[str] = (),
) -> list[tuple[int, AuditEntry]]:
    """At most `limit` rows that the actor may know, each with its place.

    query: from a place to rows of AUDIT behind it with their `place`, in order. asked: what the actor looks for: of
    what they may not know nothing is found, not even a list that it was on.
    """
    found: list[tuple[int, AuditEntry]] = []
    many, after = max(limit, LEAST), None
    while len(found) < limit:
        rows = (await work.execute(query(after).limit(many))).all()
        for first in range(0, len(rows), ASKED):
            some = rows[first : first + ASKED]
            known = _known([_entry(row) for row in some], await unknown(work, [_entry(row) for row in some]), asked)
            found += [(row.place, entry) for row, entry in zip(some, known, strict=True) if entry is not None]
        if len(rows) < many:
            break
        after = rows[-1].place
    return found[:limit]


def _known(entries: Sequence[AuditEntry], unseen: Unseen, asked: Collection[str]) -> list[AuditEntry | None]:
    known: list[AuditEntry | None] = []
    for place, entry in enumerate(entries):
        whole = place in unseen.places
        ids = unseen.ids | set(entry.subjects) if whole else unseen.ids
        known.append(None if whole and not _lists(entry.verb) else _without(entry, ids, asked))
    return known


def _without(entry: AuditEntry, ids: frozenset[str], asked: Collection[str]) -> AuditEntry | None:
    if in_vain(entry) or ids.isdisjoint(named([entry])):
        return entry
    if entry.case_id in ids or not ids.isdisjoint(asked) or not _lists(entry.verb):
        return None
    return replace(entry, subjects=tuple(one for one in entry.subjects if one not in ids))


def _lists(verb: str) -> bool:
    return verb.startswith("see_") and verb.endswith("s")


def _entry(row: Any) -> AuditEntry:
    return AuditEntry(
        row.at,
        row.actor_id,
        row.actor_kind,
        row.verb,
        row.case_id,
        tuple(orjson.loads(row.subjects)),
        row.correlation_id,
        bool(row.denied),
    )
