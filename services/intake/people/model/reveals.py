"""A reveal: custodians agree that the one who asked may know who a person is.

Rule: it is for the one who asked, for a while, and for exactly the reason that was signed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import orjson

RevealState = Literal["proposed", "revealed", "over", "rejected", "expired"]

ASKED_FOR = timedelta(days=2)
"""How long custodians have to answer."""


@dataclass(frozen=True)
class RevealTerms:
    """needed: how many custodians must agree. shown_for: how long the one who asked may look then."""

    needed: int = 1
    shown_for: timedelta = timedelta(hours=24)


@dataclass(frozen=True)
class Reveal:
    """Somebody asked who a person is; until: when it is over, once custodians agreed."""

    id: str
    person_id: str
    case_id: str
    approval_id: str
    asked_by: str
    state: RevealState
    expires_at: datetime
    until: datetime | None


def reveal_state(decided: str, until: datetime | None, now: datetime) -> RevealState:
    """decided: the state of its approval."""
    if until is not None:
        return "revealed" if now < until else "over"
    return "rejected" if decided == "rejected" else "expired" if decided == "expired" else "proposed"


def asked(reveal_id: str, person_id: str, asked_by: str, reason: str) -> bytes:
    """The bytes that custodians sign: to whom which person is revealed, and why."""
    return orjson.dumps(["reveal", reveal_id, person_id, asked_by, reason])
