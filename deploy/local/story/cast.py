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


SPOKEN_TO = 3
"""Of how many cases the people agree on safe contact, and tell what they need, in the story."""

SAFE_CONTACT: dict[str, object] = {
    "channel": "signal",
    "hours": [{"days": [1, 2, 3, 4, 5], "begins": "10:15", "until": "12:45"}],
    "zone": "Europe/Moscow",
    "language": "ru",
    "cover_name": "Aunt Vera of the bakery",
    "never_call": True,
    "somebody_else_reads": True,
    "code_word": "snow on the ridge",
    "duress_word": "rain in the valley",
}
ENTRIES: tuple[dict[str, object], ...] = (
    {"kind": "need", "value": "LP-IH", "note": "Hides with a cousin.", "source": "person", "since": "2017-03-28"},
    {"kind": "sogiesc", "value": "orientation.gay", "source": "person", "since": "2017-03-28", "kept": True},
    {"kind": "concern", "value": "threat.family", "source": "partner", "since": "2017-03-28"},
)

PAPERS: dict[str, tuple[tuple[str, str], ...]] = {
    "Adam Birch": (("nationality", "stateless"), ("marital_status", "widowed")),
    "Sami Birch": (("nationality", "KG"), ("marital_status", "separated"), ("relationship", "sibling")),
    "Mila Birch": (("nationality", "stateless"), ("relationship", "niece_or_nephew")),
    "Timur Alder": (("nationality", "TM"), ("marital_status", "separated")),
    "Anton Alder": (("nationality", "TM"), ("marital_status", "separated"), ("relationship", "not_related")),
    "Rustam Hazel": (("nationality", "UZ"), ("marital_status", "divorced")),
    "Ilya Hazel": (("nationality", "UZ"), ("marital_status", "separated"), ("relationship", "in_law")),
}
"""What the registration form for resettlement asks besides: the country that calls them its own, whether they live with
somebody, and what they are to the principal applicant. Codes that nothing else in the story says."""


def papers(name: str) -> list[dict[str, object]]:
    """The same as entries; all of it stands in their papers."""
    read = {"source": "document", "since": "2017-03-28"}
    return [{"kind": kind, "value": value, **read} for kind, value in PAPERS[name]]


@dataclass(frozen=True)
class Statement:
    """What the first of a case tells; names: who is beside them in it, and is masked."""

    original: str
    translation: str
    place: str = "A kitchen by the railway"
    harm: str = "detention"
    region: str = "The northern plain"
    uses: tuple[str, ...] = ("statistics",)
    names: tuple[str, ...] = ()


STATEMENTS = (
    Statement(
        "Меня держали в подвале за пекарней. Руслан Вымышленный отдал за меня машину.",
        "They held me in the cellar behind the bakery. Ruslan Invented gave his car for me.",
        uses=("statistics", "anonymised_report", "court"),
        names=("Руслан Вымышленный", "Ruslan Invented"),
    ),
    Statement(
        "Мне сказали назвать троих. Я назвал себя.",
        "They told me to name three. I named myself.",
        place="A parked lorry",
        harm="torture",
        uses=("statistics", "anonymised_report", "named_story"),
    ),
    Statement("Они пришли на работу.", "They came to where I work.", "A back room of the tailor", "outing"),
    Statement("Дядя дал мне сутки.", "My uncle gave me a day.", "On foot, by the river", "family_violence"),
    Statement("Нас было девять в камере.", "There were nine of us in the cell.", region="The hill towns"),
    Statement("Требовали выкуп с матери.", "They asked my mother for ransom.", harm="extortion"),
    Statement(
        "Меня отпустили умирать.",
        "They let me go to die.",
        uses=("statistics", "anonymised_report"),
    ),
)
"""What the first of each of the first cases tells."""

HIDDEN: dict[str, object] = {
    "uses": ["anonymised_report", "named_story", "court"],
    "reason": "Who paid can be found by it.",
}

MESSAGES = "Come to the old pump house at nine.\nBring the one with the green scarf.\n"

REPORT = "What the men from the plain told us"
INTRODUCTION = "Seven of those who got away speak here, none under a name."


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
    "officer": ("intake_officer", "data_importer"),
    "caseworker": ("caseworker",),
    "reviewer": ("reviewer",),
    "head": ("head_reviewer",),
    "supervisor": ("supervisor",),
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
    "auditor": ("auditor",),
    "deputy": ("manager",),
    "guardian": ("data_protection",),
    "counsel": ("data_protection",),
}
"""Invented staff, by what they are called here, with their roles."""

TEAM = ("caseworker", "reviewer", "head", "supervisor", "coordinator", "programme_officer", "settlement_worker")
ON_THE_LIST = (
    "programme_officer",
    "coordinator",
    "settlement_worker",
    "spokesperson",
    "director",
    "duty_officer",
)
"""Somebody on duty is among them: who hears an alarm about a veiled journey must be able to see it."""


def called(name: str) -> str:
    """`duty_officer` as people read it: "Duty officer"."""
    return name.replace("_", " ").capitalize()


def staff_id(name: str) -> str:
    """The same id on every machine, so that a token can be made again."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"lodestar:story:{name}").hex
