"""Splitting a group: some of a case travel apart from the others.

Rule: a split is proposed by one person and decided by another, and it never separates a minor: none goes apart, and
none is left without an adult.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import orjson

from shared.errors import conflict

SplitState = Literal["proposed", "approved", "rejected", "expired"]

STATES: Mapping[str, SplitState] = {
    "open": "proposed",
    "approved": "approved",
    "rejected": "rejected",
    "expired": "expired",
}
"""What became of a split, by what became of its approval."""

TIME_TO_DECIDE = timedelta(days=7)


@dataclass(frozen=True)
class Split:
    """person_ids_apart: who would travel apart from the rest of the case."""

    id: str
    case_id: str
    approval_id: str
    person_ids_apart: tuple[str, ...]
    state: SplitState
    expires_at: datetime

    @property
    def version(self) -> int:
        """One decision ends it, so there are two."""
        return 1 if self.state == "proposed" else 2


def check_split(apart: Collection[str], members: Collection[str], minors: Collection[str]) -> None:
    """apart: all who would be apart from the rest, by this split and by those approved before.

    Errors: Refusal conflict when nobody would remain, or a minor would be separated.
    """
    rest = set(members) - set(apart)
    if not rest:
        raise conflict("nobody_remains", "A split leaves somebody on each side.")
    if set(apart) & set(minors) or (rest & set(minors) and rest <= set(minors)):
        raise conflict("minor_not_separated", "A minor is never separated by a split.")


def approved_content(case_id: str, apart: Collection[str], reason: str) -> bytes:
    """The bytes that are proposed and signed."""
    return orjson.dumps(["split", case_id, sorted(apart), reason])
