"""What verification showed, what a verdict needs, and who may decide on it.

Rule: who decides neither proposed the verdict nor interviewed anybody nor recorded anything that it rests on (two pairs
of eyes), and decides on exactly that. What the two disagree about, a refusal, and some of the rest by chance, a head
reviewer decides as the second instance, who had no part in it before.
"""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Literal

import orjson

from services.intake.cases.model.lifecycle import Case
from shared.errors import conflict, forbidden, invalid

ItemKind = Literal[
    "document", "photograph", "message", "witness", "partner_statement", "press_report", "country_information", "other"
]
Claim = Literal["identity", "orientation_or_gender_identity", "persecution", "whereabouts", "relationship", "other"]
ItemResult = Literal["verified", "refuted", "unverifiable"]
Verdict = Literal["verified", "not_verified"]
Mode = Literal["self", "partner", "co_verification"]
By = Literal["us", "partner"]
HeadCause = Literal["disagreement", "not_verified", "sample"]

REVIEW_WITHIN = timedelta(days=7)
MOST = 200
"""Items and interviews of one case: all of them are read before anybody decides."""


@dataclass(frozen=True)
class EvidenceFile:
    """A file of an item. digest: SHA-256 of its content, in hex."""

    id: str
    digest: str
    added_by: str


@dataclass(frozen=True)
class Finding:
    """What one check showed: where it comes from, which claim it speaks to, and how.

    person_id: whom of the case it is about, if one of them.
    """

    kind: ItemKind
    source: str
    supports: Claim
    result: ItemResult
    note: str
    person_id: str | None


@dataclass(frozen=True)
class Item:
    """A finding and who recorded it. number: of the round of verification it belongs to, from 1."""

    id: str
    finding: Finding
    recorded_by: str
    number: int
    files: tuple[EvidenceFile, ...] = ()


@dataclass(frozen=True)
class Talk:
    """An interview as it was held. interviewer_id: of staff; interviewer: the partner's word for theirs."""

    person_id: str
    held_at: datetime
    by: By
    interviewer_id: str | None
    interviewer: str
    language: str
    interpreter: str
    summary: str

    @property
    def held_by(self) -> str:
        """Who asked, told apart from others."""
        return self.interviewer_id or f"partner/{self.interviewer.strip().casefold()}"


@dataclass(frozen=True)
class Interview:
    """A talk and who wrote it down."""

    id: str
    talk: Talk
    recorded_by: str
    number: int


@dataclass(frozen=True)
class Evidence:
    """All that a verdict rests on, oldest first."""

    items: tuple[Item, ...]
    interviews: tuple[Interview, ...]

    @property
    def pieces(self) -> tuple[Item | Interview, ...]:
        return (*self.items, *self.interviews)

    @property
    def people(self) -> frozenset[str]:
        """Staff who had a part in it."""
        files = (file.added_by for item in self.items for file in item.files)
        asked = (it.talk.interviewer_id for it in self.interviews if it.talk.interviewer_id is not None)
        return frozenset((*(it.recorded_by for it in self.pieces), *files, *asked))

    @property
    def ids(self) -> list[str]:
        return [it.id for it in self.pieces]

    def contradicted(self) -> frozenset[Claim]:
        """The claims that one item bears out and another refutes."""
        borne_out = {it.finding.supports for it in self.items if it.finding.result == "verified"}
        return frozenset(borne_out & {it.finding.supports for it in self.items if it.finding.result == "refuted"})

    def counted(self) -> dict[str, int]:
        """How much there is of what a verdict can need."""
        talks = [it.talk for it in self.interviews]
        return {
            "evidence": len(self.items),
            "partner_statement": sum(it.finding.kind == "partner_statement" for it in self.items),
            "interviewers": len({talk.held_by for talk in talks}),
            "interview_by_us": sum(talk.by == "us" for talk in talks),
            "interview_by_partner": sum(talk.by == "partner" for talk in talks),
        }


NEEDS: dict[Mode, dict[str, int]] = {
    "self": {"evidence": 1, "interviewers": 2},
    "partner": {"partner_statement": 1, "interview_by_us": 1},
    "co_verification": {
        "partner_statement": 1,
        "interviewers": 2,
        "interview_by_us": 1,
        "interview_by_partner": 1,
    },
}
"""How much of what must be there before a case can be called verified in this way."""

