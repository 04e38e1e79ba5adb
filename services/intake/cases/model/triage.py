"""How urgent a case is: rules as data, an explained score, and the decision of a person.

Rule: a score only suggests; a person decides, and says why when they decide otherwise. What goes in is codes that the
rules name, said by whoever triages or known of somebody on the case, and nothing else: no fact about work, schooling or
language can reach it.
"""

import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, get_args

from services.intake.cases.model.lifecycle import Case
from shared.errors import conflict, invalid

Priority = Literal["emergency", "urgent", "normal"]
"""The most urgent first."""

ORDER: tuple[Priority, ...] = get_args(Priority)

TRIAGED_IN = frozenset({"verified", "triaged", "planned"})
TRIAGED_SINCE = frozenset({"triaged", "planned"})
"""Where a case is whose last triage counts, until somebody triages it again."""

NEWS_WITHIN = timedelta(days=3)
"""By when somebody looks again at a case of which something is known that did not count when it was triaged."""


@dataclass(frozen=True)
class Rule:
    """What counts. words: for whoever reads why. floor: at least this priority, whatever the sum."""

    code: str
    words: str
    points: int
    floor: Priority | None = None


@dataclass(frozen=True)
class Class:
    """A priority: from how many points on, for how long it holds, and when somebody looks again."""

    points: int
    holds: timedelta
    again: timedelta


@dataclass(frozen=True)
class Factor:
    """An entry about somebody on the case, as it held when the case was triaged. code: such as need.SM-CC; kept: from
    the other members."""

    entry_id: str
    person_id: str
    code: str
    since: date
    kept: bool


@dataclass(frozen=True)
class Counted:
    """A rule that counted, once, however many reasons there are: somebody said so, or it is known of these."""

    rule: Rule
    said: bool
    factors: tuple[Factor, ...] = ()


@dataclass(frozen=True)
class Rules:
    """A version of the rules. factors: by the code of an entry, the code of the rule that it makes count."""

    version: int
    classes: Mapping[Priority, Class]
    rules: tuple[Rule, ...]
    factors: Mapping[str, str]

    def of(self, codes: Collection[str]) -> tuple[Rule, ...]:
        """Those that the codes name, in the order of the file. Errors: Refusal invalid for an unknown code."""
        found = tuple(rule for rule in self.rules if rule.code in codes)
        if len(found) != len(set(codes)):
            raise invalid("unknown_code", "One of these codes is not among the rules.")
        return found


@dataclass(frozen=True)
class Assessment:
    """What the rules say: which counted, their sum, and the priority that they suggest."""

    version: int
    counted: tuple[Counted, ...]
    score: int
    suggested: Priority
    lifted: bool
    """Whether a floor, and not the sum, made it this urgent."""

    @property
    def elsewhere(self) -> int:
        """Points of the sum that come from what is not among `counted`: of who left or was erased, or who looks may
        not know it."""
        return self.score - sum(counted.rule.points for counted in self.counted)


@dataclass(frozen=True)
class Triage:
    """A priority that somebody decided on, what the rules said, and until when it holds."""

    id: str
    priority: Priority
    reason: str
    assessment: Assessment | None
    expires_at: datetime | None
    again_at: datetime | None
    decided_by: str
    decided_at: datetime

    @property
    def overrode(self) -> bool:
        """Whether the person decided otherwise than the rules suggested."""
        return self.assessment is not None and self.assessment.suggested != self.priority

    def expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now


def read_rules(text: str) -> Rules:
    """The rules file. Errors: KeyError, TypeError, ValueError for one that is not whole."""
    raw: dict[str, Any] = tomllib.loads(text)
    classes = {name: _class(raw["priorities"][name]) for name in ORDER}
    named = [(code, rule["code"]) for rule in raw["rules"] for code in rule.pop("entries", ())]
    rules = tuple(Rule(**rule) for rule in raw["rules"])
    if len({rule.code for rule in rules}) != len(rules) or len(dict(named)) != len(named):
        raise ValueError("a code stands twice")
    if any(rule.floor not in (*ORDER, None) for rule in rules):
        raise ValueError("a floor is no priority")
    return Rules(int(raw["version"]), classes, rules, dict(named))


def assess(rules: Rules, codes: Collection[str], known: Sequence[Factor] = ()) -> Assessment:
    """What the rules say about what applies. known: what holds of the people of the case; what no rule names counts
    for nothing. Errors: Refusal invalid for an unknown code, or when nothing applies."""
    of_rule = {code: tuple(it for it in known if rules.factors.get(it.code) == code) for code in rules.factors.values()}
    said = {rule.code for rule in rules.of(codes)}
    applying = said | {code for code, factors in of_rule.items() if factors}
    if not applying:
        raise invalid("nothing_applies", "Say what applies; without that there is nothing to triage.")
    counted = heaviest_first(
        Counted(rule, rule.code in said, of_rule.get(rule.code, ())) for rule in rules.of(applying)
    )
    score = sum(it.rule.points for it in counted)
    by_sum = next(name for name in ORDER if score >= rules.classes[name].points)
    floors = [it.rule.floor for it in counted if it.rule.floor is not None]
    suggested = min((by_sum, *floors), key=ORDER.index)
    return Assessment(rules.version, counted, score, suggested, suggested != by_sum)


def heaviest_first(counted: Iterable[Counted]) -> tuple[Counted, ...]:
    """In the order in which it is explained."""
    return tuple(sorted(counted, key=lambda it: (-it.rule.points, it.rule.code)))


def decide(
    rules: Rules, triage_id: str, assessment: Assessment, priority: Priority, reason: str, by: str, now: datetime
) -> Triage:
    """A person decides. Errors: Refusal invalid when it is not as suggested and they do not say why."""
    if priority != assessment.suggested and not reason.strip():
        raise invalid("reason_needed", "The rules suggest another priority: say why you decide otherwise.")
    holds = rules.classes[priority]
    return Triage(triage_id, priority, reason, assessment, now + holds.holds, now + holds.again, by, now)


def look_again_at(rules: Rules, last: Triage, known: Sequence[Factor], now: datetime) -> datetime | None:
    """By when it must be triaged again for what is known since `last`; None when there is nothing new that counts.

    At once when it alone lifts a case, or when the rules now say that it is more urgent than was suggested and decided.
    """
    before = () if last.assessment is None else last.assessment.counted
    counted = {(one.person_id, one.code) for it in before for one in it.factors}
    new = {rules.factors[one.code] for one in known if (one.person_id, one.code) not in counted}
    if not new:
        return None
    of_now = {rule.code: rule for rule in rules.rules}
    asked = assess(rules, [it.rule.code for it in before if it.said and it.rule.code in of_now], known)
    suggested = last.priority if last.assessment is None else last.assessment.suggested
    least = min(ORDER.index(last.priority), ORDER.index(suggested))
    weighs = any(of_now[code].floor for code in new) or ORDER.index(asked.suggested) < least
    return now if weighs else now + NEWS_WITHIN


def check_triage(case: Case) -> None:
    """Errors: Refusal conflict when the case is not at a point where it is triaged."""
    if case.state not in TRIAGED_IN:
        raise conflict("wrong_state", f"A case that is {case.state} cannot be triaged.")


def _class(raw: Mapping[str, int]) -> Class:
    return Class(raw["points"], timedelta(days=raw["holds_days"]), timedelta(days=raw["again_days"]))
