"""Splitting a group: some of a case travel apart from the others.

Rule: a split is proposed by one person and decided by another, and it never separates a minor: none goes apart, and
none is left without an adult.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import orjson

from shared.errors import conflict

SplitState = Literal["proposed", "approved", "rejected", "expired"]

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
    version: int


def check_split(apart: Collection[str], members: Collection[str], minors: Collection[str]) -> None:
    """apart: all who would be apart from the rest, by this split and by those approved before.

    Errors: Refusal conflict when nobody would remain, or a minor would be separated.
    """
    rest = set(members) - set(apart)
    if not rest:
        raise conflict("nobody_remains", "A split leaves somebody on each side.")
    if set(apart) & set(minors) or (rest & set(minors) and rest <= set(minors)):
        raise conflict("minor_not_separated", "A minor is never separated by a split.")


def check_proposed(split: Split) -> None:
    """Errors: Refusal conflict when it was decided before, or nobody did in time."""
    if split.state != "proposed":
        raise conflict("already_decided", f"This split is {split.state}.")


def approved_content(case_id: str, apart: Collection[str], reason: str) -> bytes:
    """The bytes that are proposed and signed."""
    return orjson.dumps(["split", case_id, sorted(apart), reason])
