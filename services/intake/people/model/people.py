"""A person as intake knows them.

Rule: the name in use and pronouns are for every page and message; the name and marker on papers are for documents.
Names and birth dates are for those who work with the person; others see them masked, until custodians agreed to reveal
them to the one who asked.
"""

from calendar import isleap
from dataclasses import dataclass
from datetime import date

from shared.errors import invalid

ADULT_AT = 18


@dataclass(frozen=True)
class Facts:
    """What is personal; stored encrypted under the person's key. country_of_danger: ISO 3166-1 alpha-2. nationality:
    the same, or `stateless`. relationship: to the principal applicant of the case."""

    name_in_use: str
    pronouns: str
    name_on_papers: str
    born_on: date
    country_of_danger: str
    languages: tuple[str, ...]
    marker_on_papers: str = ""
    nationality: str = ""
    marital_status: str = ""
    relationship: str = ""


@dataclass(frozen=True)
class Known:
    """What somebody who looks may know of a person; names and birth date are None when masked."""

    name_in_use: str | None
    pronouns: str
    name_on_papers: str | None
    born_on: date | None
    minor: bool
    country_of_danger: str
    languages: tuple[str, ...]
    masked: bool


def known(facts: Facts, today: date, *, masked: bool) -> Known:
    """The facts as they are shown."""
    return Known(
        None if masked else facts.name_in_use,
        facts.pronouns,
        None if masked else facts.name_on_papers,
        None if masked else facts.born_on,
        is_minor(facts.born_on, today),
        facts.country_of_danger,
        facts.languages,
        masked,
    )


@dataclass(frozen=True)
class Person:
    """A member of a case."""

    id: str
    case_id: str
    principal: bool
    version: int


def comes_of_age(born_on: date) -> date:
    """The day on which somebody turns 18; who was born on 29 February does so on 1 March."""
    leaps_out = (born_on.month, born_on.day) == (2, 29) and not isleap(born_on.year + ADULT_AT)
    born_on = born_on.replace(month=3, day=1) if leaps_out else born_on
    return born_on.replace(year=born_on.year + ADULT_AT)


def is_minor(born_on: date, today: date) -> bool:
    """Under 18 on `today`."""
    return today < comes_of_age(born_on)


def check_birth(born_on: date, today: date) -> None:
    """Errors: Refusal invalid for somebody who is not born yet."""
    if born_on > today:
        raise invalid("born_in_future", "A birth date lies in the future.")


def check_group(birth_dates: list[date], today: date) -> None:
    """Errors: Refusal invalid for an empty group, someone not yet born, or minors without an adult."""
    if not birth_dates:
        raise invalid("no_people", "A case needs at least one person.")
    for born_on in birth_dates:
        check_birth(born_on, today)
    if all(is_minor(born_on, today) for born_on in birth_dates):
        raise invalid("unaccompanied_minor", "Minors without an adult need the unaccompanied-minor procedure.")
