"""How many cases one person has, and how a case goes from one to another.

Rule: nobody gets more cases than their cap, unless a manager says why. A case that is handed over is with the giver
until the taker accepts, and with the taker from that moment on: never with nobody, never with both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shared.errors import conflict

TransferState = Literal["pending", "accepted", "declined", "withdrawn", "expired"]

ANSWER_WITHIN = timedelta(days=3)
CALL_AFTER = timedelta(days=2)
ANYBODY = "*"
"""Whose role nobody has said."""

ENDED = ("closed", "erased")
"""States in which a case is no work for anybody."""


@dataclass(frozen=True)
class Caps:
    """How many open cases somebody of a role may have; a role that is absent has no cap."""

    by_role: Mapping[str, int]
    version: int


@dataclass(frozen=True)
class Caseload:
    """What is said of somebody; cap: their own, in place of that of their role. open_cases: they are named for."""

    id: str
    role: str
    cap: int | None
    open_cases: int
    version: int

    def most(self, caps: Caps) -> int | None:
        """How many they may have; None: no end."""
        return self.cap if self.cap is not None else caps.by_role.get(self.role or ANYBODY)

    def has_room(self, caps: Caps) -> bool:
        most = self.most(caps)
        return most is None or self.open_cases < most


@dataclass(frozen=True)
class OverCap:
    """A manager named somebody who had no room."""

    actor_id: str
    reason: str
    said_by: str
    said_at: datetime


@dataclass(frozen=True)
class Declared:
    """Somebody said themselves that they must keep away from the case."""

    actor_id: str
    reason: str
    said_at: datetime


@dataclass(frozen=True)
class Transfer:
    """A case that somebody offers to somebody else."""

    id: str
    case_id: str
    code_name: str
    giver_id: str
    taker_id: str
    state: TransferState
    note: str
    offered_at: datetime
    expires_at: datetime
    version: int


def check_offer(giver: str, taker: str, assigned: frozenset[str], in_person: frozenset[str], barred: bool) -> None:
    """assigned: everybody on the case. in_person: of them those whom no team brings. barred: the taker must keep away.

    Errors: Refusal conflict.
    """
    if taker in assigned or taker == giver:
        raise conflict("already_on_the_case", "Somebody who is on the case needs no transfer.")
    if barred:
        raise conflict("cannot_take_it", "This person cannot take the case.")
    if giver not in in_person:
        raise conflict("still_by_team", "A team brings you to this case: you would not leave it by giving it away.")


def check_pending(transfer: Transfer, now: datetime) -> None:
    """Errors: Refusal conflict when it is over."""
    if transfer.state != "pending" or transfer.expires_at <= now:
        raise conflict("not_pending", "This offer is over.")
