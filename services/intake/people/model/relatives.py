"""Relatives outside: family of a person that is on no case.

Rule: nobody contacts a relative but as the person said; who is not said to be safe is not contacted. What is told anew
stands beside what was told before, and only the newest counts. One who died, or is on a case by now, is ended with a
reason, and stays to be read.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from shared.errors import conflict

Contactable = Literal["yes", "only_through_them", "no", "not_asked"]


@dataclass(frozen=True)
class Kin:
    """What a person told of a relative. where: as they put it; how: in which way they may be contacted, if at all."""

    name: str
    relationship: str
    where: str
    contactable: Contactable
    how: str


@dataclass(frozen=True)
class Telling:
    """What was told of a relative at one time. by: who wrote it down."""

    kin: Kin
    by: str
    at: datetime


@dataclass(frozen=True)
class Ended:
    """Why somebody is no relative outside any more, and who wrote that down."""

    why: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Relative:
    """A relative of a person. kin: what counts; earlier: what was told before it, oldest first."""

    id: str
    person_id: str
    kin: Kin
    by: str
    at: datetime
    earlier: tuple[Telling, ...]
    ended: Ended | None
    version: int


def told(relative: Relative, telling: Telling, version: int) -> Relative:
    """The same, of whom something else is told from now on."""
    before = Telling(relative.kin, relative.by, relative.at)
    earlier = (*relative.earlier, before)
    return replace(relative, kin=telling.kin, by=telling.by, at=telling.at, earlier=earlier, version=version)


def check_stands(relative: Relative) -> None:
    """Errors: Refusal conflict when it was ended."""
    if relative.ended is not None:
        raise conflict("already_ended", "This relative was ended; add them anew if that was wrong.")
