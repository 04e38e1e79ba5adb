"""A note about what happened on a day.

Rule: a note is never overwritten. A correction is a further version with its reason; the last one counts, all are read.
"""

from dataclasses import dataclass
from datetime import date, datetime

from shared.errors import conflict, invalid


@dataclass(frozen=True)
class Version:
    """What was written: first, or as a correction, which has a reason."""

    number: int
    text: str
    reason: str
    written_by: str
    written_at: datetime


@dataclass(frozen=True)
class Note:
    """What happened on a day, to the case or to one person of it. version: the number of the last version."""

    id: str
    case_id: str
    person_id: str | None
    on: date
    confidential: bool
    versions: tuple[Version, ...]
    masked: bool = False

    @property
    def version(self) -> int:
        return self.versions[-1].number

    @property
    def subject(self) -> str:
        """Whose key encrypts it."""
        return self.person_id or self.case_id

    @property
    def names(self) -> tuple[str, ...]:
        """What the audit log calls it by: its id, and whoever it is about."""
        return (self.id,) if self.person_id is None else (self.id, self.person_id)


def check_day(on: date, today: date) -> None:
    """Errors: Refusal invalid for a day that is not here yet anywhere on earth."""
    if (on - today).days > 1:
        raise invalid("not_yet", "A note is about what has happened.")


def check_correction(note: Note, text: str) -> None:
    """Errors: Refusal conflict when the correction says what stands there already."""
    if note.versions[-1].text == text:
        raise conflict("nothing_corrected", "The note says this already.")