NEEDS_TO_REFUSE = {"evidence": 1, "interviewers": 1}
"""Nobody is called not verified unheard."""


@dataclass(frozen=True)
class Terms:
    """What is proposed: a verdict, how it was reached, and why."""

    verdict: Verdict
    mode: Mode
    reason: str


@dataclass(frozen=True)
class Proposal:
    """A verdict that waits for a second person; id: of its approval."""

    id: str
    case_id: str
    terms: Terms
    proposed_by: str
    expires_at: datetime


@dataclass(frozen=True)
class Decided:
    """A verdict that counted. carried: from the case that this one was split off from, without why: that is about the
    others too."""

    terms: Terms
    at: datetime
    carried: bool


@dataclass(frozen=True)
class HeadReview:
    """A verdict that waits for a head reviewer; id: of that approval. reviewed_by: who said what about it first."""

    id: str
    proposal: Proposal
    cause: HeadCause
    reviewed_by: str
    agreed: bool
    opinion: str
    expires_at: datetime


def missing(mode: Mode, verdict: Verdict, evidence: Evidence) -> tuple[str, ...]:
    """Codes of what is not there yet for the verdict."""
    needs, there = NEEDS[mode] if verdict == "verified" else NEEDS_TO_REFUSE, evidence.counted()
    return tuple(code for code, number in needs.items() if there[code] < number)


def check_recording(case: Case, there: int) -> None:
    """there: items and interviews of the case so far. Errors: Refusal conflict when decided, or when it is enough."""
    if case.state != "verifying":
        raise conflict("wrong_state", "The verification is decided.")
    if there >= MOST:
        raise conflict("too_much", f"A verification has at most {MOST} items and interviews.")


def check_talk(talk: Talk, now: datetime, assigned: Collection[str]) -> None:
    """Errors: Refusal invalid for a talk that was not held yet, or that nobody can have held."""
    if talk.held_at > now:
        raise invalid("not_held_yet", "An interview is recorded once it was held.")
    if (talk.by == "us") != (talk.interviewer_id is not None) or (talk.by == "partner") != bool(talk.interviewer):
        raise invalid("interviewer_needed", "Name the member of staff, or the partner's interviewer.")
    if talk.interviewer_id is not None and talk.interviewer_id not in assigned:
        raise invalid("not_on_the_case", "Who interviews is assigned to the case.")


def check_proposal(case: Case, terms: Terms, evidence: Evidence, number: int) -> None:
    """number: of the present round. Errors: Refusal conflict when there is nothing to decide, or not enough."""
    if case.state != "verifying":
        raise conflict("wrong_state", "The verification is decided.")
    if not evidence.ids:
        raise conflict("nothing_to_decide", "Record at least one verification item first.")
    if not any(it.number == number for it in evidence.pieces):
        raise conflict("nothing_new", "It was decided on all of this before; record what is new.")
    lacking = missing(terms.mode, terms.verdict, evidence)
    if lacking:
        raise conflict("verification_incomplete", f"Still missing: {', '.join(lacking)}.")


def reviewed(terms: Terms, evidence: Evidence) -> bytes:
    """The bytes that an approval is bound to: the verdict and everything that it rests on."""
    return orjson.dumps(["verification", asdict(terms), asdict(evidence)])


def head_reviewed(proposal_id: str, terms: Terms, evidence: Evidence) -> bytes:
    """The same for the second instance."""
    return orjson.dumps(["head_review", proposal_id, asdict(terms), asdict(evidence)])


def head_cause(terms: Terms, *, agreed: bool, sampled: bool) -> HeadCause | None:
    """Why a second instance decides, if it does."""
    if not agreed:
        return "disagreement"
    if terms.verdict == "not_verified":
        return "not_verified"
    return "sample" if sampled else None


def drawn(image: bytes, percent: int) -> bool:
    """Whether chance takes one verdict of a hundred `percent` times. image: keyed, so that nobody can tell before."""
    return int.from_bytes(image[:8], "big") % 100 < percent


def check_decider(decider: str, part: Iterable[str]) -> None:
    """part: who had one in what is decided on. Errors: Refusal forbidden for one of them."""
    if decider in part:
        raise forbidden("second_person_needed", "Who interviewed, recorded or decided before cannot decide on it.")
