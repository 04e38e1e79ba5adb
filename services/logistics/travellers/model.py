"""The people of a case as logistics knows them.

Rule: a person may be heard of before their case is (from settlement); until intake has told of the case nobody knows
who belongs to the group, so nothing is done with it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from shared.errors import conflict, invalid

ADULT_AT = 18

FIRST = 1
"""The number of a joining with which a case is opened."""

ERRANDS = ("escort", "keeper")
"""Roles that are told what their errand needs, and see no case."""


@dataclass(frozen=True)
class Facts:
    """What is personal; stored encrypted under the person's key. country_of_danger: ISO 3166-1 alpha-2."""

    principal: bool
    born_on: date
    country_of_danger: str


@dataclass(frozen=True)
class Person:
    """Somebody on a case."""

    id: str
    case_id: str


@dataclass(frozen=True)
class Group:
    """A case with its members; state: what intake said last of it."""

    case_id: str
    state: str
    members: dict[str, Facts]


@dataclass(frozen=True)
class Consent:
    """What a person said of one purpose."""

    purpose: str
    live: bool
    expires_on: date | None


def is_minor(born_on: date, today: date) -> bool:
    """Under 18 on `today`; someone born on 29 February turns 18 on 1 March."""
    had_birthday = (today.month, today.day) >= (born_on.month, born_on.day)
    return today.year - born_on.year - (not had_birthday) < ADULT_AT


def minors(group: Group, today: date) -> set[str]:
    """The members under 18."""
    return {person_id for person_id, facts in group.members.items() if is_minor(facts.born_on, today)}


def check_open(group: Group) -> None:
    """Errors: Refusal conflict when the case is closed."""
    if group.state == "closed":
        raise conflict("case_closed", "The case is closed; nothing new begins.")


def check_going_on(group: Group) -> None:
    """Errors: Refusal conflict when the case is closed, or rests: nobody is sent on a journey, and beds go on."""
    check_open(group)
    if group.state in {"suspended", "supported"}:
        raise conflict(f"case_{group.state}", "The case rests; nobody travels until it goes on.")


def check_members(group: Group, person_ids: Sequence[str]) -> None:
    """Errors: Refusal invalid when somebody is named twice or is not of this case."""
    if len(set(person_ids)) != len(person_ids):
        raise invalid("person_twice", "Name each person once.")
    if not set(person_ids) <= group.members.keys():
        raise invalid("not_of_this_case", "Somebody named is not a member of this case.")


def live_purposes(consents: Collection[Consent], today: date) -> tuple[str, ...]:
    """The purposes with a consent that is neither withdrawn nor expired."""
    live = {it.purpose for it in consents if it.live and (it.expires_on is None or it.expires_on > today)}
    return tuple(sorted(live))
