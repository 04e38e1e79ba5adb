"""A person as intake knows them.

Rule: the name in use and pronouns are for every page and message; the name and marker on papers are for documents.
"""

from dataclasses import dataclass
from datetime import date

from shared.errors import invalid

ADULT_AT = 18


@dataclass(frozen=True)
class Facts:
    """What is personal; stored encrypted under the person's key. country_of_danger: ISO 3166-1 alpha-2."""

    name_in_use: str
    pronouns: str
    name_on_papers: str
    born_on: date
    country_of_danger: str
    languages: tuple[str, ...]


@dataclass(frozen=True)
class Person:
    """A member of a case."""

    id: str
    case_id: str
    principal: bool
    version: int


def is_minor(born_on: date, today: date) -> bool:
    """Under 18 on `today`; someone born on 29 February turns 18 on 1 March."""
    had_birthday = (today.month, today.day) >= (born_on.month, born_on.day)
    return today.year - born_on.year - (not had_birthday) < ADULT_AT


def check_group(birth_dates: list[date], today: date) -> None:
    """Errors: Refusal invalid for an empty group, someone not yet born, or minors without an adult."""
    if not birth_dates:
        raise invalid("no_people", "A case needs at least one person.")
    if any(born_on > today for born_on in birth_dates):
        raise invalid("born_in_future", "A birth date lies in the future.")
    if all(is_minor(born_on, today) for born_on in birth_dates):
        raise invalid("unaccompanied_minor", "Minors without an adult need the unaccompanied-minor procedure.")
