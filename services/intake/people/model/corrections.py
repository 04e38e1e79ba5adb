"""A correction: what a person says is wrong in what is kept of them, and what became of it.

Rule: the original stays, and so does what was asked; who accepts a correction enters what holds from now on.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.intake.people.model.entries import Single
from shared.errors import conflict, invalid

What = Literal[Single, "other"]
State = Literal["open", "accepted", "refused"]
By = Literal["staff", "person"]


@dataclass(frozen=True)
class Wish:
    """What is to be corrected, to which value, and why; of something else than one text the reason says it all."""

    what: What
    value: str
    why: str


@dataclass(frozen=True)
class Correction:
    """asked_by: through staff, or by the person themselves. answer: what the one who decided said."""

    id: str
    person_id: str
    wish: Wish
    asked_by: By
    asked_at: datetime
    state: State
    answer: str
    decided_by: str | None
    decided_at: datetime | None
    version: int


def check_wish(wish: Wish) -> None:
    """Errors: Refusal invalid when it does not say to what, or why."""
    if not wish.why.strip() or (wish.what != "other" and not wish.value.strip()):
        raise invalid("nothing_said", "Say what it should be, and why.")


def check_keeping(wish: Wish, *, accept: bool, kept: bool) -> None:
    """Errors: Refusal invalid when nothing is entered that could be kept from the other members."""
    if kept and (not accept or wish.what == "other"):
        raise invalid("nothing_to_keep", "Only what is entered can be kept from the others.")


def check_open(correction: Correction) -> None:
    """Errors: Refusal conflict when it was decided."""
    if correction.state != "open":
        raise conflict("already_decided", f"This correction was {correction.state}.")
