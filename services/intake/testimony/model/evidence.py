"""Evidence: a file as it was received, and who has had it since.

Rule: the content is kept once and never replaced; its SHA-256 is compared at every look. The chain of custody only
grows: each entry holds the hash of the one before, so an entry that was changed or left out is seen.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from shared.errors import conflict

START = "0" * 64


@dataclass(frozen=True)
class Handover:
    """Somebody handed the thing to somebody, at an instant, for a reason. link: SHA-256 over all up to here, in hex.

    given_by, received_by: in words, for people outside as well.
    """

    number: int
    given_by: str
    received_by: str
    reason: str
    at: datetime
    recorded_by: str
    link: str


@dataclass(frozen=True)
class Evidence:
    """digest: SHA-256 of the content in hex, once it is there. copy_of: what it was derived from, without metadata."""

    id: str
    statement_id: str
    case_id: str
    key: str
    description: str
    file_id: str | None
    digest: str | None
    copy_of: str | None
    head: str
    version: int

    @property
    def names(self) -> tuple[str, ...]:
        """What the audit log calls it by: its statement, itself, and whoever made the statement, if that is known."""
        return (self.statement_id, self.id, *({self.key} - {self.statement_id}))


@dataclass(frozen=True)
class Looked:
    """A piece of evidence as it was found: whether its content and its chain are what they were."""

    evidence: Evidence
    chain: tuple[Handover, ...]
    content_intact: bool
    chain_intact: bool


def linked(before: str, number: int, facts: Sequence[str]) -> str:
    """The link of an entry with these facts behind `before`."""
    return hashlib.sha256(orjson.dumps([before, number, *facts])).hexdigest()


def hand_over(head: str, number: int, facts: tuple[str, str, str], at: datetime, by: str) -> Handover:
    """facts: given by, received by, reason."""
    link = linked(head, number, (*facts, at.isoformat(), by))
    return Handover(number, *facts, at, by, link)


def is_whole(chain: Sequence[Handover], head: str) -> bool:
    """Whether these are all entries up to `head`, none changed, moved or left out."""
    before = START
    for number, it in enumerate(chain, start=1):
        facts = (it.given_by, it.received_by, it.reason, it.at.isoformat(), it.recorded_by)
        if it.number != number or it.link != linked(before, number, facts):
            return False
        before = it.link
    return before == head


def check_first(evidence: Evidence) -> None:
    """Errors: Refusal conflict when there is content already."""
    if evidence.file_id is not None:
        raise conflict("content_kept", "This evidence has its content; another file is another piece of evidence.")


def check_intact(*, intact: bool) -> None:
    """Errors: Refusal conflict when the content is not what it was."""
    if not intact:
        raise conflict("evidence_changed", "This content is not what was received; it is not handed out.")
