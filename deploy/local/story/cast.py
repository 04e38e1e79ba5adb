"""Who is in the story. Everybody here is invented."""

import uuid
from dataclasses import dataclass
from datetime import date

NAMES = [
    "Adam Birch",
    "Sami Birch",
    "Mila Birch",
    "Timur Alder",
    "Anton Alder",
    "Rustam Hazel",
    "Ilya Hazel",
    "Zaur Rowan",
    "Denis Rowan",
    "Aslan Reed",
    "Bulat Fern",
    "Emin Sedge",
    "Farid Thorn",
    "Gleb Moss",
    "Hamid Lark",
    "Ivan Crane",
    "Jamal Swift",
    "Kirill Finch",
    "Lev Heron",
    "Magomed Wren",
    "Nikita Dove",
    "Oleg Teal",
    "Pavel Kite",
    "Ramzan Plover",
    "Said Martin",
    "Tagir Bunting",
    "Umar Siskin",
    "Viktor Linnet",
    "Yakub Pipit",
    "Zelim Dipper",
    "Artem Curlew",
    "Boris Godwit",
    "Dmitri Knot",
    "Eldar Snipe",
    "Fedor Avocet",
]

SIZES = (3, 2, 2, 2, *[1] * 26)
"""One family with a minor, three couples, and 26 who come alone: 35 people in 30 cases."""

MINOR = 2
"""The place of the minor in `NAMES`."""

REFERRED = range(10)
"""Cases that the partner network refers; the others ask directly."""

ASKS_TWICE = 15
WITHDRAWS = 10
REFUSED = 20
NEVER_SUBMITTED = (28, 29)
OTHER_WAYS = (WITHDRAWS, REFUSED, *NEVER_SUBMITTED)
MISSES_CHECK_IN = 7
PLACES = 31

HOUSES = (("Lantern", 14), ("Harbour", 12), ("Orchard", 9))
"""Three safe houses with 35 beds between them."""


@dataclass(frozen=True)
class Member:
    """A person of a case."""

    name: str
    born_on: date

    def body(self) -> dict[str, object]:
        return {
            "name_in_use": self.name.split()[0],
            "pronouns": "",
            "name_on_papers": self.name,
            "born_on": self.born_on.isoformat(),
            "country_of_danger": "RU",
            "languages": ["ru", "ce"],
        }


@dataclass(frozen=True)
class Group:
    """The people of one case; contact: invented, and different for each case."""

    number: int
    members: tuple[Member, ...]

    @property
    def code_name(self) -> str:
        return f"Kestrel {self.number + 1:02}"

    @property
    def contact(self) -> str:
        return f"+7 900 555-{self.number // 100:02}-{self.number % 100:02}"

    @property
    def referred(self) -> bool:
        return self.number in REFERRED


def groups() -> list[Group]:
    """All cases, in the order in which they ask."""
    made, place = [], 0
    for number, size in enumerate(SIZES):
        members = tuple(_member(index) for index in range(place, place + size))
        made.append(Group(number, members))
        place += size
    return made


def _member(index: int) -> Member:
    year = 2008 if index == MINOR else 1980 + index % 18
    return Member(NAMES[index], date(year, 1 + index % 12, 1 + index % 28))


STAFF: dict[str, tuple[str, ...]] = {
    "officer": ("intake_officer",),
    "reviewer": ("reviewer",),
    "manager": ("manager",),
    "analyst": ("analyst",),
    "coordinator": ("coordinator",),
    "programme_manager": ("programme_manager",),
    "programme_officer": ("programme_officer",),
    "settlement_worker": ("settlement_worker",),
    "spokesperson": ("spokesperson",),
    "director": ("spokesperson",),
    "duty_officer": ("duty_officer",),
    "partner_manager": ("partner_manager",),
    "operator": ("operator",),
}
"""Invented staff, by what they are called here, with their roles."""

TEAM = ("reviewer", "coordinator", "programme_officer", "settlement_worker")
ON_THE_LIST = ("programme_officer", "coordinator", "settlement_worker", "spokesperson", "director")


def staff_id(name: str) -> str:
    """The same id on every machine, so that a token can be made again."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"lodestar:story:{name}").hex
