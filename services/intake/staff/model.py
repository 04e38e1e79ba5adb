"""A team: people who work on the same cases and change together; a shift: when somebody is on duty; a colleague: the
name by which the others know somebody.

Rule: who is assigned to a case is everybody named for it and everybody in its teams, less who is recused; a case never
ends up with nobody.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.errors import conflict, invalid

LONGEST_SHIFT = timedelta(hours=24)


@dataclass(frozen=True)
class StaffTeam:
    """People, by their ids; name: a word for the rota, of nobody and no case."""

    id: str
    name: str
    members: tuple[str, ...]
    version: int


@dataclass(frozen=True)
class Assignment:
    """Who was named for a case: persons and teams, by their ids."""

    persons: tuple[str, ...]
    teams: tuple[str, ...]

    def without(self, recused: Collection[str]) -> "Assignment":
        """Nobody is named who must keep away; a team stays, whoever of it is recused."""
        return Assignment(tuple(one for one in self.persons if one not in recused), self.teams)


@dataclass(frozen=True)
class Colleague:
    """Somebody of staff, by the id of their account; name: for colleagues only, need not be that of their papers."""

    id: str
    name: str
    version: int


def assigned(named: Assignment, members: Mapping[str, Collection[str]], recused: Collection[str]) -> set[str]:
    """Everybody on the case. members: by team. Errors: Refusal invalid when nobody would be left."""
    everybody = set(named.persons).union(*(members[team_id] for team_id in named.teams)) - set(recused)
    if not everybody:
        raise invalid("nobody_left", "Somebody who is not recused has to stay on the case.")
    return everybody


@dataclass(frozen=True)
class Shift:
    """When somebody is on duty, and which languages they read (ISO 639)."""

    id: str
    actor_id: str
    begins_at: datetime
    ends_at: datetime
    languages: tuple[str, ...]
    version: int

    def holds(self, now: datetime) -> bool:
        """Whether they are on duty; at the instant it ends they no longer are."""
        return self.begins_at <= now < self.ends_at


def check_shift(begins_at: datetime, ends_at: datetime, now: datetime) -> None:
    """Errors: Refusal invalid for one that ends before it begins, is over, or longer than a day."""
    if ends_at <= begins_at or ends_at <= now:
        raise invalid("shift_over", "A shift ends after it begins, and later than now.")
    if ends_at - begins_at > LONGEST_SHIFT:
        raise invalid("shift_too_long", "Nobody is on duty for more than a day.")


def check_ending(shift: Shift, now: datetime) -> None:
    """Errors: Refusal conflict when it is over."""
    if shift.ends_at <= now:
        raise conflict("shift_over", "This shift is over.")


def read(shifts: Iterable[Shift], now: datetime) -> frozenset[str]:
    """The languages that whoever of these is on duty reads."""
    return frozenset(language for shift in shifts if shift.holds(now) for language in shift.languages)
