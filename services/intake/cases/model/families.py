"""Who is processed together: a family that splits, and people who join another case.

Rule: people go from one case to another by an act of two people, on exactly the groups that both saw. A minor is never
parted from anybody of their group unless a best-interests determination about that minor is part of what is signed, and
never left without an adult, whatever was determined.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Literal

import orjson

from shared.errors import conflict, invalid

MoveState = Literal["proposed", "approved", "rejected", "expired", "replaced"]

STATES: Mapping[str, MoveState] = {
    "open": "proposed",
    "approved": "approved",
    "rejected": "rejected",
    "expired": "expired",
    "replaced": "replaced",
}
"""What became of a move, by what became of its approval."""

TIME_TO_DECIDE = timedelta(days=7)
MOST = 30
"""How many people a case has at most."""


@dataclass(frozen=True)
class Determination:
    """That it is best for a minor to be parted: who determined it, on which day, and why."""

    person_id: str
    by: str
    on: date
    finding: str


@dataclass(frozen=True)
class Terms:
    """Who moves, and why. code_name: of the new case that they are to be; None when they join another."""

    person_ids: tuple[str, ...]
    code_name: str | None
    reason: str
    determinations: tuple[Determination, ...]


@dataclass(frozen=True)
class Move:
    """case_id: where they are; to_case_id: where they go, unknown of a split until it is done."""

    id: str
    case_id: str
    to_case_id: str | None
    approval_id: str
    proposed_by: str
    state: MoveState
    expires_at: datetime

    @property
    def version(self) -> int:
        """One decision ends it, so there are two."""
        return 1 if self.state == "proposed" else 2


@dataclass(frozen=True)
class Groups:
    """minors: by person, whether they are one; of the case they leave, and of the one they join."""

    leave: Mapping[str, bool]
    join: Mapping[str, bool]


def check_move(terms: Terms, groups: Groups, today: date) -> None:
    """Errors: Refusal invalid for people who are not on the case, or a determination of a day to come; conflict
    nobody_remains, minor_not_separated, unaccompanied_minor, too_many."""
    moved = set(terms.person_ids)
    if not moved or len(moved) < len(terms.person_ids) or not moved <= groups.leave.keys():
        raise invalid("not_of_this_case", "Name people of this case, each once.")
    if any(one.on > today for one in terms.determinations):
        raise invalid("in_future", "A determination was made on a day that has come.")
    rest = {person: minor for person, minor in groups.leave.items() if person not in moved}
    there = {**groups.join, **{person: groups.leave[person] for person in moved}}
    if terms.code_name is not None and not rest:
        raise conflict("nobody_remains", "A split leaves somebody on each side.")
    if len(there) > MOST:
        raise conflict("too_many", f"A case has at most {MOST} people.")
    if any(side and all(side.values()) for side in (rest, there)):
        raise conflict("unaccompanied_minor", "Minors need an adult on their side.")
    determined = {one.person_id for one in terms.determinations}
    if rest and {person for person, minor in groups.leave.items() if minor} - determined:
        raise conflict("minor_not_separated", "A minor is not parted from the group without a determination.")


def agreed(case_id: str, to_case_id: str | None, terms: Terms, groups: Groups) -> bytes:
    """The bytes that are signed: who moves between which groups, and why."""
    sides = [sorted(groups.leave), sorted(groups.join)]
    return orjson.dumps(["family_move", case_id, to_case_id, sides, asdict(terms)])


def principal_of(person_ids: Sequence[str], minors: Mapping[str, bool]) -> str:
    """Who is the principal applicant of a group that has none: the first adult in its order."""
    return next(person for person in person_ids if not minors[person])
