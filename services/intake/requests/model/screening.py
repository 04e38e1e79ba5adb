"""Screening: whether an ask is for us, and what becomes of one that is not.

Rule: whatever ends an ask has its reason, and who asked gets an answer, but for spam; every ending can be taken back.
Who takes back what they asked may say so on any channel: how it was said, and by whom, is kept with it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.intake.people.model.safe_contact import Channel
from services.intake.requests.model.asking import OPEN, HelpRequest, RequestState, Telling, Urgency
from services.intake.requests.model.contacting import Whom
from shared.errors import conflict, invalid

Ending = Literal["spam", "out_of_scope", "referred_out"]
Outcome = Literal["in_scope", "spam", "out_of_scope", "referred_out", "unreachable", "withdrawn", "reopened"]

ENDED: frozenset[RequestState] = frozenset({"spam", "out_of_scope", "referred_out", "unreachable", "withdrawn"})


@dataclass(frozen=True)
class Verdict:
    """What a screening found. ends_as: None when it is in scope. answer: what who asked is told."""

    urgency: Urgency
    ends_as: Ending | None
    reason: str
    answer: str

    @property
    def state(self) -> RequestState:
        return self.ends_as or "in_scope"


@dataclass(frozen=True)
class Heard:
    """How somebody said something, and whether it was the person or who asked for them."""

    how: Channel
    whom: Whom


@dataclass(frozen=True)
class Screening:
    """A step in the screening of a request, as it was said then. heard: how a withdrawal was said."""

    id: str
    request_id: str
    outcome: Outcome
    reason: str
    answer: str
    by: str
    at: datetime
    heard: Heard | None = None


def check_screening(request: HelpRequest, verdict: Verdict) -> None:
    """Errors: Refusal conflict when it was screened before; invalid without what an ending needs."""
    if request.state != "new":
        raise conflict("wrong_state", f"A request that is {request.state} cannot be screened.")
    if verdict.ends_as is None:
        return
    if not verdict.reason.strip():
        raise invalid("reason_missing", "Say why this is not for us.")
    if verdict.ends_as == "spam" and verdict.answer:
        raise invalid("spam_gets_no_answer", "Spam gets no answer: it would tell that somebody reads here.")
    if verdict.ends_as != "spam" and not verdict.answer.strip():
        raise invalid("answer_missing", "Say what who asked is told, and where they may turn to.")


def check_reopening(request: HelpRequest) -> None:
    """Errors: Refusal conflict unless it ended without becoming a case or part of another request."""
    if request.state not in ENDED:
        raise conflict("wrong_state", f"A request that is {request.state} is not reopened.")


def check_withdrawal(request: HelpRequest, telling: Telling, heard: Heard) -> None:
    """Errors: Refusal conflict when nothing is open, or nobody asked for them who could have said so."""
    check_open(request)
    if heard.whom == "asker" and telling.third_party is None:
        raise conflict("nobody_else_asks", "Nobody else is named who asked for this person.")


def check_open(request: HelpRequest) -> None:
    """Errors: Refusal conflict when nothing has to be done with it any more."""
    if request.state not in OPEN:
        raise conflict("wrong_state", f"A request that is {request.state} waits for nothing.")
