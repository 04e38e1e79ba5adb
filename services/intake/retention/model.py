"""How long what is over is kept, and what keeps it longer.

Rule: nothing is deleted by itself: it is proposed, and two people decide. Nothing is proposed, nor deleted, while
somebody waits for an answer, nor soon after the person's last word. A legal hold beats every period, and every erasure.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import orjson

from shared.errors import conflict

Kind = Literal["case", "request"]
State = Literal["kept", "proposed"]
Wait = Literal["letter", "appointment", "approval", "duty", "last_word"]
DeletionState = Literal["open", "approved", "rejected", "expired", "replaced"]

AGAIN = timedelta(days=7)
"""How often is looked at what is due, or waits."""
DONE_WITHIN = timedelta(days=30)
"""After it was proposed, data protection has decided."""
OPEN_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Rules:
    """Periods by kind and outcome, and how long after somebody's last word nothing is proposed."""

    periods: Mapping[tuple[Kind, str], timedelta]
    quiet: timedelta

    def until(self, kind: Kind, outcome: str, ended_at: datetime) -> datetime:
        """An outcome that no rule names is kept as long as the longest of its kind."""
        longest = max(period for (of, _), period in self.periods.items() if of == kind)
        return ended_at + self.periods.get((kind, outcome), longest)


@dataclass(frozen=True)
class Kept:
    """What is over, and until when it is kept at least."""

    place_id: str
    kind: Kind
    outcome: str
    ended_at: datetime
    until: datetime
    state: State


@dataclass(frozen=True)
class Hold:
    """A legal hold: nothing of a case, or of a request, goes until two people lift it."""

    id: str
    place_id: str
    kind: Kind
    set_by: str
    set_at: datetime
    lifted_at: datetime | None
    reason: str
    version: int


@dataclass(frozen=True)
class Waits:
    """Who waits for what. last_word: of the person, as far as one knows."""

    reasons: tuple[Wait, ...]
    last_word: datetime | None


def read_rules(path: Path) -> Rules:
    """Errors: KeyError, ValueError when a rule is missing or no number."""
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    kinds: tuple[Kind, ...] = ("case", "request")
    periods = {(kind, outcome): timedelta(days=days) for kind in kinds for outcome, days in told[kind].items()}
    return Rules(periods, timedelta(days=told["quiet"]["after_last_word"]))


def reasons(kept: Kept, waits: Waits, quiet: timedelta, now: datetime) -> tuple[Wait, ...]:
    """What keeps it beyond its period. Nobody waits behind what was found to be spam."""
    if kept.outcome == "spam":
        return tuple(reason for reason in waits.reasons if reason != "letter")
    spoke = waits.last_word is not None and now < waits.last_word + quiet
    return (*waits.reasons, *(("last_word",) if spoke else ()))


def check_deletable(kept: Kept, why: tuple[Wait, ...]) -> None:
    """Errors: Refusal conflict when its period is not over, or somebody waits."""
    if kept.kind != "request":
        raise conflict("by_erasure", "A case goes with its people: propose to erase them.")
    if kept.state != "proposed":
        raise conflict("not_due", "Its period is not over.")
    if why:
        raise conflict("somebody_waits", "Somebody waits for an answer, or wrote not long ago.")


def check_held(hold: Hold) -> None:
    """Errors: Refusal conflict when it was lifted already."""
    if hold.lifted_at is not None:
        raise conflict("lifted", "This hold was lifted before.")


def lifting(hold: Hold, reason: str) -> bytes:
    """What two people agree on: to lift exactly this hold, for this reason."""
    return orjson.dumps(["lift_hold", hold.id, hold.place_id, reason])


def deletion(kept: Kept) -> bytes:
    """What two people agree on: to delete exactly this request, which is due."""
    return orjson.dumps(["delete_request", kept.place_id, kept.until.isoformat()])
