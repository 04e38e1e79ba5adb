"""A programme, its seal and its quota.

Rule: held and used places together never exceed the quota. A programme that is not disclosed exists only for who is
on its list; disclosing some of its figures opens those figures, not the programme.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from shared.errors import conflict
from shared.veil import LIST

Kind = Literal["gar", "visa_in_country", "upp", "sponsorship"]
Seal = Literal["sealed", "partly_disclosed", "disclosed"]


@dataclass(frozen=True)
class Quota:
    """Places of a programme: held by submissions, used by acceptances."""

    places: int
    held: int = 0
    used: int = 0

    @property
    def free(self) -> int:
        return self.places - self.held - self.used

    def fits(self, people: int) -> bool:
        return people <= self.free

    def hold(self, people: int) -> "Quota":
        """Errors: Refusal conflict when not so many places are free."""
        if not self.fits(people):
            raise conflict("no_place", "Not enough places are free.")
        return Quota(self.places, self.held + people, self.used)

    def use(self, people: int) -> "Quota":
        """Held places become used ones."""
        return Quota(self.places, self.held - people, self.used + people)

    def release(self, people: int) -> "Quota":
        """Held places become free."""
        return Quota(self.places, self.held - people, self.used)

    def resized(self, places: int) -> "Quota":
        """Errors: Refusal conflict when more than that are held or used already."""
        if places < self.held + self.used:
            raise conflict("places_taken", "More places than that are held or used already.")
        return Quota(places, self.held, self.used)


@dataclass(frozen=True)
class Programme:
    """country: ISO 3166-1 alpha-2."""

    id: str
    country: str
    kind: Kind
    seal: Seal
    quota: Quota
    version: int

    @property
    def open(self) -> bool:
        """Whether everybody on the staff may know of it."""
        return self.seal == "disclosed"


@dataclass(frozen=True)
class Sight:
    """Who may look at a person's later journey; of somebody who is not veiled everybody may."""

    veiled: bool
    may_look: frozenset[str]


def sight(ways: Mapping[str, bool], lists: Mapping[str, Collection[str]]) -> Sight:
    """ways: the programmes that accepted a person, and whether each is sealed. Who looks is on the list of each."""
    veiling = [programme_id for programme_id, sealed in ways.items() if sealed]
    on_all = [frozenset(lists[programme_id]) for programme_id in veiling or ways]
    return Sight(bool(veiling), frozenset.intersection(*on_all) if on_all else frozenset())


def check_list(listed: Collection[str]) -> None:
    """Errors: Refusal conflict when nobody more fits on the list."""
    if len(listed) >= LIST:
        raise conflict("list_full", f"A list has at most {LIST} people.")
